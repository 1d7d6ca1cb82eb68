import { quoteLiteral } from "../../db/identifier.ts";
import { NOTE_HEAD } from "../../mvt/layer-note.ts";
import type { Reduction } from "./budget.ts";
import type { TileLayer, TileRequest } from "./tile.ts";
import { parameterFrame } from "./tile-frame.ts";
import { tileRows } from "./tile-rows.ts";
import { bufferUnits, columnSql, freeName, simplified } from "./tile-sql.ts";

/**
 * An expression of one layer of a vector tile, of type bytea: no bytes where it has no feature. A note of what was
 * dropped follows it.
 *
 * Its parameters are those of {@link parameterFrame}. Layers' bytes behind each other are the tile of all of them.
 */
export function mvtSql(
  tile: TileLayer,
  shape: Pick<TileRequest, "extent" | "simplifyExtent" | "buffer">,
  reduction: Reduction | undefined,
): string {
  const frame = parameterFrame(shape.buffer);
  const { simplifyExtent } = shape;
  const { before, source, columns, geometry, condition, total } = tileRows(tile, frame, { reduction, simplifyExtent });
  const names = columns.map(({ name }) => name);
  // A column that is called like the row would be taken for it.
  const row = freeName("_cdb_row", names);
  const shown = freeName("_cdb_geometry", names);
  const inTile = `ST_AsMVTGeom(${simplified(geometry, frame, shape)}, ${frame.tileBbox}, ${shape.extent}, ${bufferUnits(shape)}, true)`;
  const list = [...columns.map(columnSql), `${inTile} AS ${shown}`].join(", ");
  const layer = [row, quoteLiteral(tile.layer.id), String(shape.extent), quoteLiteral(shown)].join(", ");
  const told = total === undefined ? "" : ` || ${noteSql(tile.layer.index, "count(*)", total)}`;
  return `(${before}SELECT ST_AsMVT(${layer})${told} FROM (SELECT ${list} FROM ${source} WHERE ${condition}) AS ${row})`;
}

/** A note as `writeNote` writes it, if there were more features than there are. */
function noteSql(layer: number, features: string, of: string): string {
  const head = `'\\x${Buffer.from(NOTE_HEAD).toString("hex")}'::bytea`;
  const note = [head, `int4send(${layer})`, `int4send((${features})::int4)`, `int4send((${of})::int4)`].join(" || ");
  return `CASE WHEN ${of} > ${features} THEN ${note} ELSE ''::bytea END`;
}
