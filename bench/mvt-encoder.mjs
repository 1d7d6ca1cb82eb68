// How long vector tiles take: encoded here on the embedded engine, and on PostgreSQL, against ST_AsMVT on PostgreSQL.
// The ways run in turn within one process, so that the ratios hold on a busy machine. `ROUNDS=3` is a short run.
import pg from "pg";
import { openEngine } from "../packages/server/dist/db/open-engine.js";
import { EncodedTiles } from "../packages/server/dist/maps/tiles/encoded.js";
import { findBinaries, hasPostgis, startCluster } from "../scripts/throwaway-postgres.mjs";
import { alternate, median } from "./support/measure.mjs";

const ROUNDS = Number(process.env.ROUNDS ?? 10);
const EXTENT = 4096;
const SIMPLIFY = 256;
const BUFFER = 64;
const WORLD = 40075016.685578488;
const LIMITS = { connections: 4, queue: 100, waitMs: 10_000 };
const ROLE = { name: "postgres", searchPath: ["public"] };
const OPTIONS = { signal: new AbortController().signal, timeoutMs: 60_000, readOnly: true };

// Numbers that look random and are the same everywhere.
const share = (factor, modulus) => `((i * ${factor}::bigint) % 2147483647 % ${modulus} + 1) / ${modulus + 1}.0`;
const clustered = (rows) => `
  CREATE TABLE points_${rows} AS
  SELECT i AS cartodb_id, (i * 7919) % 1000 AS value, 'place ' || i % 5000 AS name,
    (ARRAY['a', 'b', 'c'])[i % 3 + 1] AS cat, (i * 0.37)::float8 AS score,
    ST_SetSRID(ST_MakePoint(
      ((i * 131) % 40 - 20) * 900000.0 + sqrt(-2 * ln(${share(48271, 10007)})) * cos(2 * pi() * ${share(69621, 10009)}) * 4e5,
      ((i * 17) % 30 - 15) * 900000.0 + sqrt(-2 * ln(${share(48271, 10007)})) * sin(2 * pi() * ${share(69621, 10009)}) * 4e5
    ), 3857) AS the_geom_webmercator
  FROM generate_series(1, ${rows}) i`;
const CENTRE =
  "((i * 48271::bigint) % 36000 - 18000) * 1000.0 AS cx, ((i * 69621::bigint) % 34000 - 17000) * 1000.0 AS cy";
const TABLES = {
  points_1000: clustered(1_000),
  points_10000: clustered(10_000),
  points_50000: clustered(50_000),
  areas: `
    CREATE TABLE areas AS
    SELECT i AS cartodb_id, i % 100 AS value, 'area ' || i AS name, ST_SetSRID(ST_Multi(CASE i % 3
      WHEN 0 THEN ST_Difference(shape, ST_Buffer(ST_MakePoint(cx, cy), r * 0.3, 10)) ELSE shape END), 3857) AS the_geom_webmercator
    FROM (SELECT i, 60000 + (i * 7919 % 340) * 1000.0 AS r, ${CENTRE} FROM generate_series(1, 2000) i) s,
      LATERAL (SELECT ST_MakePolygon(ST_MakeLine(array_agg(ST_MakePoint(
        cx + r * (1 + 0.2 * sin(j % 150 * 0.7)) * cos(j % 150 * pi() / 75),
        cy + r * (1 + 0.2 * sin(j % 150 * 0.7)) * sin(j % 150 * pi() / 75)) ORDER BY j))) AS shape FROM generate_series(0, 150) j) a`,
  roads: `
    CREATE TABLE roads AS
    SELECT i AS cartodb_id, i % 100 AS value, 'road ' || i AS name, ST_SetSRID(shape, 3857) AS the_geom_webmercator
    FROM (SELECT i, ${CENTRE} FROM generate_series(1, 2000) i) s,
      LATERAL (SELECT ST_MakeLine(array_agg(ST_MakePoint(cx + j * 3000 + 20000 * sin(j * 0.3 + i), cy + 30000 * sin(j * 0.11 * (i % 7 + 1)))
        ORDER BY j)) AS shape FROM generate_series(0, 299) j) a`,
};
const NAMES = ["cartodb_id", "value", "name", "cat", "score"];
const OIDS = { cartodb_id: 23, value: 23, name: 25, cat: 25, score: 701 };
/** Tiles that hold data, those of area 1000's centre, and how many rounds count as one: short ones need more of them. */
const TILES = [
  ["points_1000", 0, 5],
  ["points_10000", 0, 1],
  ["points_50000", 0, 1],
  ["areas", 0, 1],
  ["areas", 3, 5],
  ["areas", 5, 10],
  ["areas", 7, 10],
  ["areas", 10, 10],
  ["roads", 3, 5],
];

