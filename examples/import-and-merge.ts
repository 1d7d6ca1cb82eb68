// Imports every CSV file of a folder that has the same columns, and puts them together in one table.
//
//   node .generated/examples/import-and-merge.js folder merged
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { Carto, ident } from "@carto-ts/sdk/node";

const [folder = ".", name = "merged"] = process.argv.slice(2);
const carto = Carto.fromEnv();

const files = (await readdir(folder)).filter((file) => file.endsWith(".csv")).sort();
const parts = [];
for (const file of files) {
  const { datasets } = await carto.datasets.createFromFile(join(folder, file));
  parts.push(...datasets);
}
const [first, ...others] = parts;
if (!first) throw new Error(`there is no CSV file in ${folder}`);

// Without the keys: each part has its own from 1 on.
const { schema } = await carto.tables.get(first.name);
const names = schema.map(([column]) => column).filter((column) => column !== "cartodb_id");
const columns = names.map((column) => ident(column)).join(", ");
for (const part of others) {
  await carto.sql.query(`insert into ${ident(first.name)} (${columns}) select ${columns} from ${ident(part.name)}`);
  await carto.datasets.delete(part.visualization_id);
}
const merged = await carto.datasets.update(first.visualization_id, { name });
console.log(`${parts.reduce((sum, part) => sum + part.rows, 0)} rows of ${parts.length} files in ${merged.name}`);
