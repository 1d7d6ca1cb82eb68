import type { MapFilters } from "./dataviews.ts";

/** Versions of MapConfig that are understood: from and to, both included. */
export const MAP_CONFIG_VERSIONS: readonly [lowest: string, highest: string] = ["1.0.0", "1.8.0"];

/** Version that templates of named maps have. */
export const TEMPLATE_VERSION = "0.0.1";

/** Types of a named map's placeholders. */
export const PLACEHOLDER_TYPES = ["sql_literal", "sql_ident", "number", "css_color"] as const;

/** One of {@link PLACEHOLDER_TYPES}. */
export type PlaceholderType = (typeof PLACEHOLDER_TYPES)[number];

/** What a map shows: the input of an anonymous map, and the `layergroup` of a named one. */
export interface MapConfig {
  /** `1.0.0` to `1.8.0`; every feature works with each. @defaultValue "1.0.0" */
  version?: string;
  layers: MapLayer[];
  /** Pixels around a tile that are drawn as well, by format. @defaultValue 64 each */
  buffersize?: Partial<Record<"png" | "png32" | "grid.json" | "mvt", number | string>>;
  analyses?: MapAnalysis[];
  dataviews?: Record<string, MapDataview>;
  /** Narrows the rows of analyses; CARTO's own servers take it as a parameter of the URL alone. */
  filters?: MapFilters;
  /** Counted by account and tag. */
  stat_tag?: string;
}

/** A layer: `mapnik` or `cartodb` is a query, drawn or given as vector tiles. */
export interface MapLayer {
  /** Name in vector tiles and metadata. @defaultValue "layer0", "layer1", … */
  id?: string;
  /** @defaultValue "mapnik" */
  type?: "mapnik" | "cartodb" | "torque" | "http" | "plain" | (string & {});
  options: MapLayerOptions;
}

/** Options of a layer; those that are not known are kept and not looked at. */
export interface MapLayerOptions {
  /** The query; needs `the_geom_webmercator` and for aggregation `cartodb_id`. */
  sql?: string;
  /** An analysis whose query it is, in the place of {@link sql}. */
  source?: { id: string };
  /** Its style; a map without any has vector tiles alone. */
  cartocss?: string;
  cartocss_version?: string;
  /** Columns of grids. */
  interactivity?: string | string[];
  /** Columns that can be asked for a feature. */
  attributes?: { id: string; columns: string[] };
  /** @defaultValue "the_geom_webmercator" */
  geom_column?: string;
  /** SRID of that column. @defaultValue 3857 */
  srid?: number;
  /** Zooms that the layer is in, both included. */
  minzoom?: number;
  maxzoom?: number;
  /** Units of a vector tile's side; the same in all layers. @defaultValue 4096 */
  vector_extent?: number;
  /** Units that geometries are simplified to. @defaultValue vector_extent where that is set, else 256 */
  vector_simplify_extent?: number;
  /** Whether and how points are aggregated. @defaultValue true in maps of vector tiles alone */
  aggregation?: MapAggregation | boolean;
  /** Query around the query: `<%= sql %>` is replaced. */
  sql_wrap?: string;
  /** Whether dates become seconds since 1970. @defaultValue false */
  dates_as_numbers?: boolean;
  /** Which facts of the layer the answer has. */
  metadata?: MapLayerMetadataOptions;
  /** Tables whose changes make tiles outdated, besides those of the query. */
  affected_tables?: string[];
  [option: string]: unknown;
}

/** Functions of {@link MapAggregation.columns}. */
export type AggregateFunction = "count" | "avg" | "sum" | "min" | "max" | "mode";

/** How points become one a cell. */
export interface MapAggregation {
  /** Where the point of a cell is. @defaultValue "point-sample" */
  placement?: "centroid" | "point-grid" | "point-sample";
  /** Side of a cell in pixels. @defaultValue 1 */
  resolution?: number;
  /** Estimated rows from which on points are aggregated. @defaultValue 100000 */
  threshold?: number;
  columns?: Record<string, { aggregate_function: AggregateFunction; aggregated_column: string }>;
  dimensions?: Record<string, string | { column: string; group?: Record<string, unknown>; format?: "iso" | "number" }>;
  filters?: Record<string, unknown>;
}