function layerOf(table) {
  const columns = NAMES.slice(0, table.startsWith("points") ? 5 : 3).map((name) => ({ name, oid: OIDS[name] }));
  const geometryType = { areas: "ST_MultiPolygon", roads: "ST_LineString" }[table] ?? "ST_Point";
  const layer = {
    kind: "query",
    index: 0,
    id: "layer0",
    sql: `SELECT * FROM ${table}`,
    geomColumn: "the_geom_webmercator",
  };
  const facts = {
    columns,
    allColumns: [...NAMES, "the_geom_webmercator"],
    dateColumns: [],
    geometryType,
    estimatedRows: 1,
    rowBytes: 100,
  };
  return { layer: { ...layer, srid: 3857, minzoom: 0, maxzoom: 30 }, facts, aggregated: false };
}

function requestOf([table, z]) {
  const side = WORLD / 2 ** z;
  const cx = (((1000 * 48271) % 36000) - 18000) * 1000;
  const cy = (((1000 * 69621) % 34000) - 17000) * 1000;
  const address = { z, x: Math.floor((cx + WORLD / 2) / side), y: Math.floor((WORLD / 2 - cy) / side) };
  return { address, layers: [layerOf(table)], extent: EXTENT, simplifyExtent: SIMPLIFY, buffer: BUFFER };
}

/** The tile by ST_AsMVT, prepared. */
function asMvt(client, [table, z]) {
  const { address, layers } = requestOf([table, z]);
  const tolerance = WORLD / 2 ** z / (2 * SIMPLIFY);
  const envelope = `ST_TileEnvelope(${z}, ${address.x}, ${address.y})`;
  const columns = layers[0].facts.columns.map(({ name }) => name).join(", ");
  const text = `
    SELECT ST_AsMVT(r, 'layer0', ${EXTENT}, 'g') AS tile FROM (
      SELECT ${columns}, ST_AsMVTGeom(ST_Simplify(ST_RemoveRepeatedPoints(the_geom_webmercator, ${tolerance}), ${tolerance}, true),
        ${envelope}, ${EXTENT}, ${(BUFFER * EXTENT) / 256}, true) AS g
      FROM ${table} WHERE the_geom_webmercator && ST_Expand(${envelope}, ${(WORLD / 2 ** z / 256) * BUFFER})) r`;
  return async () => (await client.query({ text, name: `${table}_${z}` })).rows[0].tile.length;
}

const binaries = findBinaries();
if (binaries === undefined || !hasPostgis(binaries)) throw new Error("this needs PostgreSQL with PostGIS");
const cluster = await startCluster();
const client = new pg.Client({ connectionString: cluster.url });
await client.connect();
await client.query("CREATE EXTENSION IF NOT EXISTS postgis; SET jit = off");
const log = { debug() {}, info() {}, warn: console.warn, error: console.error };
const embedded = await openEngine({ engine: "pglite", dataDir: undefined }, LIMITS, log);
const tiles = new EncodedTiles(embedded);
for (const [name, sql] of Object.entries(TABLES)) {
  const index = `CREATE INDEX ON ${name} USING gist (the_geom_webmercator)`;
  await client.query(`${sql}; ${index}; ANALYZE ${name}`);
  await embedded.system(async (session) => {
    await session.query("SET search_path = public, pg_catalog");
    for (const statement of [sql, index, `ANALYZE ${name}`]) await session.query(statement);
  });
}

const rows = [];
for (const tile of TILES) {
  const request = requestOf(tile);
  let bytes = 0;
  const timed = (make) => async () => {
    const startedAt = performance.now();
    bytes = await make();
    return performance.now() - startedAt;
  };
  const times = await alternate(
    {
      asMvt: timed(asMvt(client, tile)),
      embedded: timed(async () => (await tiles.mvt(request, ROLE, OPTIONS)).bytes.length),
    },
    { rounds: ROUNDS * tile[2], warmUp: 3 * tile[2] },
  );
  const [reference, ours] = [median(times.asMvt), median(times.embedded)];
  rows.push(ours / reference);
  console.log(
    `${`${tile[0]} z${tile[1]}`.padEnd(18)} ST_AsMVT ${reference.toFixed(2).padStart(7)} ms   PGlite ${ours.toFixed(2).padStart(7)} ms` +
      `   ${(ours / reference).toFixed(2)} x   ${(bytes / 1024).toFixed(0)} KB`,
  );
}
console.log(`median ${median(rows).toFixed(2)} x, most ${Math.max(...rows).toFixed(2)} x`);
await tiles[Symbol.asyncDispose]();
await embedded[Symbol.asyncDispose]();
await client.end();
cluster.stop();
