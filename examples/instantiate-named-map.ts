// Makes a map of a named map, with values for its placeholders and the token that opens it.
//
//   node .generated/examples/instantiate-named-map.js cities_by_name examples/files/instantiate_map.json TOKEN
import { readFile } from "node:fs/promises";
import { Carto, PermissionError, type TemplateParams } from "@carto-ts/sdk";

const [name = "cities_by_name", file = "examples/files/instantiate_map.json", authToken] = process.argv.slice(2);
const { named } = Carto.fromEnv().maps;

try {
  const params = JSON.parse(await readFile(file, "utf8")) as TemplateParams;
  const map = await named.instantiate(name, params, { authToken });
  console.log(map.id);
  console.log(map.tileUrl());
} catch (error) {
  if (!(error instanceof PermissionError)) throw error;
  console.error(`${error.message}: give one of its tokens`);
  process.exitCode = 1;
}
