import { quoteIdent } from "../../db/identifier.ts";
import type { Reduction } from "./budget.ts";
import { STORED_VERTEX_BYTES, VERTEX_BYTES } from "./feature-bytes.ts";
import type { TileColumn, TileRequest } from "./tile.ts";
import type { TileFrame } from "./tile-frame.ts";
import { freeName } from "./tile-sql.ts";

/** Parts that the share of features to keep is counted in. */
const PARTS = 1_024;
/** Part of its layer's bytes that a feature is taken for at most, so that chance leaves some of the largest ones. */
const LARGEST = 1 / 8;
/** Pixels of a feature's size below which it comes to nothing in a tile, unless it is a point; bytes of those. */
const NOTHING = 1 / 16;
const POINT_BYTES = 64;
/** Classes of size for each time that it is e times as large. */
const CLASSES = 3;
const ROWS = "_cdb_rows";
const CUT = "_cdb_cut";

const INTEGERS = new Set([20, 21, 23]);

/** The rows that a layer has in a tile, as the parts of a SELECT. */
export interface TileRows {
  /** What stands in front of SELECT: queries of its own, or nothing. */
  before: string;
  /** What stands behind FROM. */
  source: string;
  /** Its columns that tiles have. */
  columns: readonly TileColumn[];
  /** The geometry in EPSG:3857, neither simplified nor clipped. */
  geometry: string;
  /** What stands behind WHERE. */
  condition: string;
  /** How many rows there are, with those that the condition takes away; undefined where it takes none. */
  total: string | undefined;
}

/** How rows are held to a number of bytes. */
export interface Trim extends Pick<TileRequest, "simplifyExtent"> {
  reduction: Reduction;
  /** Whether all are points, of one size. */
  arePoints: boolean;
}

/**
 * `rows` without those for which there is no room: the smallest, and of the smallest that stay a share by chance.
 *
 * The rows are read once, and kept until it is known what they come to. Chance hangs on the row alone, so that tiles mostly
 * agree on it.
 */
export function trimmedRows(rows: TileRows, frame: TileFrame, trim: Trim): TileRows {
  const names = rows.columns.map(({ name }) => name);
  const shape = freeName("_cdb_shape", names);
  const size = freeName("_cdb_size", names);
  const level = freeName("_cdb_level", names);
  const [cut, share, total] = ["_cdb_cut", "_cdb_share", "_cdb_total"].map((name) => freeName(name, names)) as [
    string,
    string,
    string,
  ];
  const columns = names.map((name) => `${quoteIdent(name)}, `).join("");
  const read = `SELECT ${columns}${rows.geometry} AS ${shape} FROM ${rows.source} WHERE ${rows.condition}`;
  const drawn = `(${chance(shape, rows.columns)} & ${PARTS - 1}) < ${CUT}.${share}`;
  const kept = `(${CUT}.${share} >= ${PARTS} OR ${drawn})`;
  const parts = { shape, size, level, cut, share, total };
  const [all, limit] = trim.arePoints
    ? [read, cutPoints(parts, trim)]
    : [sized(read, frame, parts), cutSizes(parts, trim)];
  const condition = trim.arePoints ? kept : `(${level} > ${CUT}.${cut} OR ${level} = ${CUT}.${cut} AND ${kept})`;
  return {
    before: `WITH ${ROWS} AS MATERIALIZED (${all}), ${CUT} AS MATERIALIZED (${limit}) `,
    source: `${ROWS}, ${CUT}`,
    columns: rows.columns,
    geometry: shape,
    condition,
    total: `(SELECT ${total} FROM ${CUT})`,
  };
}

/** A number of a row, for all rows alike often. Rows in one place are told apart by their id. */
function chance(shape: string, columns: readonly TileColumn[]): string {
  const hasId = columns.some(({ name, oid }) => name === "cartodb_id" && INTEGERS.has(oid));
  const id = hasId ? " # hashint8(cartodb_id)" : "";
  return `(hashfloat8(ST_XMin(${shape})) # hashfloat8(ST_YMax(${shape}) / 3)${id})`;
}

interface Names {
  shape: string;
  size: string;
  level: string;
  cut: string;
  share: string;
  total: string;
}

function cutPoints({ share, total }: Names, { reduction: { bytes, featureBytes } }: Trim): string {
  const room = Math.max(1, Math.floor(bytes / featureBytes));
  return `SELECT least(${PARTS}, ceil(${PARTS} * ${room}::float8 / greatest(count(*), 1))) AS ${share}, count(*) AS ${total} FROM ${ROWS}`;
}

/** The rows with their size in pixels, and a number for it. */
function sized(read: string, frame: TileFrame, { shape, size, level }: Names): string {
  const side = (axis: string): string => `ST_${axis}Max(${shape}) - ST_${axis}Min(${shape})`;
  const pixels = `(greatest(${side("X")}, ${side("Y")}) / ${frame.pixelSize})`;
  const measured = `SELECT *, ${pixels} AS ${size} FROM (${read} OFFSET 0) AS _cdb_read OFFSET 0`;
  return `SELECT *, floor(${CLASSES} * ln(greatest(${size}, ${NOTHING})))::int4 AS ${level} FROM (${measured}) AS _cdb_measured`;
}

/** From the largest class down, the first for which there is no room; else the last one, as a whole. */
function cutSizes(
  { shape, size, level, cut, share, total }: Names,
  { reduction: { bytes, featureBytes }, simplifyExtent }: Trim,
): string {
  const stored = `pg_column_size(${shape})`;
  // A simplified shape has some vertices for each unit that it is wide.
  const vertices = `least(${stored} / ${STORED_VERTEX_BYTES}.0, 3 + ${(3 * simplifyExtent) / 256} * ${size})`;
  const each = `least(${featureBytes} + ${VERTEX_BYTES} * ${vertices}, ${Math.floor(bytes * LARGEST)})`;
  const ofClass = `SELECT ${level}, sum(CASE WHEN ${size} < ${NOTHING} AND ${stored} > ${POINT_BYTES} THEN 0 ELSE ${each} END) AS own, count(*) AS features FROM ${ROWS} GROUP BY 1`;
  const summed = `SELECT ${level}, own, sum(own) OVER (ORDER BY ${level} DESC) AS upto, sum(features) OVER () AS total FROM (${ofClass}) AS _cdb_classes`;
  const room = `${PARTS} * (${bytes} - upto + own) / own`;
  return `SELECT ${level} AS ${cut}, CASE WHEN upto <= ${bytes} THEN ${PARTS} ELSE greatest(1, ceil(${room})) END AS ${share}, total AS ${total} FROM (${summed}) AS _cdb_summed ORDER BY upto > ${bytes} DESC, CASE WHEN upto > ${bytes} THEN -${level} ELSE ${level} END LIMIT 1`;
}