/** Facts of a layer that can be asked for. */
export interface MapLayerMetadataOptions {
  featureCount?: boolean;
  /** Zoom to count the features of. */
  aggrFeatureCount?: number;
  geometryType?: boolean;
  columns?: boolean;
  columnStats?: boolean | { topCategories?: number; includeNulls?: boolean };
  dimensions?: boolean;
  sample?: number | { num_rows?: number; include_columns?: string[] };
}

/** An analysis: what a query of its own, or other analyses in its `params`, are made to. `source` is a query. */
export interface MapAnalysis {
  id?: string;
  type: string;
  params: Record<string, unknown>;
  options?: Record<string, unknown>;
}

/** A small query for a chart, of the rows of an analysis. */
export interface MapDataview {
  type: "formula" | "aggregation" | "histogram" | (string & {});
  source: { id: string };
  options: Record<string, unknown>;
}

/** An address in both schemes. */
export interface MapUrls {
  http: string;
  https: string;
}

/** TileJSON 2.2.0, as much as the answer has. */
export interface MapTileJson {
  tilejson: string;
  tiles: string[];
  grids?: string[];
}

/** What is known of a layer of an instantiated map. */
export interface LayergroupLayer {
  type: string;
  id: string;
  meta: {
    cartocss?: string;
    stats?: Record<string, unknown>;
    cartocss_meta?: { rules: unknown[] };
    /** Whether tiles of a kind are aggregated. */
    aggregation?: { png: boolean; mvt: boolean };
    dates_as_numbers?: string[];
    [fact: string]: unknown;
  };
  tilejson?: { vector?: MapTileJson; raster?: MapTileJson };
  widgets?: Record<string, { type: string; url: MapUrls }>;
}

/** Address template of tiles, and what `{s}` in it may be. */
export interface MapUrlTemplate {
  urlTemplate: string;
  subdomains: string[];
}

/** What an instantiated map is made of. */
export interface LayergroupMetadata {
  layers: LayergroupLayer[];
  dataviews: Record<string, { url: MapUrls }>;
  analyses: { nodes: Record<string, { status: string; url: MapUrls; query?: string; error_message?: string }> }[];
  tilejson: { vector?: MapTileJson; raster?: MapTileJson };
  url: { vector?: MapUrlTemplate; raster?: MapUrlTemplate };
  torque?: Record<string, unknown>;
}

/** The answer to an instantiation. */
export interface InstantiatedMap {
  /** `HASH:CHANGED`; of a named map `ACCOUNT@TEMPLATE@HASH:CHANGED`. */
  layergroupid: string;
  metadata: LayergroupMetadata;
  /** Hosts that tiles may be asked of instead; empty without any. */
  cdn_url: {
    http?: string;
    https?: string;
    templates?: Record<"http" | "https", { url: string; subdomains: string[] }>;
  };
  /** When the data was changed last, ISO 8601. */
  last_updated: string;
}

/** Who may instantiate a named map: everybody, or who has one of the tokens. */
export type TemplateAuth = { method: "open" } | { method: "token"; valid_tokens: string[] };

/** A hole in a template, and what fills it where nothing is given. */
export interface TemplatePlaceholder {
  type: PlaceholderType;
  default: string | number;
}

/** A named map: a map with holes, kept under a name. */
export interface MapTemplate {
  version: string;
  /** Letters, digits, `_` and `-`. */
  name: string;
  /** @defaultValue open */
  auth?: TemplateAuth;
  /** @defaultValue none */
  placeholders?: Record<string, TemplatePlaceholder>;
  layergroup: MapConfig;
  /** What previews show. */
  view?: TemplateView | null;
}

/** Where a preview looks. */
export interface TemplateView {
  zoom?: number;
  center?: { lng: number; lat: number };
  bounds?: { west: number; south: number; east: number; north: number };
  preview_layers?: Record<string, boolean>;
}

/** One error of the Maps API, with where it comes from. */
export interface MapErrorContext {
  /** `layer`, `mapconfig`, `tile`, `auth`, `limit`, …; `unknown` where it is of none. */
  type: string;
  message: string;
  subtype?: string;
  layer?: Record<string, unknown>;
  analysis?: Record<string, unknown>;
}

/** Body of every error of the Maps API. Both lists have the same order and length. */
export interface MapErrorBody {
  errors: string[];
  errors_with_context: MapErrorContext[];
}
