import type {
  MapAggregation,
  MapConfig as MapConfigJson,
  MapDataview,
  MapLayerMetadataOptions,
} from "@carto-ts/protocol";
import type { Analyses } from "./analyses.ts";
import type { NodeFilters } from "./filters.ts";

/** A MapConfig that was read and found right, with every default in it. */
export interface MapConfig {
  layers: readonly Layer[];
  analyses: Analyses;
  dataviews: Readonly<Record<string, MapDataview>>;
  /** What narrows the rows of analyses, and so of the layers and dataviews that show them. */
  filters: NodeFilters;
  /** Pixels around a tile that are drawn as well, by format, where it says so. */
  bufferSize: Readonly<Partial<Record<string, number>>>;
  /** Units of a vector tile's side. */
  vectorExtent: number;
  /** Units that geometries of vector tiles are simplified to. */
  vectorSimplifyExtent: number;
  /** Whether no layer has a style, so that there are vector tiles alone. */
  vectorOnly: boolean;
  statTag: string | undefined;
  /** What it was read from, with everything that the layers' queries were made of: this is hashed and kept. */
  json: MapConfigJson;
}

/** One layer. */
export type Layer = QueryLayer | OtherLayer;

/** A layer that is a query: `mapnik`, `cartodb`, or no type. */
export interface QueryLayer {
  kind: "query";
  /** Number of the layer among all, from 0. */
  index: number;
  /** Name in vector tiles and metadata: its own, or `layer` and its number among the queries. */
  id: string;
  /** The type that the MapConfig gives it, `mapnik` where it gives none. */
  givenType: string;
  /**
   * The query, of one statement, without a semicolon at its end: that of its analysis where it has one, wrapped by
   * `sql_wrap`. Its tokens (`!bbox!`, …) are still in it.
   *
   * Where the analysis' query depends on columns, it is empty until those were looked up (`resolveSources`).
   */
  sql: string;
  /** The analysis that it shows, and its `sql_wrap`; undefined for a query of its own. */
  source: { node: string; wrap: string | undefined } | undefined;
  /** Types of its widgets, by their names. */
  widgets: Readonly<Record<string, string>>;
  cartocss: string | undefined;
  cartocssVersion: string | undefined;
  interactivity: readonly string[];
  attributes: { id: string; columns: readonly string[] } | undefined;
  geomColumn: string;
  /** SRID of {@link geomColumn}. */
  srid: number;
  minzoom: number;
  maxzoom: number;
  /** What it says of aggregation; undefined where it says nothing. */
  aggregation: MapAggregation | boolean | undefined;
  datesAsNumbers: boolean;
  metadata: MapLayerMetadataOptions;
  affectedTables: readonly string[];
}

/** A layer of another type: `torque`, `http`, `plain`, or one that is not known. */
export interface OtherLayer {
  kind: "other";
  index: number;
  /** Its own, or its type, `-layer` and its number among those of the type. */
  id: string;
  type: string;
  options: Readonly<Record<string, unknown>>;
}
