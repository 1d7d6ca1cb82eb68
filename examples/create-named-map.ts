// Keeps a template as a named map, in the place of one of the same name.
//
//   node .generated/examples/create-named-map.js examples/files/named_map.json
import { readFile } from "node:fs/promises";
import { Carto, type TemplateInput } from "@carto-ts/sdk";

const [file = "examples/files/named_map.json"] = process.argv.slice(2);
const { named } = Carto.fromEnv().maps;

const template = JSON.parse(await readFile(file, "utf8")) as TemplateInput;
const isThere = (await named.list()).includes(template.name);
const name = isThere ? await named.update(template) : await named.create(template);
console.log(`${name} is ${isThere ? "replaced" : "kept"}`);
