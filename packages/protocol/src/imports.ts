/** The states of an import. `stuck` is never made here, but known to clients. */
export const IMPORT_STATES = [
  "enqueued",
  "pending",
  "uploading",
  "unpacking",
  "importing",
  "guessing",
  "complete",
  "failure",
  "stuck",
] as const;

/** One of {@link IMPORT_STATES}. */
export type ImportState = (typeof IMPORT_STATES)[number];

/** States that an import never leaves. */
export const FINAL_IMPORT_STATES: readonly ImportState[] = ["complete", "failure", "stuck"];

/** What to do with a table whose name is taken: leave it and import nothing, or replace it. Without, a number is added. */
export type CollisionStrategy = "skip" | "overwrite";

/** Who may read a dataset: its owner, everybody, or everybody who knows its address. */
export type Privacy = "private" | "public" | "link";

/** All of {@link Privacy}. */
export const PRIVACIES: readonly Privacy[] = ["private", "public", "link"];

/** Parameters of `POST /api/v1/imports`; the source is one of `url`, a file in a multipart body, `sql`, `table_copy`. */
export interface ImportParams {
  /** Address of the file: http or https. */
  url?: string;
  /** @defaultValue the account's default */
  privacy?: Privacy;
  collision_strategy?: CollisionStrategy;
  /** Whether columns get the types of their values, and coordinates become geometries. @defaultValue true */
  type_guessing?: boolean;
  /** Whether that goes for values in quotes as well. @defaultValue true */
  quoted_fields_guessing?: boolean;
  /** Kept for clients of the original, whose geocoder it asked. @defaultValue false */
  content_guessing?: boolean;
  /** Whether to make a map of the new tables. @defaultValue false */
  create_vis?: boolean;
  /** Whether `1,5` is a number. Not of the original. @defaultValue false */
  decimal_comma?: boolean;
  /** Name of the new table, for `sql` and `table_copy`; a file's name gives its own. */
  table_name?: string;
  /** A SELECT whose rows become a table. */
  sql?: string;
  /** Table to copy. */
  table_copy?: string;
}

/** The answer to a new import. */
export interface CreatedImport {
  item_queue_id: string;
  success: boolean;
}

/** Imports of the last day that have not ended, the latest first. */
export interface ImportList {
  imports: string[];
  success: boolean;
}

/** Why an import failed, for people. */
export interface ImportErrorText {
  title: string;
  /** What happened and what to do; may hold HTML of the original's. */
  what_about: string;
  source: "user" | "cartodb" | "external";
}

/** A row that was left out. */
export interface RejectedRow {
  /** Line of the file, or number of the feature, counted from 1; the header is line 1. */
  row: number;
  /** Why, in words. */
  reason: string;
  /** The row's beginning. */
  text: string;
  /** Name of the file that has it, where an archive had several. */
  file?: string;
}

/** A file of an archive that was left out. */
export interface SkippedFile {
  name: string;
  /** Why, in words. */
  reason: string;
}

/** What went not quite as wished. */
export interface ImportWarnings {
  /** Rows that were left out; the first 100. */
  rejected_rows?: { count: number; rows: RejectedRow[] };
  /** Values that were kept out of their column: geometries that could not be read. The first 100. */
  rejected_values?: { count: number; rows: RejectedRow[] };
  /** Files of an archive that were left out, as they can't be imported; the first 100. */
  skipped_files?: { count: number; files: SkippedFile[] };
  /** Layers beyond what a map may have. */
  rejected_layers?: string[];
  user_max_layers?: number;
  /** Set when a file had more tables than an import may make. */
  max_tables_per_import?: number;
}

/** An import as `GET /api/v1/imports/:id` returns it. @see docs/protocol/imports.md */
export interface Import {
  id: string;
  user_id: string;
  table_id: string | null;
  data_type: "file" | "url" | "query" | "datasource" | "external_table";
  table_name: string | null;
  state: ImportState;
  error_code: number | null;
  queue_id: string;
  tables_created_count: number | null;
  synchronization_id: string | null;
  type_guessing: boolean;
  quoted_fields_guessing: boolean;
  content_guessing: boolean;
  create_visualization: boolean;
  visualization_id: string | null;
  user_defined_limits: string;
  get_error_text: ImportErrorText | null;
  display_name: string;
  original_url: string;
  warnings: ImportWarnings | null;
  is_raster: boolean;
  /** There once the import has ended. */
  success?: boolean;
  /** There once the import is complete. */
  any_table_raster?: boolean;
  /** There once the import is complete. */
  derived_visualization_id?: string | null;
  /** Status of a download that failed. */
  http_response_code?: string;
  http_response_code_message?: string;
  /** Every table that was made, in order. Not of the original. */
  tables: ImportedTable[];
  /** How far it is. Not of the original. */
  progress: ImportProgress;
}

/** A table that an import made or replaced. */
export interface ImportedTable {
  /** Id of the table; `GET /api/v1/tables/:id` has the rest. */
  id: string;
  name: string;
  /** Id of the dataset, for `GET /api/v1/viz/:id`. */
  visualization_id: string;
  rows: number;
}

/** How far an import is. */
export interface ImportProgress {
  /** Bytes of the source that were read. */
  bytes: number;
  /** Bytes of the source; null while unknown. */
  total_bytes: number | null;
  /** Rows that the database took. */
  rows: number;
}
