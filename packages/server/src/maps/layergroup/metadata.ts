import type { InstantiatedMap, LayergroupLayer, LayergroupMetadata, MapTileJson, MapUrls } from "@carto-ts/protocol";
import type { MapsConfig } from "../../config.ts";
import { aggregatedFormats } from "../aggregation/aggregated.ts";
import { type AnalysisNode, nodesIn } from "../analyses/analysis-node.ts";
import type { MapConfig, OtherLayer } from "../map-config/map-config.ts";
import type { TileLayer } from "../tiles/tile.ts";
import type { Layergroup } from "./layergroup.ts";
import type { ReadMap } from "./read-map.ts";
import { cdnUrl, type MapPlace, MapUrlWriter } from "./urls.ts";

/** What the answer to an instantiation is made of. */
export interface AnswerParts {
  layergroup: Layergroup;
  stats: ReadMap["stats"];
  /** When the map's tables were changed last, in milliseconds since 1970; 0 for unknown. */
  changedAt: number;
  place: MapPlace;
  config: MapsConfig;
}

/** The answer to an instantiation. */
export function instantiatedMap({ layergroup, stats, changedAt, place, config }: AnswerParts): InstantiatedMap {
  return {
    layergroupid: place.token,
    metadata: metadataOf(layergroup, stats, new MapUrlWriter(place, config)),
    cdn_url: cdnUrl(config),
    last_updated: new Date(changedAt).toISOString(),
  };
}

function metadataOf(layergroup: Layergroup, stats: ReadMap["stats"], urls: MapUrlWriter): LayergroupMetadata {
  const { config } = layergroup;
  const hasQueries = layergroup.layers.length > 0;
  const tiles = "{z}/{x}/{y}";
  return {
    layers: layersOf(layergroup, stats, urls),
    dataviews: Object.fromEntries(
      Object.keys(config.dataviews).map((name) => [name, { url: urls.urls(`dataview/${encodeURIComponent(name)}`) }]),
    ),
    analyses: config.analyses.roots.map((root) => ({ nodes: nodesOf(root, layergroup, urls) })),
    tilejson: hasQueries ? ofFormats(config, (format) => urls.tileJson(`${tiles}.${format}`)) : {},
    url: hasQueries ? ofFormats(config, (format) => urls.template(`${tiles}.${format}`)) : {},
  };
}

/** Vector tiles, and pictures unless no layer has a style. */
function ofFormats<T>({ vectorOnly }: MapConfig, make: (format: "mvt" | "png") => T): { vector: T; raster?: T } {
  return vectorOnly ? { vector: make("mvt") } : { vector: make("mvt"), raster: make("png") };
}

/** Layers of types that nobody knows are left out. */
function layersOf(layergroup: Layergroup, stats: ReadMap["stats"], urls: MapUrlWriter): LayergroupLayer[] {
  return layergroup.config.layers.flatMap((layer) => {
    if (layer.kind === "other") return DRAWN_TYPES.has(layer.type) ? [otherLayer(layer, urls)] : [];
    const at = layergroup.layers.findIndex((tileLayer) => tileLayer.layer === layer);
    const found = layergroup.layers[at];
    return found ? [queryLayer(layergroup, found, { stats: stats[at] ?? {}, urls })] : [];
  });
}

/** Types of layers besides queries that pictures show. */
const DRAWN_TYPES = new Set(["http", "plain"]);

function otherLayer({ type, id }: OtherLayer, urls: MapUrlWriter): LayergroupLayer {
  return { type, id, meta: {}, tilejson: { raster: urls.tileJson(`${encodeURIComponent(id)}/{z}/{x}/{y}.png`) } };
}

function queryLayer(
  layergroup: Layergroup,
  { layer, facts, aggregated, style }: TileLayer,
  { stats, urls }: { stats: ReadMap["stats"][number]; urls: MapUrlWriter },
): LayergroupLayer {
  const { config, aggregation: asked } = layergroup;
  const path = `${encodeURIComponent(layer.id)}/{z}/{x}/{y}`;
  const formats = aggregatedFormats(config, aggregated, asked);
  const widgets = Object.entries(layer.widgets).map(([name, type]) => {
    const url = urls.urls(`${layer.index}/widget/${encodeURIComponent(name)}`);
    return [name, { type, url }] as const;
  });
  const grids = layer.interactivity.length > 0 ? `${path}.grid.json` : undefined;
  const tileJson = (format: string): MapTileJson =>
    urls.tileJson(`${path}.${format}`, format === "png" ? grids : undefined);
  return {
    type: "mapnik",
    id: layer.id,
    meta: {
      ...(style ? { cartocss: style.css } : {}),
      stats: { ...stats },
      ...(style ? { cartocss_meta: { rules: [...style.rules] } } : {}),
      ...(formats ? { aggregation: formats } : {}),
      ...(layer.datesAsNumbers ? { dates_as_numbers: [...facts.dateColumns] } : {}),
    },
    tilejson: ofFormats(config, tileJson),
    ...(widgets.length === 0 ? {} : { widgets: Object.fromEntries(widgets) }),
  };
}

type Node = LayergroupMetadata["analyses"][number]["nodes"][string];

/** The analyses of a tree that have ids; their queries are of anonymous maps alone. */
function nodesOf(root: AnalysisNode, { template, sources }: Layergroup, urls: MapUrlWriter): Record<string, Node> {
  const nodes: Record<string, Node> = {};
  for (const node of nodesIn([root])) {
    if (node.id === undefined) continue;
    const url: MapUrls = urls.urls(`analysis/node/${node.hash}`);
    const told = { status: "ready", url };
    nodes[node.id] = template === undefined ? { ...told, query: sources.plain(node) } : told;
  }
  return nodes;
}
