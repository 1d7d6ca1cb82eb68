/** The states of a batch job and of its queries. `cancelled` has two l's on the wire. */
export const JOB_STATUSES = ["pending", "running", "done", "cancelled", "failed", "skipped", "unknown"] as const;

/** One of {@link JOB_STATUSES}. */
export type JobStatus = (typeof JOB_STATUSES)[number];

/** States that a job never leaves. */
export const FINAL_JOB_STATUSES: readonly JobStatus[] = ["done", "cancelled", "failed", "unknown"];

/** Largest JSON body of `POST /api/v2/sql/job`, in characters. */
export const MAX_JOB_PAYLOAD = 16_384;

/** One query of a job that has fallbacks. */
export interface JobStep {
  query: string;
  /** Statement to run after `query` succeeded; `<%= job_id %>` is replaced. */
  onsuccess?: string;
  /** Statement to run after `query` failed; `<%= job_id %>` and `<%= error_message %>` are replaced. */
  onerror?: string;
  /** Milliseconds that this query may take, below the server's own limit. */
  timeout?: number;
  /** Any name of the caller's, kept and returned. */
  id?: string;
}

/** A job with fallbacks: its steps in order, and what follows all of them. */
export interface JobPlan {
  query: readonly JobStep[];
  /** Statement to run after every step succeeded. */
  onsuccess?: string;
  /** Statement to run after a step failed. */
  onerror?: string;
}

/** What a job may be created from: one statement, several in order, or a plan with fallbacks. */
export type JobQuery = string | readonly string[] | JobPlan;

/** A statement of a job of several, as returned. */
export interface JobItem {
  query: string;
  status: JobStatus;
  failed_reason?: string;
}

/** A step of a job with fallbacks, as returned. */
export interface JobStepState extends JobStep {
  status: JobStatus;
  fallback_status?: JobStatus;
  failed_reason?: string;
  /** ISO 8601, milliseconds, UTC. */
  started_at?: string;
  /** ISO 8601, milliseconds, UTC. */
  ended_at?: string;
}

/** `query` of a job as returned: what was sent, with a status for each part. */
export type JobQueryState = string | JobItem[] | { query: JobStepState[]; onsuccess?: string; onerror?: string };

/** A batch job as `/api/v2/sql/job` returns it. @see docs/protocol/batch.md */
export interface Job {
  job_id: string;
  /** The account's name. */
  user: string;
  query: JobQueryState;
  status: JobStatus;
  /** Present when the job has an `onsuccess` or `onerror` of its own. */
  fallback_status?: JobStatus;
  /** PostgreSQL's message, when the job failed. */
  failed_reason?: string;
  /** ISO 8601, milliseconds, UTC. */
  created_at: string;
  /** ISO 8601, milliseconds, UTC. */
  updated_at: string;
}
