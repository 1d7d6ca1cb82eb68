// Makes a dataset of the file at a URL, and has it kept as that is; leaves nothing when the file can't be read.
//
//   node .generated/examples/import-sync-table-as-dataset.js https://example.com/cities.csv 3600
import { Carto, ImportError } from "@carto-ts/sdk";

const [url = "", seconds = "3600"] = process.argv.slice(2);
const carto = Carto.fromEnv();

try {
  const { datasets, synchronization } = await carto.datasets.create(url, { syncInterval: Number(seconds) });
  for (const { name, rows } of datasets) {
    console.log(`${rows} rows in the table ${name}, looked at again at ${synchronization?.run_at}`);
  }
} catch (error) {
  if (!(error instanceof ImportError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
