import type { MapConfig, QueryLayer } from "./map-config.ts";
import { checkSize } from "./parse.ts";
import { wrapped } from "./query-layer.ts";
import { type NodeColumns, SourceQueries } from "./source-queries.ts";

/** A map whose queries are known as a whole. */
export interface ResolvedMap {
  config: MapConfig;
  sources: SourceQueries;
}

/**
 * Puts the queries of analyses, narrowed by the map's filters, into the layers that show them.
 *
 * @param columns What the database says of the analyses' rows.
 * @throws MapError for queries that are too long.
 */
export function resolveSources(config: MapConfig, columns: NodeColumns): ResolvedMap {
  const sources = new SourceQueries(config.analyses, config.filters, columns);
  const layers = config.layers.map((layer) => {
    if (layer.kind !== "query" || layer.source === undefined) return layer;
    const { node, wrap } = layer.source;
    return { ...layer, sql: wrapped(layer, sources.shown(node, "all").sql, wrap) };
  });
  checkSize(layers.filter((layer): layer is QueryLayer => layer.kind === "query"));
  return { config: { ...config, layers }, sources };
}
