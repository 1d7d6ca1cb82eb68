// Imports a file or a URL, waits for it, and tells what became of it.
//
//   node .generated/examples/import-standard-table.js examples/files/cities.csv
//   node .generated/examples/import-standard-table.js https://example.com/cities.geojson
import { Carto, ImportError } from "@carto-ts/sdk/node";

const [source = "examples/files/cities.csv"] = process.argv.slice(2);
const carto = Carto.fromEnv();

try {
  const { datasets, warnings } = /^https?:/i.test(source)
    ? await carto.datasets.create(source)
    : await carto.datasets.createFromFile(source);
  for (const { name, rows } of datasets) console.log(`${rows} rows in the table ${name}`);
  for (const { row, reason } of warnings.rejected_rows?.rows ?? []) console.log(`  left out: line ${row}, ${reason}`);
} catch (error) {
  if (!(error instanceof ImportError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
