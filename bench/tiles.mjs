// `node bench/tiles.mjs [made] [kept] [merged]`: vector tiles through HTTP. Those made anew beside pgbench, which runs the
// same statements; those kept beside a bare handler that sends the same bytes; those of merged points beside the whole
// tile. Eight minutes; ROUNDS and SECONDS shorten it.
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { alternate, compare, median, seconds } from "./support/measure.mjs";
import { pgbench, TILE_SETTINGS, writeScripts } from "./support/pgbench.mjs";
import { makeMap, makePoints, statementsOf, tilesOf, wholeTile } from "./support/tile-world.mjs";
import { openWorld, startChild } from "./support/world.mjs";

const SECONDS = Number(process.env.SECONDS ?? 8);
const ROUNDS = Number(process.env.ROUNDS ?? 5);
const TILES = 120;
/** As many of a megabyte as there is room for. */
const KEPT_TILES = 40;
const BANDS = [
  // A tile takes up to a second.
  { name: "z2-5", zooms: [2, 3, 4, 5], goal: 0.9, times: 2 },
  { name: "z6-9", zooms: [6, 7, 8, 9], goal: 0.8 },
  { name: "z10-14", zooms: [10, 11, 12, 13, 14], goal: 0.65 },
];
const MAX_BYTES = 1_500_000;
const MERGED_GOAL = 0.35;

const asked = process.argv.slice(2);
const isAsked = (part) => asked.length === 0 || asked.includes(part);

// Of two servers one has no room for any tile.
const world = await openWorld({ rows: 1000, env: { CARTO_TILE_CACHE_BYTES: "1" } });
const keeping = await startChild("server.mjs", { DATABASE_URL: world.url });
console.log(
  `${cpus().length} × ${cpus()[0]?.model ?? "CPU"}, Node ${process.versions.node}; medians of ${ROUNDS}, in turn`,
);
try {
  await makePoints(world);
  if (isAsked("made")) for (const band of BANDS) await made(band);
  if (isAsked("kept")) for (const band of BANDS) await kept(band);
  if (isAsked("merged")) await merged();
} finally {
  await keeping.stop();
  await world.close();
}

/** Requests a second for URLs in turn, by a client in a process of its own. */
async function load(connections, urls, seconds = SECONDS) {
  const { line } = await startChild("loader.mjs", {}, [connections, seconds, ...urls].map(String));
  return Number(line);
}

/** Tiles that are made for each request. */
async function made({ name, zooms, goal, times = 1 }) {
  const seconds = SECONDS * times;
  const addresses = await tilesOf(world, zooms, TILES);
  const urls = addresses.map(await makeMap(world.server.line, false));
  const scripts = writeScripts(join(world.folder, name), await statementsOf(world.url, addresses));
  const results = await alternate(
    {
      ours: () => load(8, urls, seconds),
      reference: () => pgbench(world.url, scripts, { connections: 8, seconds }),
    },
    { rounds: ROUNDS },
  );
  report(
    compare({ name: `made, ${name}, ${addresses.length} tiles`, unit: "tiles/s", goal, of: "pgbench", ...results }),
  );
}

/** Tiles that are in memory. */
async function kept({ name, zooms }) {
  const addresses = await tilesOf(world, zooms, KEPT_TILES);
  const urls = addresses.map(await makeMap(keeping.line, false));
  const folder = join(world.folder, `${name}-files`);
  mkdirSync(folder);
  const sizes = [];
  for (const [at, url] of urls.entries()) {
    const bytes = Buffer.from(await (await fetch(url)).arrayBuffer());
    sizes.push(bytes.length);
    writeFileSync(join(folder, String(at)), bytes);
  }
  const bare = await startChild("bare.mjs", { DATABASE_URL: world.url, FILES: folder });
  const files = urls.map((_, at) => `${bare.line}/file/${at}`);
  try {
    const results = await alternate(
      { ours: () => load(32, urls), reference: () => load(32, files) },
      { rounds: ROUNDS },
    );
    const what = `kept, ${name}, ${urls.length} tiles of ${median(sizes)} bytes`;
    report(compare({ name: what, unit: "tiles/s", goal: 0.5, of: "a bare handler", ...results }));
  } finally {
    await bare.stop();
  }
}

/** Tiles of merged points, one at a time. */
async function merged() {
  const client = new pg.Client({ connectionString: world.url, options: TILE_SETTINGS });
  await client.connect();
  const urlOf = await makeMap(world.server.line, true);
  try {
    for (const address of [
      { z: 0, x: 0, y: 0 },
      { z: 3, x: 4, y: 3 },
    ]) {
      let [bytes, wholeBytes] = [0, 0];
      const ask = async () => {
        bytes = (await (await fetch(urlOf(address))).arrayBuffer()).byteLength;
      };
      const askWhole = async () => {
        const { rows } = await client.query(wholeTile(address));
        wholeBytes = rows[0].tile.length;
      };
      const { ours, whole } = await alternate(
        { ours: () => seconds(ask), whole: () => seconds(askWhole) },
        { rounds: ROUNDS },
      );
      const ratio = median(ours) / median(whole);
      const told = (values, size) => `${Math.round(median(values) * 1000)} ms, ${(size / 1e6).toFixed(2)} MB`;
      console.log(`merged, z${address.z}: ours ${told(ours, bytes)}; whole ${told(whole, wholeBytes)}`);
      const timely = address.z > 0 ? "" : `, goal ${MERGED_GOAL}: ${ratio <= MERGED_GOAL ? "met" : "missed"}`;
      console.log(`  time ${ratio.toFixed(2)} of it${timely}; size: ${bytes <= MAX_BYTES ? "met" : "missed"}\n`);
    }
  } finally {
    await client.end();
  }
}

function report({ name, of, unit, ours, reference, ratio, goal, met }) {
  console.log(`${name}: ours ${ours}, ${of} ${reference} ${unit}`);
  console.log(`  ratio ${ratio.toFixed(2)}, goal ${goal}: ${met ? "met" : "missed"}\n`);
}
