import { quoteLiteral } from "../../db/identifier.ts";
import type { Reduction } from "./budget.ts";
import type { TileLayer, TileRequest } from "./tile.ts";
import { parameterFrame } from "./tile-frame.ts";
import { tileRows } from "./tile-rows.ts";
import { bufferUnits, columnSql, freeName, simplified } from "./tile-sql.ts";

/**
 * An expression of one layer of a vector tile, of type bytea: no bytes where it has no feature.
 *
 * Its parameters are those of {@link parameterFrame}. Layers' bytes behind each other are the tile of all of them.
 */
export function mvtSql(
  tile: TileLayer,
  shape: Pick<TileRequest, "extent" | "simplifyExtent" | "buffer">,
  reduction: Reduction | undefined,
): string {
  const frame = parameterFrame(shape.buffer);
  const { source, columns, geometry, condition } = tileRows(tile, frame, reduction);
  const names = columns.map(({ name }) => name);
  // A column that is called like the row would be taken for it.
  const row = freeName("_cdb_row", names);
  const shown = freeName("_cdb_geometry", names);
  const inTile = `ST_AsMVTGeom(${simplified(geometry, frame, shape)}, ${frame.tileBbox}, ${shape.extent}, ${bufferUnits(shape)}, true)`;
  const list = [...columns.map(columnSql), `${inTile} AS ${shown}`].join(", ");
  const layer = [row, quoteLiteral(tile.layer.id), String(shape.extent), quoteLiteral(shown)].join(", ");
  return `(SELECT ST_AsMVT(${layer}) FROM (SELECT ${list} FROM ${source} WHERE ${condition}) AS ${row})`;
}
