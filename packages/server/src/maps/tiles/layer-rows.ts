import { quoteIdent } from "../../db/identifier.ts";
import type { LayerPlan } from "../../mvt/layer-encoder.ts";
import type { ValueKind } from "../../mvt/value-table.ts";
import type { Reduction } from "./budget.ts";
import type { TileColumn, TileLayer, TileRequest } from "./tile.ts";
import { tileBounds, tileFrame } from "./tile-frame.ts";
import { tileRows } from "./tile-rows.ts";
import { bufferUnits, simplified } from "./tile-sql.ts";

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
  const { before, source, columns, geometry, condition, total } = rows;
  const simple = simplified(geometry, frame, request);
  const clipped = `ST_ClipByBox2D(${mended(tile, { geometry, simple, bbox: frame.bbox })}, ${frame.bbox})`;
  const shape = wholeAreas ? `CASE WHEN ST_Dimension(${geometry}) = 2 THEN ${simple} ELSE ${clipped} END` : clipped;
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

/** `simple`, its areas without rings that cross themselves: clipped, those would fill what is outside of them. */
function mended(
  { facts }: TileLayer,
  { geometry, simple, bbox }: { geometry: string; simple: string; bbox: string },
): string {
  if (WITHOUT_AREA.includes(facts.geometryType)) return simple;
  const isClipped = `ST_Dimension(${geometry}) = 2 AND NOT ${geometry} @ ${bbox}`;
  return `CASE WHEN ${isClipped} AND NOT ST_IsValid(${simple}) THEN ST_CollectionExtract(ST_MakeValid(${simple}), 3) ELSE ${simple} END`;
}
