import { quoteIdent } from "../../db/identifier.ts";
import { aggregatedColumns, aggregateSql } from "../aggregation/aggregate-sql.ts";
import type { Reduction } from "./budget.ts";
import type { TileLayer, TileRequest } from "./tile.ts";
import type { TileFrame } from "./tile-frame.ts";
import { from, inBbox, layerQuery, layerSource, mercatorGeometry, tileColumns } from "./tile-sql.ts";
import { type TileRows, trimmedRows } from "./trimmed-rows.ts";

/** Bytes of a geometry up to which those of a layer that begins with a point are all points. */
const POINT_BYTES = 64;

/** The rows of `tile` in the frame: the layer's own or one a cell, without what `reduction` takes away. */
export function tileRows(
  tile: TileLayer,
  frame: TileFrame,
  { reduction, simplifyExtent }: Pick<TileRequest, "simplifyExtent"> & { reduction: Reduction | undefined },
): TileRows {
  const isMerged = tile.aggregated || reduction?.resolution !== undefined;
  const rows = isMerged ? mergedRows(tile, frame, reduction?.resolution) : ownRows(tile, frame);
  if (!reduction) return rows;
  const { geometryType, geometryBytes = 0 } = tile.facts;
  const arePoints = isMerged || (geometryType === "ST_Point" && geometryBytes <= POINT_BYTES);
  return trimmedRows(rows, frame, { reduction, simplifyExtent, arePoints });
}

function ownRows(tile: TileLayer, frame: TileFrame): TileRows {
  const geometry = mercatorGeometry(tile);
  return {
    before: "",
    source: layerSource(tile, frame),
    columns: tileColumns(tile),
    geometry: tile.facts.curved ? `ST_CurveToLine(${geometry})` : geometry,
    condition: inBbox(tile, frame),
    total: undefined,
  };
}

function mergedRows(tile: TileLayer, frame: TileFrame, resolutionPixels: number | undefined): TileRows {
  const [xmin, ymin, xmax, ymax] = frame.buffered;
  const point = mercatorGeometry(tile);
  const cells = aggregateSql(tile, {
    source: layerQuery(tile, frame),
    // A layer that is only merged for its size may have other geometries among its points.
    geometry: tile.aggregated ? point : `CASE WHEN GeometryType(${point}) = 'POINT' THEN ${point} END`,
    within: inBbox(tile, frame),
    bounds: { xmin, ymin, xmax, ymax },
    pixelSize: frame.pixelSize,
    ...(resolutionPixels === undefined ? {} : { resolutionPixels }),
  });
  return {
    before: "",
    source: from(cells),
    columns: aggregatedColumns(tile),
    geometry: quoteIdent(tile.layer.geomColumn),
    condition: "true",
    total: undefined,
  };
}
