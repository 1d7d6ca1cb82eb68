/** The states of a synchronization. `created` is never seen here, but known to clients. */
export const SYNC_STATES = ["created", "queued", "syncing", "success", "failure"] as const;

/** One of {@link SYNC_STATES}. */
export type SyncState = (typeof SYNC_STATES)[number];

/** Seconds between two runs at least, where nobody has set it otherwise. */
export const MIN_SYNC_INTERVAL = 900;
/** Seconds between two runs where nothing is said. */
export const DEFAULT_SYNC_INTERVAL = 3_600;
/** Failures in a row after which a synchronization is left alone until somebody asks for it. */
export const MAX_SYNC_RETRIES = 10;

/** Code of a synchronization that failed for a reason that has none. */
export const UNKNOWN_SYNC_ERROR = 9999;

/** Parameters of `POST /api/v1/synchronizations`, in a body of JSON or in the query string. */
export interface SyncParams {
  /** Address of the file: http or https. */
  url: string;
  /** Seconds between two runs; 0 only runs it when asked. @defaultValue 3600 */
  interval?: number;
  /** Name of the table that the first run makes. @defaultValue the file's */
  table_name?: string;
  /** Who may read the new table. Not of the original. */
  privacy?: "private" | "public" | "link";
  type_guessing?: boolean;
  quoted_fields_guessing?: boolean;
  content_guessing?: boolean;
  create_vis?: boolean;
  /** Whether `1,5` is a number. Not of the original. */
  decimal_comma?: boolean;
}

/** What `PUT /api/v1/synchronizations/:id` changes; what isn't named stays. */
export type SyncChanges = Partial<
  Pick<
    SyncParams,
    "url" | "interval" | "type_guessing" | "quoted_fields_guessing" | "content_guessing" | "decimal_comma"
  >
>;

/** A dataset that is kept as the file at a URL is. @see docs/protocol/synchronizations.md */
export interface Synchronization {
  id: string;
  /** Name of the table; null until the first run has made it, unless one was asked for. */
  name: string | null;
  /** Seconds between two runs; 0 only runs it when asked. */
  interval: number;
  url: string;
  state: SyncState;
  user_id: string;
  created_at: string;
  updated_at: string;
  /** When it is due; null when nothing but a request will run it. */
  run_at: string | null;
  /** When it ran last, or was queued. */
  ran_at: string;
  /** What the file's server said of when it changed. */
  modified_at: string | null;
  etag: string | null;
  /** SHA-256 of the file, in hexadecimal digits; empty until a run went well. */
  checksum: string;
  /** Id of the import that is the last run. */
  log_id: string | null;
  error_code: number | null;
  error_message: string | null;
  /** Failures since the last run that went well. */
  retried_times: number;
  service_name: string | null;
  service_item_id: string | null;
  type_guessing: boolean;
  quoted_fields_guessing: boolean;
  content_guessing: boolean;
  /** Id of the dataset, once there is one. */
  visualization_id: string | null;
  from_external_source: boolean;
}

/** The answer to a new synchronization. */
export interface CreatedSynchronization extends Synchronization {
  data_import: { endpoint: string; item_queue_id: string };
}

/** All synchronizations of an account. */
export interface SynchronizationList {
  synchronizations: Synchronization[];
  total_entries: number;
}

/** Whether a synchronization was queued by `PUT /api/v1/synchronizations/:id/sync_now`. */
export interface SyncNow {
  enqueued: boolean;
  synchronization_id: string;
}
