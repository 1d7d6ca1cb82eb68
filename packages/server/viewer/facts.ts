import type { InstantiatedMap, MapConfig, MapLayerMetadataOptions } from "@carto-ts/protocol";
import type { Api } from "./api.ts";
import { byCategory, byQuantile, byTopCategories, type Colouring } from "./colouring.ts";
import { queryOf, quoteName, type Subject } from "./subject.ts";

/** A column that a layer can be coloured by. */
export interface Column {
  name: string;
  type: "number" | "string" | "boolean";
}

/** Rows that quantiles are taken from. */
const SAMPLE = 1_000;
/** Columns that say nothing by their colour. */
const UNCOLOURED = ["cartodb_id", "_cdb_feature_count"];
const COLOURED: readonly string[] = ["number", "string", "boolean"] satisfies Column["type"][];

interface ConfigOptions {
  aggregation: false | { resolution: number };
  metadata: MapLayerMetadataOptions;
}

/** A map of one layer. Pure. */
export const configOf = (sql: string, options: ConfigOptions): MapConfig => ({
  version: "1.8.0",
  layers: [{ type: "mapnik", options: { sql, ...options } }],
});

/** Facts of a layer, as far as they are used here. */
interface LayerStats {
  estimatedFeatureCount?: number;
  columns?: Record<string, ColumnStats>;
  sample?: Record<string, unknown>[];
}

interface ColumnStats {
  type?: string;
  min?: unknown;
  max?: unknown;
  categories?: { category: unknown; frequency: number }[];
}

/** What is told of a layer. */
export const statsOf = (stats: Record<string, unknown> | undefined): LayerStats => stats ?? {};

/** A column that a layer can be coloured by, if it can. Pure. */
export function toColumn([name, { type = "" }]: [string, ColumnStats]): Column[] {
  if (!COLOURED.includes(type) || UNCOLOURED.includes(name)) return [];
  return [{ name, type: type as Column["type"] }];
}

/** Facts of a query, of which nothing is drawn. */
async function readStats(api: Api, sql: string, metadata: MapLayerMetadataOptions): Promise<LayerStats> {
  // By a map, for these read only: a query in an address may be anybody's, and the SQL API would let it write.
  const made = (await api.post("/map", configOf(sql, { aggregation: false, metadata }))) as InstantiatedMap;
  return statsOf(made.metadata.layers[0]?.meta.stats);
}

/** The box around a query's geometries, in metres of EPSG:3857; undefined where there is none. @throws ServerError */
export async function readExtent(api: Api, sql: string): Promise<[number, number, number, number] | undefined> {
  const q = `SELECT 1 AS cartodb_id, ST_XMin(e) AS west, ST_YMin(e) AS south, ST_XMax(e) AS east, ST_YMax(e) AS north,
      ST_SetSRID(e::geometry, 3857) AS the_geom_webmercator
    FROM (SELECT ST_Extent(the_geom_webmercator) AS e FROM (${sql}\n) AS q) AS e`;
  const { sample } = await readStats(api, q, { sample: 1 });
  const { west, south, east, north } = (Array.isArray(sample) ? sample[0] : undefined) ?? {};
  const box = [west, south, east, north];
  return box.every((side) => typeof side === "number") ? (box as [number, number, number, number]) : undefined;
}

/** Colours for a column of a dataset or a query, by what all of its rows hold. @throws ServerError */
export async function readColouring(api: Api, subject: Subject, column: Column): Promise<Colouring | undefined> {
  const sql = queryOf(subject);
  if (sql === undefined) return undefined;
  const { name, type } = column;
  const value = type === "number" ? quoteName(name) : `${quoteName(name)}::text`;
  // Statistics are of every column, so the query has no other. Samples are drawn by a key, which not every query has.
  const q = `SELECT row_number() OVER () AS cartodb_id, ${value} AS ${quoteName(name)}, the_geom_webmercator
    FROM (${sql}\n) AS q`;
  const { columns, sample } = await readStats(api, q, {
    columnStats: { topCategories: 8, includeNulls: false },
    ...(type === "number" ? { sample: SAMPLE } : {}),
  });
  const { min, max, categories = [] } = columns?.[name] ?? {};
  if (type !== "number") {
    return categories.length === 0
      ? undefined
      : byTopCategories(
          name,
          categories.map(({ category }) => String(category)),
        );
  }
  const drawn = Array.isArray(sample) ? sample.map((row) => row[name]) : [];
  // With the ends, which are not often among what is drawn.
  return byQuantile(name, [min, ...drawn, max]);
}

/** The columns that features have, for layers whose map doesn't tell. Pure. */
export function columnsOf(features: Iterable<Readonly<Record<string, unknown>>>): Column[] {
  const types = new Map<string, Column["type"]>();
  for (const feature of features) {
    for (const [name, value] of Object.entries(feature)) {
      const type = typeof value;
      if (COLOURED.includes(type) && !UNCOLOURED.includes(name)) types.set(name, type as Column["type"]);
    }
  }
  return [...types].map(([name, type]) => ({ name, type })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Colours for a column by what the features at hand hold. Pure. */
export function colouringOf(column: Column, features: readonly Readonly<Record<string, unknown>>[]): Colouring {
  const values = features.map((feature) => feature[column.name]);
  const ramp = column.type === "number" ? byQuantile(column.name, values) : undefined;
  return ramp ?? byCategory(column.name, values);
}
