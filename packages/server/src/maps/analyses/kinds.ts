import { filterCategory, filterGroupedRank, filterRange, filterRank } from "./filter-kinds.ts";
import {
  boundingBox,
  boundingCircle,
  buffer,
  centroid,
  concaveHull,
  convexHull,
  georeferenceLongLat,
  weightedCentroid,
} from "./geometry-kinds.ts";
import { aggregateIntersection, filterByNodeColumn, intersection, merge, pointInPolygon } from "./joining-kinds.ts";
import { type AnalysisKind, STRING, textOf } from "./kind.ts";

/** A query as it is. */
const source: AnalysisKind = { params: { query: STRING }, keepsGeometry: true, sql: (parts) => textOf(parts, "query") };

/** The types of analyses that there are, by their names. */
export const ANALYSIS_KINDS: ReadonlyMap<string, AnalysisKind> = new Map([
  ["source", source],
  ["buffer", buffer],
  ["filter-category", filterCategory],
  ["filter-range", filterRange],
  ["filter-rank", filterRank],
  ["filter-grouped-rank", filterGroupedRank],
  ["filter-by-node-column", filterByNodeColumn],
  ["intersection", intersection],
  ["aggregate-intersection", aggregateIntersection],
  ["point-in-polygon", pointInPolygon],
  ["merge", merge],
  ["centroid", centroid],
  ["weighted-centroid", weightedCentroid],
  ["convex-hull", convexHull],
  ["concave-hull", concaveHull],
  ["bounding-box", boundingBox],
  ["bounding-circle", boundingCircle],
  ["georeference-long-lat", georeferenceLongLat],
]);
