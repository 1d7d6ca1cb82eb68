import type { Session } from "../../packages/server/src/db/engine.ts";
import type { AggregatedTile } from "../../packages/server/src/maps/aggregation/aggregate-sql.ts";
import { readJsonRows } from "../../packages/server/src/maps/json-rows.ts";
import type { QueryLayer } from "../../packages/server/src/maps/map-config/map-config.ts";
import type { LayerFacts, TileAddress, TileLayer } from "../../packages/server/src/maps/tiles/tile.ts";
import type { TestDatabase } from "./engine.ts";
import { queryLayer } from "./tile-layers.ts";

const WORLD = 40_075_016.685578488;
/** OIDs of the types that vector tiles hold. */
const TILE_TYPES = new Set([16, 20, 21, 23, 25, 700, 701, 705, 1042, 1043, 1700]);
/** OIDs of date, time, timestamp, timestamptz and timetz. */
const DATE_TYPES = new Set([1082, 1083, 1114, 1184, 1266]);

/** Runs a SELECT in the account's role and resolves with its rows. */
export async function rowsOf(database: TestDatabase, q: string): Promise<Record<string, unknown>[]> {
  return inSession(database, async (session) => {
    const rows = await readJsonRows(await session.runOne(q), 1 << 24);
    return rows.map((row) => JSON.parse(row) as Record<string, unknown>);
  });
}

/** Lends a session in the account's role. */
export async function inSession<T>(database: TestDatabase, use: (session: Session) => Promise<T>): Promise<T> {
  const session = await database.session();
  try {
    return await use(session);
  } finally {
    await session[Symbol.asyncDispose]();
  }
}

/** A layer of points as tiles are made of it, with the columns that its query has. */
export async function pointLayer(
  database: TestDatabase,
  sql: string,
  {
    facts,
    aggregated = true,
    ...given
  }: Partial<QueryLayer> & { facts?: Partial<LayerFacts>; aggregated?: boolean } = {},
): Promise<TileLayer> {
  const layer = queryLayer(sql, given);
  const all = await inSession(database, (session) => session.describe(`SELECT * FROM (${sql}\n) AS described`));
  return {
    layer,
    aggregated,
    facts: {
      columns: all.filter(({ oid }) => TILE_TYPES.has(oid)).map(({ name, oid }) => ({ name, oid })),
      allColumns: all.map(({ name }) => name),
      dateColumns: all.filter(({ oid }) => DATE_TYPES.has(oid)).map(({ name }) => name),
      geometryType: "ST_Point",
      estimatedRows: 1_000_000,
      rowBytes: 100,
      ...facts,
    },
  };
}

/** A tile to aggregate a layer for, with its edges counted from the world's corner. */
export function aggregatedTile({ layer }: TileLayer, { z, x, y }: TileAddress, buffer: number = 0): AggregatedTile {
  const size = WORLD / 2 ** z;
  const margin = (size * buffer) / 256;
  const literal = (value: number): string => `'${value}'::float8`;
  const xmin = literal(x * size - WORLD / 2 - margin);
  const ymin = literal(WORLD / 2 - (y + 1) * size - margin);
  const xmax = literal((x + 1) * size - WORLD / 2 + margin);
  const ymax = literal(WORLD / 2 - y * size + margin);
  const column = `"${layer.geomColumn.replaceAll('"', '""')}"`;
  const geometry = layer.srid === 3857 ? column : `ST_Transform(${column}, 3857)`;
  return {
    source: layer.sql,
    geometry,
    within: `${geometry} && ST_MakeEnvelope(${xmin}, ${ymin}, ${xmax}, ${ymax}, 3857)`,
    bounds: { xmin, ymin, xmax, ymax },
    // As a tile's own edges give it, with what rounding does to them.
    pixelSize: `((${xmax} - ${xmin}) / ${256 + 2 * buffer})`,
  };
}
