import type { TemplateAuth } from "@carto-ts/protocol";
import type { MapConfig, QueryLayer } from "../map-config/map-config.ts";
import { resolveSources } from "../map-config/resolve-sources.ts";
import { givenQueries, type NodeColumns, type SourceQueries } from "../map-config/source-queries.ts";
import type { LayerFacts, TileLayer, TileStyle } from "../tiles/tile.ts";

/** A table that a map's queries read. */
export interface AffectedTable {
  schema: string;
  name: string;
}

/** The named map that a map was made of. */
export interface TemplateRef {
  name: string;
  /** First 8 hex digits of the md5 of the stored template. */
  hash: string;
  auth: TemplateAuth;
}

/** What the database said of a map's queries. */
export interface Reading {
  /** `?aggregation=` of the instantiation. */
  aggregation?: boolean;
  /** Tables that the planner reads for the queries, and those that the layers name besides; sorted. */
  tables: readonly AffectedTable[];
  /** Of each layer that is a query, in the map's order. */
  layers: readonly { facts: LayerFacts; aggregated: boolean; style?: TileStyle }[];
  /** Columns of the rows of analyses, by the analyses' hashes; absent where there are none. */
  nodes?: NodeColumns;
  /** See {@link Layergroup.columns}. */
  columns: string;
  /** See {@link Layergroup.ownersOnly}. */
  ownersOnly: boolean;
}

/** An instantiated map: everything that its tiles are made of. */
export interface Layergroup {
  /** md5 of the MapConfig and of the role that it was made in, in hex. */
  id: string;
  account: string;
  /** With the queries of analyses in the layers that show them. */
  config: MapConfig;
  /** What dataviews read. */
  sources: SourceQueries;
  /** See {@link Reading}. */
  nodes: NodeColumns | undefined;
  /** Everything that it reads: its layers' queries, and those that its analyses begin with. */
  queries: readonly Pick<QueryLayer, "sql">[];
  /** undefined for an anonymous map. */
  template: TemplateRef | undefined;
  /** See {@link Reading}. */
  tables: readonly AffectedTable[];
  /** The layers that are queries. */
  layers: readonly TileLayer[];
  /** Differs when the tables have other columns than when the layers were read. */
  columns: string;
  /** Whether a query reads what only the master key may, such as system tables. Who has the id has no right by it. */
  ownersOnly: boolean;
  /** `?aggregation=` of the instantiation, by which its layers are read anew. */
  aggregation: boolean | undefined;
}

/** Puts a map together of what it says and what the database said of it. */
export function toLayergroup(
  { id, account, template }: Pick<Layergroup, "id" | "account" | "template">,
  given: MapConfig,
  { aggregation, tables, layers, nodes, columns, ownersOnly }: Reading,
): Layergroup {
  const { config, sources } = resolveSources(given, nodes ?? {});
  const queries = config.layers.filter((layer) => layer.kind === "query");
  return {
    id,
    account,
    config,
    sources,
    nodes,
    queries: readQueries(config),
    template,
    tables,
    columns,
    ownersOnly,
    aggregation,
    layers: queries.flatMap((layer, at) => {
      const reading = layers[at];
      return reading ? [{ layer, ...reading }] : [];
    }),
  };
}

/** Everything that a map reads: its layers' queries, and those that its analyses begin with. */
export const readQueries = ({ layers, analyses }: MapConfig): readonly Pick<QueryLayer, "sql">[] => [
  ...layers.filter((layer) => layer.kind === "query"),
  ...givenQueries(analyses).map((sql) => ({ sql })),
];
