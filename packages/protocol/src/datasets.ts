import type { Privacy } from "./imports.ts";
import type { Synchronization } from "./synchronizations.ts";

/** How `/api/v1/viz` writes who may read. */
export type ShownPrivacy = "PRIVATE" | "PUBLIC" | "LINK" | "PASSWORD";

/** A right of somebody's on a dataset. */
export interface AclEntry {
  type: "user" | "org" | "group";
  entity: { id: string; username?: string; name?: string; avatar_url?: string };
  access: "r" | "rw" | "n";
}

/** Whom a dataset belongs to and who may do what with it. */
export interface Permission {
  id: string;
  owner: Owner;
  entity: { id: string; type: "vis" };
  acl: AclEntry[];
  created_at: string;
  updated_at: string;
}

/** The account that something belongs to. */
export interface Owner {
  id: string;
  username: string;
  [field: string]: unknown;
}

/** The table behind a dataset, as a dataset has it in itself. */
export interface DatasetTable {
  id: string;
  name: string;
  /** PostGIS' names, such as `ST_Point`; of a sample of the rows. */
  geometry_types: string[];
  privacy: ShownPrivacy;
  updated_at: string;
  /** How it is kept as a file at a URL is; only told to its owner. */
  synchronization: Synchronization | null;
  /** Bytes: half of what the table and its indexes take. */
  size: number;
  /** The planner's estimate. */
  row_count: number;
  permission?: Permission;
}

/** A map that shows a dataset. */
export interface DependentVisualization {
  id: string;
  name: string;
  updated_at: string;
  permission?: { id: string; owner: Owner };
  auth_tokens?: string[];
}

/** A dataset (or map) as `/api/v1/viz` returns it to its owner; others see a part. @see docs/protocol/datasets.md */
export interface Visualization {
  id: string;
  name: string;
  display_name: string | null;
  map_id: string;
  active_layer_id: string | null;
  type: "table" | "derived" | "remote" | "slide" | "kuviz" | "app";
  tags: string[];
  description: string | null;
  privacy: ShownPrivacy;
  created_at: string;
  updated_at: string;
  locked: boolean;
  source: string | null;
  title: string | null;
  license: string | null;
  attributions: string | null;
  kind: "geom" | "raster";
  external_source: Record<string, unknown>;
  url: string;
  version: number;
  prev_id: string | null;
  next_id: string | null;
  parent_id: string | null;
  transition_options: Record<string, unknown>;
  active_child: string | null;
  children: unknown[];
  related_tables?: unknown[];
  /** How it is kept as a file at a URL is; only told to its owner. */
  synchronization: Synchronization | null;
  uses_builder_features?: boolean;
  dependent_visualizations_count?: number;
  dependent_visualizations?: DependentVisualization[];
  liked?: boolean;
  permission?: Permission;
  /** Views by day, never null. */
  stats: Record<string, number>;
  auth_tokens: string[];
  table: DatasetTable | Record<string, never>;
}

/** A page of `GET /api/v1/viz`; the last four counts only for the owner. */
export interface VisualizationList {
  visualizations: Visualization[];
  /** All that match, not only this page's. */
  total_entries: number;
  total_user_entries?: number;
  total_locked?: number;
  total_likes?: number;
  total_shared?: number;
}

/** What of a dataset can be changed; null takes a text away. */
export interface DatasetChanges {
  /** Renames the table too; made a valid name, and numbered where it is taken. */
  name?: string;
  display_name?: string | null;
  description?: string | null;
  privacy?: Privacy;
  tags?: string[];
  locked?: boolean;
  source?: string | null;
  title?: string | null;
  license?: string | null;
  attributions?: string | null;
}

/** Parameters of `GET /api/v1/viz`. */
export interface DatasetListParams {
  /** 1 is the first. */
  page?: number;
  per_page?: number;
  order?:
    | "name"
    | "updated_at"
    | "size"
    | "mapviews"
    | "favorited"
    | "estimated_row_count"
    | "privacy"
    | "dependent_visualizations";
  order_direction?: "asc" | "desc";
  /** Part of a name, a description or a tag. */
  q?: string;
  tags?: string;
  privacy?: Privacy;
  locked?: boolean;
  /** `west,south,east,north`, degrees. */
  bbox?: string;
}

/** A column of a table: name, CARTO's type, and for geometries `geometry` and the kind. */
export type TableColumn = [name: string, type: string, ...geometry: string[]];

/** A table as `GET /api/v1/tables/:id` returns it. @see docs/protocol/datasets.md */
export interface Table {
  id: string;
  name: string;
  privacy: ShownPrivacy;
  schema: TableColumn[];
  updated_at: string;
  rows_counted: number;
  table_size: number;
  map_id: string;
  description: string | null;
  geometry_types: string[];
  table_visualization: Visualization;
  dependent_visualizations: DependentVisualization[];
  non_dependent_visualizations: DependentVisualization[];
  /** How it is kept as a file at a URL is; only told to its owner. */
  synchronization: Synchronization | null;
}
