import type { MapConfig, QueryLayer } from "../map-config/map-config.ts";
import type { LayerFacts } from "../tiles/tile.ts";
import { readAggregation } from "./aggregation.ts";
import { isObject } from "./json-object.ts";
import { layerError } from "./layer-error.ts";

const SUPPORTED = "ST_Point";

/** Whether tiles of a kind are aggregated. */
export interface AggregatedFormats {
  png: boolean;
  mvt: boolean;
}

/** Whether a layer wants to be aggregated: it says so, or it says nothing in a map of vector tiles alone. */
export function isConsidered({ vectorOnly }: MapConfig, { aggregation }: QueryLayer): boolean {
  if (aggregation === false) return false;
  return vectorOnly || aggregation === true || isObject(aggregation);
}

/**
 * Whether a layer's points are aggregated in tiles.
 *
 * @param asked `?aggregation=` of the instantiation; false turns it off.
 * @throws MapError 400 where its options are wrong, and for other geometries than points in a map with styles.
 */
export function isAggregated(
  config: MapConfig,
  layer: QueryLayer,
  facts: LayerFacts,
  asked: boolean | undefined,
): boolean {
  const { threshold } = readAggregation(layer);
  if (asked === false || !isConsidered(config, layer)) return false;
  if (facts.geometryType !== SUPPORTED) {
    if (config.vectorOnly || facts.geometryType === undefined) return false;
    const message = `Unsupported geometry type: ${facts.geometryType}. Aggregation is available only for geometry type: ${SUPPORTED}`;
    throw layerError(layer, message);
  }
  return facts.estimatedRows >= threshold;
}

/** What `meta.aggregation` of a layer says, of whatever type it is; undefined where the map has no aggregation at all. */
export function aggregatedFormats(
  config: MapConfig,
  aggregated: boolean,
  asked: boolean | undefined,
): AggregatedFormats | undefined {
  const hasAny = config.layers.some((layer) => layer.kind === "query" && isConsidered(config, layer));
  if (asked === false || !(asked || hasAny)) return undefined;
  return { png: aggregated && !config.vectorOnly, mvt: aggregated };
}
