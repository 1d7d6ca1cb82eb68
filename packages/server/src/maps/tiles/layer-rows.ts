import { quoteIdent } from "../../db/identifier.ts";
import type { LayerPlan } from "../../mvt/layer-encoder.ts";
import type { ValueKind } from "../../mvt/value-table.ts";
import type { Reduction } from "./budget.ts";
import type { TileColumn, TileLayer, TileRequest } from "./tile.ts";
import { type TileFrame, tileBounds, tileFrame } from "./tile-frame.ts";
import { tileRows } from "./tile-rows.ts";
import { bufferUnits, freeName, simplified } from "./tile-sql.ts";
import type { TileRows } from "./trimmed-rows.ts";

/** How columns come, by the OID of their type; all others come as text. The words are PostgreSQL's names for them, too. */
const KINDS: ReadonlyMap<number, ValueKind> = new Map([
  [16, "bool"],
  [21, "int2"],
  [23, "int4"],
  [20, "int8"],
  [700, "float4"],
  [701, "float8"],
]);

const kindOf = ({ oid }: TileColumn): ValueKind => KINDS.get(oid) ?? "text";

/** Rows of a layer, and what they become. */
export interface LayerRows {
  /** A SELECT of the geometry, simplified and clipped to the tile and its buffer, then the columns of {@link plan}, then their number if it counts them. */
  sql: string;
  plan: LayerPlan;
}

/** How {@link layerRows} selects. */
export interface LayerRowsOptions {
  reduction: Reduction | undefined;
  /** Whether areas are left for the encoder to clip, which takes any of them. @defaultValue false */
  wholeAreas?: boolean;
}

/**
 * How the rows of a layer in a tile are selected and encoded.
 *
 * The columns are cast to the types that are known of them. Mostly that does nothing; where a table was changed since,
 * it keeps the bytes from being taken for something else.
 */
export function layerRows(
  tile: TileLayer,
  request: TileRequest,
  { reduction, wholeAreas = false }: LayerRowsOptions,
): LayerRows {
  const { address, extent, buffer } = request;
  const frame = tileFrame(address, buffer);
  const { simplifyExtent } = request;
  const rows = tileRows(tile, frame, { reduction, simplifyExtent });
  const { before, columns, total } = rows;
  const { shape, source, condition } = shapes(tile, rows, { frame, request, wholeAreas });
  const cast = columns.map((column) => `${quoteIdent(column.name)}::pg_catalog.${kindOf(column)}`);
  const [west, , east, north] = tileBounds(address);
  return {
    sql: `${before}SELECT ${[shape, ...cast, ...(total === undefined ? [] : [`${total}::int4`])].join(", ")} FROM ${source} WHERE ${condition}`,
    plan: {
      name: tile.layer.id,
      frame: { west, north, scale: extent / (east - west), extent, buffer: bufferUnits(request) },
      columns: columns.map((column) => ({ name: column.name, kind: kindOf(column) })),
      ...(total === undefined ? {} : { noteOf: tile.layer.index }),
    },
  };
}

/** Types of geometries that have no inside. */
const WITHOUT_AREA: readonly unknown[] = ["ST_Point", "ST_MultiPoint", "ST_LineString", "ST_MultiLineString"];

/** The shapes of rows, simplified and clipped, and the rows that they are made of. */
function shapes(
  { facts }: TileLayer,
  { source, columns, geometry, condition }: TileRows,
  { frame, request, wholeAreas }: { frame: TileFrame; request: TileRequest; wholeAreas: boolean },
): { shape: string; source: string; condition: string } {
  const { bbox } = frame;
  if (!wholeAreas && WITHOUT_AREA.includes(facts.geometryType)) {
    return { shape: `ST_ClipByBox2D(${simplified(geometry, frame, request)}, ${bbox})`, source, condition };
  }
  const names = columns.map(({ name }) => name);
  const [simple, isArea, isInside] = ["_cdb_simple", "_cdb_area", "_cdb_inside"].map((name) =>
    freeName(name, names),
  ) as [string, string, string];
  // OFFSET 0 keeps what is computed here from being computed wherever it is used.
  const once = `SELECT ${names.map((name) => `${quoteIdent(name)}, `).join("")}${simplified(geometry, frame, request)} AS ${simple}, ST_Dimension(${geometry}) = 2 AS ${isArea}, ${geometry} @ ${bbox} AS ${isInside} FROM ${source} WHERE ${condition} OFFSET 0`;
  // Clipped, a ring that crosses itself would fill what is outside of its area.
  const mended = `CASE WHEN ${isArea} AND NOT ${isInside} AND NOT ST_IsValid(${simple}) THEN ST_CollectionExtract(ST_MakeValid(${simple}), 3) ELSE ${simple} END`;
  const clipped = `ST_ClipByBox2D(${mended}, ${bbox})`;
  const shape = wholeAreas ? `CASE WHEN ${isArea} THEN ${simple} ELSE ${clipped} END` : clipped;
  return { shape, source: `(${once}) AS _cdb_shapes`, condition: "true" };
}
