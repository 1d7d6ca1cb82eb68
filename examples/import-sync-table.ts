// Has a table kept as the file at a URL is, waits until it is there, and asks for another look.
//
//   node .generated/examples/import-sync-table.js https://example.com/cities.csv 3600
import { Carto, ImportError } from "@carto-ts/sdk";

const [url = "", seconds = "3600"] = process.argv.slice(2);
const carto = Carto.fromEnv();

const sync = await carto.syncs.create(url, { interval: Number(seconds) });
let told: string = sync.state;
console.log(told);
try {
  const { name, run_at: due } = await carto.syncs.wait(sync, {
    onProgress: ({ state }) => {
      if (state !== told) console.log(state);
      told = state;
    },
  });
  console.log(`${name} is looked at again at ${due}`);
  const queued = await carto.syncs.force(sync);
  console.log(queued ? "queued again" : "not queued again: it has just run");
} catch (error) {
  // It is tried again all the same, until it is deleted.
  if (!(error instanceof ImportError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
