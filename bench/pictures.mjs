// `node bench/pictures.mjs`: PNG tiles through HTTP, beside two processes with Mapnik's PostGIS plugin that draw four tiles as
// one too; those of queries that must be drawn one by one beside the others; and how long others wait meanwhile. Four
// minutes; ROUNDS and SECONDS shorten it.
import { cpus } from "node:os";
import { compile } from "../packages/server/dist/maps/raster/style/compile.js";
import { alternate, compare, drain, median } from "./support/measure.mjs";
import { makePoints, tilesOf } from "./support/tile-world.mjs";
import { openWorld, startChild } from "./support/world.mjs";

const SECONDS = Number(process.env.SECONDS ?? 5);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const KEY = "bench-key-0123456789";
const CSS = `#layer0 { marker-width: 8; marker-fill: #ee4d5a; marker-line-color: #fff; marker-line-width: 1;
  marker-allow-overlap: true; [value > 500] { marker-fill: #4cc8a3; } }`;
/** As many as a round can ask for, each with its three neighbours. */
const GROUPS = 600;
const GOAL = 0.9;

const world = await openWorld({ rows: 1000, env: { CARTO_RENDER_WIDTH: "2" } });
const style = compile([{ id: "layer0", index: 0, css: CSS, version: "3.0.12" }], { faces: undefined, images: {} });
console.log(
  `${cpus().length} × ${cpus()[0]?.model ?? "CPU"}, Node ${process.versions.node}; medians of ${ROUNDS}, in turn`,
);
await makePoints(world);
// It looks at the table when it starts.
const reference = await startChild("mapnik-server.mjs", { DATABASE_URL: world.url, STYLE: style.xml });
let round = 0;
try {
  const groups = await tilesOf(world, [7, 8, 9, 10, 11], GROUPS);
  const tiles = groups.flatMap(({ z, x, y }) =>
    [0, 1, 2, 3].map((at) => ({ z, x: x - (x % 2) + (at % 2), y: y - (y % 2) + (at >> 1) })),
  );
  for (const connections of [1, 8]) {
    const { ours, alone, plugin } = await alternate(
      {
        ours: async () => load(connections, await urlsOf("select * from spots", tiles)),
        // The same rows: only that each tile might have others.
        alone: async () => load(connections, await urlsOf("select * from spots where !pixel_width! > 0", tiles)),
        plugin: async () => {
          const base = `${reference.line}/${++round}`;
          return load(
            connections,
            tiles.map(({ z, x, y }) => `${base}/${z}/${x}/${y}.png`),
          );
        },
      },
      { rounds: ROUNDS },
    );
    const name = `PNG, ${connections} connections`;
    show(compare({ name, unit: "tiles/s", of: "Mapnik's plugin", goal: GOAL, ours, reference: plugin }));
    show(compare({ name, unit: "tiles/s", of: "one by one", goal: 1, ours, reference: alone }));
  }
  await lag(tiles);
} finally {
  await reference.stop();
  await world.close();
}

/** URLs of a map that nobody has asked for yet, so that no tile is there. */
async function urlsOf(sql, addresses) {
  const options = { sql, cartocss: CSS, cartocss_version: "3.0.12" };
  const answer = await fetch(`${world.server.line}/api/v1/map?api_key=${KEY}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ version: "1.8.0", stat_tag: `round ${++round}`, layers: [{ type: "mapnik", options }] }),
  });
  const { layergroupid } = await answer.json();
  return addresses.map(
    ({ z, x, y }) => `${world.server.line}/api/v1/map/${layergroupid}/${z}/${x}/${y}.png?api_key=${KEY}`,
  );
}

/** Requests a second for URLs in turn, by a client in a process of its own. */
async function load(connections, urls) {
  const { line } = await startChild("loader.mjs", {}, [connections, SECONDS, ...urls].map(String));
  return Number(line);
}

/** How long something short takes while pictures are drawn. */
async function lag(tiles) {
  const loading = load(8, await urlsOf("select * from spots", tiles));
  const health = new URL("/health", world.server.line).href;
  const waits = [];
  const until = performance.now() + SECONDS * 1000 - 500;
  while (performance.now() < until) {
    const from = performance.now();
    await drain(health);
    waits.push(performance.now() - from);
    await new Promise((done) => setTimeout(done, 10));
  }
  await loading;
  const sorted = waits.toSorted((a, b) => a - b);
  const p99 = sorted[Math.floor(sorted.length * 0.99)];
  console.log(
    `/health beside 8 connections: ${median(waits).toFixed(1)} ms in the middle, ${p99.toFixed(1)} ms for 99 of 100`,
  );
}

function show({ name, unit, of, ours, reference: other, ratio, goal, met }) {
  console.log(
    `${name}, ${unit}, against ${of}: ${ours} to ${other}, ${ratio.toFixed(2)} (goal ${goal}${met ? "" : ", missed"})`,
  );
}
