// Writes every dataset of the account into a folder, a file each.
//
//   node .generated/examples/export-all-datasets.js backup csv
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Carto, CartoError, EXPORT_FORMATS, ident } from "@carto-ts/sdk/node";

const [folder = "backup", name = "csv"] = process.argv.slice(2);
const format = EXPORT_FORMATS.find(({ id }) => id === name);
if (!format) throw new Error(`${name} is none of ${EXPORT_FORMATS.map(({ id }) => id).join(", ")}`);
const carto = Carto.fromEnv();

await mkdir(folder, { recursive: true });
for await (const dataset of carto.datasets.list({ order: "name", order_direction: "asc" })) {
  const path = join(folder, `${encodeURIComponent(dataset.name)}.${format.extension}`);
  const options = { format: format.id, skipfields: ["the_geom_webmercator"] };
  try {
    const { bytes } = await carto.sql.exportToFile(`select * from ${ident(dataset.name)}`, path, options);
    console.log(`${path}: ${bytes} bytes`);
  } catch (error) {
    // The format can't hold it, say, or it is too large: the others are there.
    if (!(error instanceof CartoError)) throw error;
    console.error(`${dataset.name}: ${error.message}`);
    process.exitCode = 1;
  }
}
