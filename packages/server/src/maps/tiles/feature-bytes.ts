import { aggregatedColumns } from "../aggregation/aggregate-sql.ts";
import type { TileColumn, TileLayer, TileRequest } from "./tile.ts";
import { tileColumns } from "./tile-sql.ts";

/** Bytes of a feature besides its values: its frame, its type, the commands of a point. */
const FEATURE_BYTES = 14;
/** Bytes of a value's key and number among the feature's tags, and of its frame where it stands, once for all its features. */
const TAG_BYTES = 3.5;
const VALUE_BYTES = 4;
/** Bytes of values of types that have always as many, by their OIDs: bool, int8, int2, int4, float4, float8. */
const FIXED_BYTES: ReadonlyMap<number, number> = new Map([
  [16, 1],
  [20, 4],
  [21, 2],
  [23, 3],
  [700, 4],
  [701, 8],
]);
/** Bytes of a text of which nothing is known. */
const TEXT_BYTES = 32;
/** Different counts of points in a tile's cells. */
const DIFFERENT_COUNTS = 200;
const COUNT = "_cdb_feature_count";

/** Bytes of a vertex in the database, and of one in a tile, where it mostly lies near the one before. */
export const STORED_VERTEX_BYTES = 16;
export const VERTEX_BYTES = 2.5;

/** Bytes of one of so many features without its vertices. */
export function attributeBytes(tile: TileLayer, features: number): number {
  const columns = tile.aggregated ? aggregatedColumns(tile) : tileColumns(tile);
  return columns.reduce((sum, column) => sum + valueBytes(tile, column, features), FEATURE_BYTES);
}

/** A value that many features have stands in the tile once. */
function valueBytes({ facts }: TileLayer, { name, oid }: TileColumn, features: number): number {
  const known = facts.values?.[name];
  const distinct = name === COUNT ? DIFFERENT_COUNTS : known?.distinct;
  const share = distinct === undefined ? 1 : Math.min(1, distinct / features);
  const average = facts.columns.length > 0 ? facts.rowBytes / facts.columns.length : 0;
  const bytes = FIXED_BYTES.get(oid) ?? known?.bytes ?? Math.max(TEXT_BYTES, average);
  return TAG_BYTES + share * (VALUE_BYTES + bytes);
}

/** Bytes of the vertices of one of so many features: each has no more than its part of the tile has room for. */
export function shapeBytes({ facts }: TileLayer, features: number, request: TileRequest): number {
  if (facts.geometryType === undefined || facts.geometryType === "ST_Point") return 0;
  const stored = (facts.geometryBytes ?? 0) / STORED_VERTEX_BYTES;
  const side = request.simplifyExtent * (1 + (2 * request.buffer) / 256);
  return VERTEX_BYTES * Math.min(stored, (4 * side) / Math.sqrt(features));
}

/** Bytes of so many features. */
export const layerBytes = (tile: TileLayer, features: number, request: TileRequest): number =>
  features === 0 ? 0 : features * (attributeBytes(tile, features) + shapeBytes(tile, features, request));

/** Features without vertices of their own that so many bytes have room for. */
export function pointsIn(tile: TileLayer, bytes: number): number {
  let room = bytes / attributeBytes(tile, Number.POSITIVE_INFINITY);
  for (let tries = 0; tries < 8; tries++) room = bytes / attributeBytes(tile, room);
  return Math.max(1, Math.floor(room));
}
