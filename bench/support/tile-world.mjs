import { masterRole } from "../../packages/server/dist/accounts/account.js";
import { readAccount } from "../../packages/server/dist/accounts/store.js";
import { PostgresEngine } from "../../packages/server/dist/db/postgres/engine.js";
import { AsMvtTiles } from "../../packages/server/dist/maps/tiles/as-mvt.js";
import { readLayerFacts } from "../../packages/server/dist/maps/tiles/facts.js";

/** Points of the table `spots`. */
const POINTS = 1_000_000;
const KEY = "bench-key-0123456789";
const WORLD = 40_075_016.68557849;
const SHAPE = { extent: 4096, simplifyExtent: 256, buffer: 64, harmless: true };
const SQL = "select * from spots";

/** Makes a table of a million points, in 360 clusters of different widths: the same ones each time. */
export async function makePoints({ carto }) {
  await carto.sql.query(`
    drop table if exists spots;
    select setseed(0.5);
    create table spots as select cartodb_id, name, kind, value, n, g as the_geom, ST_Transform(g, 3857) as the_geom_webmercator
    from (select i as cartodb_id, 'place number ' || i as name, chr(97 + i % 5) as kind, random() * 1000 as value,
      i % 100 as n, ST_SetSRID(ST_MakePoint(
        -150 + (h % 30) * 10 + (random() + random() + random() - 1.5) * (0.2 + (h % 7) * 1.5),
        -55 + (h / 30 % 12) * 10 + (random() + random() + random() - 1.5) * (0.2 + (h % 7) * 1.5)), 4326) as g
      from (select i, (i::int8 * 7919 % 360)::int as h from generate_series(1, ${POINTS}) i) s) t;
    select cartodb.CDB_CartodbfyTable('spots');
    analyze spots`);
}

/** Instantiates a map of the points; gives a tile's address to its URL. */
export async function makeMap(server, aggregation) {
  const answer = await fetch(`${server}/api/v1/map?api_key=${KEY}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ version: "1.8.0", layers: [{ type: "mapnik", options: { sql: SQL, aggregation } }] }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`no map: ${text}`);
  const { layergroupid } = JSON.parse(text);
  return ({ z, x, y }) => `${server}/api/v1/map/${layergroupid}/${z}/${x}/${y}.mvt?api_key=${KEY}`;
}

/** Tiles, as many of each zoom, around points taken by chance: they hold data. The zooms take turns. */
export async function tilesOf({ carto }, zooms, count) {
  const { rows } = await carto.sql.query(
    "select ST_X(the_geom_webmercator) x, ST_Y(the_geom_webmercator) y from spots where cartodb_id % 4999 = 1 order by md5(cartodb_id::text)",
  );
  const found = zooms.map((z) => {
    const at = (metres) => Math.floor((metres / WORLD) * 2 ** z);
    return [...new Set(rows.map(({ x, y }) => `${at(x + WORLD / 2)},${at(WORLD / 2 - y)}`))];
  });
  return Array.from({ length: count }, (_, n) => {
    const tiles = found[n % zooms.length];
    const [x, y] = tiles[Math.floor(n / zooms.length) % tiles.length].split(",").map(Number);
    return { z: zooms[n % zooms.length], x, y };
  });
}

/** The statements, with their values, that tiles of the points are made by. */
export async function statementsOf(url, addresses) {
  const engine = await PostgresEngine.open({ url, max: 4, idleMs: 30_000, waitMs: 30_000 });
  const options = { signal: new AbortController().signal, timeoutMs: 60_000, readOnly: true };
  try {
    const role = await engine.system(async (session) => {
      await engine.prepare(session);
      return masterRole(await readAccount(session, "dev", engine.capabilities));
    });
    const tile = await readLayer(engine, role, options);
    const statements = [];
    const source = new AsMvtTiles(recording(engine, statements));
    for (const address of addresses) await source.mvt({ address, layers: [tile], ...SHAPE }, role, options);
    return statements;
  } finally {
    await engine[Symbol.asyncDispose]();
  }
}

/** The statement of a tile that nothing is left out of or merged in, whatever its size. */
export const wholeTile = ({ z, x, y }) => {
  const size = WORLD / 2 ** z;
  const [west, north] = [x * size - WORLD / 2, WORLD / 2 - y * size];
  const margin = (size * SHAPE.buffer) / 256;
  const box = (by) => `ST_MakeEnvelope(${west - by}, ${north - size - by}, ${west + size + by}, ${north + by}, 3857)`;
  const grain = size / 2 / SHAPE.simplifyExtent;
  const shape = `ST_Simplify(ST_RemoveRepeatedPoints(the_geom_webmercator, ${grain}), ${grain}, true)`;
  return `select ST_AsMVT(t, 'layer0', 4096, 'g') as tile from (
    select cartodb_id, name, kind, value, n, ST_AsMVTGeom(${shape}, ${box(0)}, 4096, 1024, true) as g
    from spots where the_geom_webmercator && ${box(margin)}) t`;
};

async function readLayer(engine, role, options) {
  const layer = {
    kind: "query",
    index: 0,
    id: "layer0",
    givenType: "mapnik",
    sql: SQL,
    interactivity: [],
    geomColumn: "the_geom_webmercator",
    srid: 3857,
    minzoom: 0,
    maxzoom: 30,
    datesAsNumbers: false,
    metadata: {},
    affectedTables: [],
  };
  const session = await engine.session(role, options);
  try {
    return { layer, facts: await readLayerFacts(layer, session), aggregated: false };
  } finally {
    await session[Symbol.asyncDispose]();
  }
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
