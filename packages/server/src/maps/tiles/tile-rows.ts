import { quoteIdent } from "../../db/identifier.ts";
import { aggregatedColumns, aggregateSql } from "../aggregation/aggregate-sql.ts";
import type { Reduction } from "./budget.ts";
import type { TileColumn, TileLayer } from "./tile.ts";
import type { TileFrame } from "./tile-frame.ts";
import { from, inBbox, layerQuery, layerSource, mercatorGeometry, tileColumns } from "./tile-sql.ts";

/** Parts that the share of features to keep is counted in. */
const PARTS = 1_024;

/** The rows that a layer has in a tile, as the parts of a SELECT. */
export interface TileRows {
  /** What stands behind FROM. */
  source: string;
  /** Its columns that tiles have. */
  columns: readonly TileColumn[];
  /** The geometry in EPSG:3857, neither simplified nor clipped. */
  geometry: string;
  /** What stands behind WHERE. */
  condition: string;
}

/** The rows of `tile` in the frame: the layer's own or one a cell, without what `reduction` takes away. */
export function tileRows(tile: TileLayer, frame: TileFrame, reduction: Reduction | undefined): TileRows {
  if (tile.aggregated || reduction?.kind === "merged") return mergedRows(tile, frame, reduction);
  const geometry = mercatorGeometry(tile);
  const conditions = [inBbox(tile, frame), ...(reduction ? kept(geometry, frame, reduction) : [])];
  return {
    source: layerSource(tile, frame),
    columns: tileColumns(tile),
    geometry,
    condition: conditions.join(" AND "),
  };
}

function mergedRows(tile: TileLayer, frame: TileFrame, reduction: Reduction | undefined): TileRows {
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
  return {
    source: from(cells),
    columns: aggregatedColumns(tile),
    geometry: quoteIdent(tile.layer.geomColumn),
    condition: "true",
  };
}

/** Conditions on the features that stay, the same in all tiles of a zoom: they hang on the whole geometry alone. */
function kept(geometry: string, frame: TileFrame, { below, share }: Reduction & { kind: "dropped" }): string[] {
  const side = (axis: string): string => `ST_${axis}Max(${geometry}) - ST_${axis}Min(${geometry})`;
  const large = `greatest(${side("X")}, ${side("Y")}) >= ${below} * ${frame.pixelSize}`;
  const corner = `(hashfloat8(ST_XMin(${geometry})) # hashfloat8(ST_YMax(${geometry}) / 3))`;
  const drawn = `(${corner} & ${PARTS - 1}) < ${Math.round(share * PARTS)}`;
  return [...(below > 0 ? [large] : []), ...(share < 1 ? [drawn] : [])];
}
