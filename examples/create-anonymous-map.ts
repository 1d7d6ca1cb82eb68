// Makes a map of a MapConfig, shows what a map library needs of it, and reads its first tile.
//
//   node .generated/examples/create-anonymous-map.js examples/files/anonymous_map.json
import { readFile } from "node:fs/promises";
import { Carto, type MapConfig, MapError, toMapLibreStyle } from "@carto-ts/sdk";

const [file = "examples/files/anonymous_map.json"] = process.argv.slice(2);
const carto = Carto.fromEnv();

try {
  const config = JSON.parse(await readFile(file, "utf8")) as MapConfig;
  const map = await carto.maps.anonymous.instantiate(config);
  console.log(`${map.id}, changed ${map.lastUpdated.toISOString()}`);
  console.log(map.tileUrl());
  console.log(JSON.stringify(toMapLibreStyle(map), null, 2));
  const tile = await map.fetchTile({ z: 0, x: 0, y: 0 });
  console.log(`${tile?.length ?? 0} bytes in the tile of the world`);
} catch (error) {
  if (!(error instanceof MapError)) throw error;
  for (const { message, layer } of error.contexts) console.error(layer ? `${layer["id"]}: ${message}` : message);
  process.exitCode = 1;
}
