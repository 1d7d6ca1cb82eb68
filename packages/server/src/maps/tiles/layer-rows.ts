import { quoteIdent } from "../../db/identifier.ts";
import type { LayerPlan } from "../../mvt/layer-encoder.ts";
import type { ValueKind } from "../../mvt/value-table.ts";
import type { TileColumn, TileLayer, TileRequest } from "./tile.ts";
import { tileBounds, tileFrame } from "./tile-frame.ts";
import { bufferUnits, inBbox, layerSource, mercatorGeometry, simplified, tileColumns } from "./tile-sql.ts";

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

/** How the rows that {@link layerRows} selects become a layer. */
export function layerPlan(tile: TileLayer, request: TileRequest): LayerPlan {
  const [west, , east, north] = tileBounds(request.address);
  const { extent } = request;
  return {
    name: tile.layer.id,
    frame: { west, north, scale: extent / (east - west), extent, buffer: bufferUnits(request) },
    columns: tileColumns(tile).map((column) => ({ name: column.name, kind: kindOf(column) })),
  };
}

/**
 * A SELECT of a layer's rows in a tile: the geometry, simplified and clipped to the tile and its buffer, then the columns.
 *
 * The casts do nothing as long as the columns have the types that are known of them. Where a table was changed since,
 * they keep its bytes from being taken for something else. char(n) loses its trailing blanks.
 */
export function layerRows(tile: TileLayer, request: TileRequest): string {
  const frame = tileFrame(request.address, request.buffer);
  const geometry = simplified(mercatorGeometry(tile), frame, request);
  const columns = tileColumns(tile).map((column) => `${quoteIdent(column.name)}::pg_catalog.${kindOf(column)}`);
  const selected = [`ST_ClipByBox2D(${geometry}, ${frame.bbox})`, ...columns];
  return `SELECT ${selected.join(", ")} FROM ${layerSource(tile, frame)} WHERE ${inBbox(tile, frame)}`;
}
