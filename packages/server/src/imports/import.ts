import {
  type CollisionStrategy,
  FINAL_IMPORT_STATES,
  type Import,
  type ImportedTable,
  type ImportProgress,
  type ImportState,
  type ImportWarnings,
  type Privacy,
} from "@carto-ts/protocol";
import type { Account } from "../accounts/account.ts";
import type { JobRecord } from "../worker/job-record.ts";
import { toErrorText } from "./error.ts";

/** Tables that one import may make. */
export const MAX_TABLES = 26;

/** Where an import's rows come from. */
export type ImportSource =
  /** `file` is the upload's id in the spool. */
  | { kind: "upload"; file: string; name: string; size: number }
  /** With `since`, only a file that is another one than that is imported. */
  | { kind: "url"; url: string; since?: FileVersion }
  | { kind: "query"; q: string; name: string }
  /** Clients of the original begin with an import of nothing. */
  | { kind: "none" };

/** How an import is to be done. */
export interface ImportOptions {
  typeGuessing: boolean;
  quotedFieldsGuessing: boolean;
  contentGuessing: boolean;
  createVis: boolean;
  decimalComma: boolean;
  /** EPSG code of the coordinates of files that don't say theirs. */
  srid?: number;
  privacy: Privacy | undefined;
  collision: CollisionStrategy | undefined;
}

/** Why an import failed. */
export interface ImportFailure {
  code: number;
  /** What `code` is called, where that says nothing. */
  title?: string;
  message: string;
  /** Status of a download that failed. */
  httpStatus?: number;
}

/** By what a file at a URL is known again. */
export interface FileVersion {
  /** Headers, as they came. */
  etag?: string | undefined;
  lastModified?: string | undefined;
  /** SHA-256 of the content, in hexadecimal digits. */
  checksum?: string | undefined;
}

/** What an import makes or replaces that is a run of a synchronization: one table. */
export interface SyncTarget {
  /** Id of the synchronization. */
  id: string;
  /** Id of the table to be replaced, whatever its name; undefined makes one. */
  table: string | undefined;
  /** Name of one that is made; undefined takes the file's. */
  name: string | undefined;
  /** Columns that the table has of the file, and may lose with it; of the new file once it is loaded. */
  columns: readonly string[];
}

/** An import as it is stored. */
export interface ImportWork {
  source: ImportSource;
  options: ImportOptions;
  state: ImportState;
  /** Times that a worker began; the first ones ended with their server. */
  attempts: number;
  progress: ImportProgress;
  tables: ImportedTable[];
  warnings: ImportWarnings | null;
  failure: ImportFailure | null;
  /** What it is a run of. */
  sync?: SyncTarget;
  /** What was found at the URL, where that was to be compared. */
  version?: FileVersion;
}

/** An import with its place in the queue. */
export type ImportJob = JobRecord<ImportWork>;

/** An import that has not begun. */
export function newImport(source: ImportSource, options: ImportOptions): ImportWork {
  const total = source.kind === "upload" ? source.size : null;
  return {
    source,
    options,
    state: "pending",
    attempts: 0,
    progress: { bytes: 0, total_bytes: total, rows: 0 },
    tables: [],
    warnings: null,
    failure: null,
  };
}

/** An import that failed. What it had made is gone. */
export const failed = (work: ImportWork, failure: ImportFailure): ImportWork => ({
  ...work,
  state: "failure",
  tables: [],
  failure,
});

/** What an import says that was cancelled; no code of the original's means it. */
export const CANCELLED: ImportFailure = {
  code: 99999,
  title: "Import cancelled",
  message: "The import was cancelled. Nothing was changed.",
};

/** Whether an import has ended. */
export const isOver = ({ state }: ImportWork): boolean => FINAL_IMPORT_STATES.includes(state);

const DATA_TYPES = { upload: "file", url: "url", query: "query", none: "datasource" } as const;

/** An import as clients get it. @see docs/protocol/imports.md */
export function toImport({ jobId, state: work }: ImportJob, account: Pick<Account, "uuid">): Import {
  const { options, failure, tables, state } = work;
  const last = tables.at(-1);
  const complete = state === "complete";
  return {
    id: jobId,
    user_id: account.uuid,
    table_id: last?.id ?? null,
    data_type: DATA_TYPES[work.source.kind],
    table_name: last?.name ?? null,
    state,
    error_code: failure?.code ?? null,
    queue_id: jobId,
    tables_created_count: complete ? tables.length : null,
    synchronization_id: work.sync?.id ?? null,
    type_guessing: options.typeGuessing,
    quoted_fields_guessing: options.quotedFieldsGuessing,
    content_guessing: options.contentGuessing,
    create_visualization: options.createVis,
    visualization_id: null,
    user_defined_limits: '{"twitter_credits_limit":0}',
    get_error_text: failure && toErrorText(failure.code, failure.message, failure.title),
    display_name: displayName(work.source, jobId),
    original_url: originalUrl(work.source),
    warnings: work.warnings,
    is_raster: false,
    ...(isOver(work) ? { success: complete } : {}),
    ...(complete ? { any_table_raster: false, derived_visualization_id: null } : {}),
    ...(failure?.httpStatus === undefined
      ? {}
      : { http_response_code: String(failure.httpStatus), http_response_code_message: failure.message }),
    tables,
    progress: work.progress,
  };
}

function displayName(source: ImportSource, jobId: string): string {
  if (source.kind === "upload") return source.name;
  if (source.kind === "query") return source.name;
  return source.kind === "url" ? lastSegment(source.url) || jobId : jobId;
}

function lastSegment(url: string): string {
  const segment = new URL(url).pathname.split("/").at(-1) ?? "";
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function originalUrl(source: ImportSource): string {
  if (source.kind === "upload") return `/uploads/${source.file}/${source.name}`;
  if (source.kind === "url") return source.url;
  return source.kind === "query" ? source.q : "";
}
