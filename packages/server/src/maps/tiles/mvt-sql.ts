import { quoteIdent, quoteLiteral } from "../../db/identifier.ts";
import { aggregatedColumns, aggregateSql } from "../aggregation/aggregate-sql.ts";
import type { Reduction } from "./budget.ts";
import type { TileColumn, TileLayer, TileRequest } from "./tile.ts";
import { parameterFrame, type TileFrame } from "./tile-frame.ts";
import {
  bufferUnits,
  columnSql,
  freeName,
  from,
  inBbox,
  layerQuery,
  mercatorGeometry,
  simplified,
  tileColumns,
} from "./tile-sql.ts";

/** Parts that the share of features to keep is counted in. */
const PARTS = 1_024;

/** Everything that the text of a layer's SQL depends on besides the layer. */
export type Shape = Pick<TileRequest, "extent" | "simplifyExtent" | "buffer">;

/**
 * An expression of one layer of a vector tile, of type bytea: no bytes where it has no feature.
 *
 * Its parameters are those of {@link parameterFrame}. Layers' bytes behind each other are the tile of all of them.
 */
export function mvtSql(tile: TileLayer, shape: Shape, reduction: Reduction | undefined): string {
  const frame = parameterFrame(shape.buffer);
  const merged = tile.aggregated || reduction?.kind === "merged";
  const columns = merged ? aggregatedColumns(tile) : tileColumns(tile);
  const names = columns.map(({ name }) => name);
  // A column that is called like the row would be taken for it.
  const row = freeName("_cdb_row", names);
  const geometry = freeName("_cdb_geometry", names);
  const rows = merged
    ? mergedRows(tile, frame, { columns, geometry, shape, reduction })
    : plainRows(tile, frame, { columns, geometry, shape, reduction });
  const layer = [row, quoteLiteral(tile.layer.id), String(shape.extent), quoteLiteral(geometry)].join(", ");
  return `(SELECT ST_AsMVT(${layer}) FROM (${rows}) AS ${row})`;
}

/** What rows are made of: the tile's columns, and the geometry under a name of its own. */
interface Rows {
  columns: readonly TileColumn[];
  geometry: string;
  shape: Shape;
  reduction: Reduction | undefined;
}

function plainRows(tile: TileLayer, frame: TileFrame, { columns, geometry, shape, reduction }: Rows): string {
  const point = mercatorGeometry(tile);
  const shown = `${inTile(simplified(point, frame, shape), frame, shape)} AS ${geometry}`;
  const conditions = [inBbox(tile, frame), ...(reduction?.kind === "dropped" ? kept(point, frame, reduction) : [])];
  const list = [...columns.map(columnSql), shown].join(", ");
  return `SELECT ${list} FROM ${from(layerQuery(tile, frame))} WHERE ${conditions.join(" AND ")}`;
}

function mergedRows(tile: TileLayer, frame: TileFrame, { columns, geometry, shape, reduction }: Rows): string {
  const [xmin, ymin, xmax, ymax] = frame.buffered;
  const point = mercatorGeometry(tile);
  const cells = aggregateSql(tile, {
    source: layerQuery(tile, frame),
    // A layer that is only merged for its size may have other geometries among its points.
    geometry: tile.aggregated ? point : `CASE WHEN GeometryType(${point}) = 'POINT' THEN ${point} END`,
    within: inBbox(tile, frame),
    bounds: { xmin, ymin, xmax, ymax },
    pixelSize: frame.pixelSize,
    ...(reduction?.kind === "merged" ? { resolutionPixels: reduction.resolution } : {}),
  });
  const shown = `${inTile(quoteIdent(tile.layer.geomColumn), frame, shape)} AS ${geometry}`;
  return `SELECT ${[...columns.map(columnSql), shown].join(", ")} FROM ${from(cells)}`;
}

const inTile = (geometry: string, frame: TileFrame, shape: Shape): string =>
  `ST_AsMVTGeom(${geometry}, ${frame.tileBbox}, ${shape.extent}, ${bufferUnits(shape)}, true)`;

/** Conditions on the features that stay, the same in all tiles: they hang on the whole geometry alone. */
function kept(geometry: string, frame: TileFrame, { below, share }: Reduction & { kind: "dropped" }): string[] {
  const side = (axis: string): string => `ST_${axis}Max(${geometry}) - ST_${axis}Min(${geometry})`;
  const large = `greatest(${side("X")}, ${side("Y")}) >= ${below} * ${frame.pixelSize}`;
  const corner = `hashfloat8(ST_XMin(${geometry}) + ST_YMax(${geometry}))`;
  const drawn = `(${corner} & ${PARTS - 1}) < ${Math.round(share * PARTS)}`;
  return [...(below > 0 ? [large] : []), ...(share < 1 ? [drawn] : [])];
}
