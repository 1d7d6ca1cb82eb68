// `npm run bench`: what this server and SDK do, beside references that ran in turn with them. Takes some minutes.
import { cpus, totalmem } from "node:os";
import { findBinaries, hasPostgis } from "../scripts/throwaway-postgres.mjs";
import { bulk } from "./bulk.mjs";
import { small } from "./small.mjs";
import { openWorld, startChild } from "./support/world.mjs";

const binaries = findBinaries();
if (!process.env.TEST_DATABASE_URL && (binaries === undefined || !hasPostgis(binaries))) {
  console.error("The benchmarks need PostgreSQL with PostGIS: install it, or set TEST_DATABASE_URL.");
  process.exit(1);
}

const world = await openWorld();
const bare = await startChild("bare.mjs", { DATABASE_URL: world.url });
const { rows } = await world.carto.sql.query("show server_version");
console.log(
  `${cpus().length} × ${cpus()[0]?.model ?? "CPU"}, ${Math.round(totalmem() / 1e9)} GB, Node ${process.versions.node}, PostgreSQL ${rows[0]?.server_version}, all on one machine`,
);
console.log("Medians of alternating runs (lowest–highest); ratio = ours / reference\n");
try {
  for (const group of [small, bulk]) {
    for (const { name, of, unit, ours, reference, ratio, goal, met } of await group(world, bare)) {
      console.log(`${name}, against ${of}`);
      console.log(`  ours ${ours}, reference ${reference} ${unit}`);
      console.log(`  ratio ${ratio.toFixed(2)}, goal ${goal.toFixed(2)}: ${met ? "met" : "missed"}\n`);
    }
  }
} finally {
  await bare.stop();
  await world.close();
}
