// `node bench/tiles.mjs`: vector tiles beside pgbench, which runs the same statements, prepared, in turn. Some minutes;
// ROUNDS and SECONDS shorten it. Tiles are taken from the tile source itself, not through HTTP.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { masterRole } from "../packages/server/dist/accounts/account.js";
import { readAccount } from "../packages/server/dist/accounts/store.js";
import { PostgresEngine } from "../packages/server/dist/db/postgres/engine.js";
import { AsMvtTiles } from "../packages/server/dist/maps/tiles/as-mvt.js";
import { readLayerFacts } from "../packages/server/dist/maps/tiles/facts.js";
import { findBinaries } from "../scripts/throwaway-postgres.mjs";
import { alternate, compare } from "./support/measure.mjs";
import { openWorld } from "./support/world.mjs";

const POINTS = 1_000_000;
const CONNECTIONS = 8;
const SECONDS = Number(process.env.SECONDS ?? 10);
const ROUNDS = Number(process.env.ROUNDS ?? 5);
const TILES = 40;
const BANDS = [
  { name: "z2-5", zooms: [2, 3, 4, 5], goal: 0.9 },
  { name: "z6-9", zooms: [6, 7, 8, 9], goal: 0.8 },
  { name: "z10-14", zooms: [10, 11, 12, 13, 14], goal: 0.65 },
];
/** Settings of the connections that tiles are made on. */
const OPTIONS = "-c jit=off -c plan_cache_mode=force_custom_plan -c parallel_setup_cost=30000";
const LAYER = {
  kind: "query",
  index: 0,
  id: "layer0",
  givenType: "mapnik",
  sql: "select * from spots",
  interactivity: [],
  geomColumn: "the_geom_webmercator",
  srid: 3857,
  minzoom: 0,
  maxzoom: 30,
  datesAsNumbers: false,
  metadata: {},
  affectedTables: [],
};

const options = () => ({ signal: new AbortController().signal, timeoutMs: 60_000, readOnly: true });
const shape = { extent: 4096, simplifyExtent: 256, buffer: 64, harmless: true };

const world = await openWorld({ rows: 1000 });
const engine = await PostgresEngine.open({ url: world.url, max: 32, idleMs: 30_000, waitMs: 30_000 });
console.log(
  `${cpus().length} × ${cpus()[0]?.model ?? "CPU"}, Node ${process.versions.node}; medians of ${ROUNDS}, in turn`,
);
try {
  await makePoints();
  const role = await engine.system(async (session) => {
    await engine.prepare(session);
    return masterRole(await readAccount(session, "dev", engine.capabilities));
  });
  const layer = await readLayer(role);
  for (const band of BANDS) await measure(band, layer, role);
} finally {
  await engine[Symbol.asyncDispose]();
  await world.close();
}

/** A million points in 360 clusters of different widths. */
async function makePoints() {
  await world.carto.sql.query(`
    drop table if exists spots;
    create table spots as select i as cartodb_id, 'place number ' || i as name, chr(97 + i % 5) as kind, random() * 1000 as value,
      i % 100 as n, ST_Transform(ST_SetSRID(ST_MakePoint(
        -150 + (h % 30) * 10 + (random() + random() + random() - 1.5) * (0.2 + (h % 7) * 1.5),
        -55 + (h / 30 % 12) * 10 + (random() + random() + random() - 1.5) * (0.2 + (h % 7) * 1.5)), 4326), 3857) as the_geom_webmercator
      from (select i, (i::int8 * 7919 % 360)::int as h from generate_series(1, ${POINTS}) i) s;
    alter table spots add primary key (cartodb_id);
    create index on spots using gist (the_geom_webmercator);
    analyze spots`);
}

async function readLayer(role) {
  const session = await engine.session(role, options());
  try {
    return { layer: LAYER, facts: await readLayerFacts(LAYER, session), aggregated: false };
  } finally {
    await session[Symbol.asyncDispose]();
  }
}

async function measure({ name, zooms, goal }, layer, role) {
  const statements = [];
  const addresses = await tilesOf(zooms);
  const maker = (source) => (address) => source.mvt({ address, layers: [layer], ...shape }, role, options());
  for (const address of addresses) await maker(new AsMvtTiles(recording(engine, statements)))(address);
  const scripts = writeScripts(name, statements);
  const make = maker(new AsMvtTiles(engine));
  const { ours, reference } = await alternate(
    {
      ours: () => perSecond(addresses, make),
      reference: () => pgbench(scripts),
    },
    { rounds: ROUNDS },
  );
  const result = compare({ name, unit: "tiles/s", goal, ours, reference, of: "pgbench" });
  console.log(`${name}: ours ${result.ours}, pgbench ${result.reference} tiles/s`);
  console.log(`  ratio ${result.ratio.toFixed(2)}, goal ${goal}: ${result.met ? "met" : "missed"}\n`);
}

/** An engine whose sessions write down their statements. */
function recording(inner, statements) {
  return {
    capabilities: inner.capabilities,
    async session(...args) {
      const session = await inner.session(...args);
      const value = session.value.bind(session);
      session.value = (q, values, more) => {
        statements.push({ q, values });
        return value(q, values, more);
      };
      return session;
    },
  };
}

/** Tiles around points taken by chance, as many of each zoom. */
async function tilesOf(zooms) {
  const { rows } = await world.carto.sql.query(
    `select ST_X(the_geom_webmercator) x, ST_Y(the_geom_webmercator) y from spots where cartodb_id % ${Math.floor(POINTS / TILES)} = 1 limit ${TILES}`,
  );
  return rows.map(({ x, y }, at) => {
    const z = zooms[at % zooms.length];
    const units = 2 ** z / 40_075_016.68557849;
    return { z, x: Math.floor((x + 20_037_508.342789244) * units), y: Math.floor((20_037_508.342789244 - y) * units) };
  });
}

/** Runs tiles in turn on some connections; gives how many a second. */
async function perSecond(addresses, make) {
  const end = performance.now() + SECONDS * 1000;
  let made = 0;
  const run = async () => {
    while (performance.now() < end) {
      await make(addresses[made++ % addresses.length]);
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: CONNECTIONS }, run));
  return made / ((performance.now() - startedAt) / 1000);
}

/** A script for each tile, for pgbench to choose from. */
function writeScripts(name, statements) {
  const folder = join(world.folder, name);
  mkdirSync(folder);
  return statements.map(({ q, values }, at) => {
    const sets = values.map((value, i) => `\\set v${i + 1} ${Number(value).toFixed(9)}`);
    const path = join(folder, `${at}.sql`);
    writeFileSync(path, `${sets.join("\n")}\n${q.replace(/\$(\d)/g, ":v$1").replace(/\s*\n\s*/g, " ")};\n`);
    return path;
  });
}

function pgbench(scripts) {
  const done = spawnSync(
    join(findBinaries() ?? "", "pgbench"),
    [
      "-n",
      "-M",
      "prepared",
      "-c",
      CONNECTIONS,
      "-j",
      "2",
      "-T",
      SECONDS,
      ...scripts.flatMap((script) => ["-f", script]),
      world.url,
    ].map(String),
    { encoding: "utf8", env: { ...process.env, PGOPTIONS: `${OPTIONS} -c search_path=dev,public` } },
  );
  const speed = done.stdout.match(/tps = ([\d.]+)/);
  if (done.status !== 0 || !speed) throw new Error(`pgbench failed: ${done.stderr}`);
  return Number(speed[1]);
}
