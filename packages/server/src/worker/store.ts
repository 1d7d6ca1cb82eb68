import type { SystemSession } from "../db/engine.ts";
import type { JobKind, JobRecord } from "./job-record.ts";

interface JobRow<State> {
  job_id: string;
  account: string;
  state: State;
  live: boolean;
  cancel_requested: boolean;
  fence: string;
  created_at: Date;
  updated_at: Date;
}

const COLUMNS = "job_id, account, state, live, cancel_requested, fence, created_at, updated_at";

const toRecord = <State>(row: JobRow<State>): JobRecord<State> => ({
  jobId: row.job_id,
  account: row.account,
  state: row.state,
  live: row.live,
  cancelRequested: row.cancel_requested,
  fence: Number(row.fence),
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

/** A job to be stored. */
export interface NewJob<State> {
  kind: JobKind;
  jobId: string;
  account: string;
  state: State;
  /** What a process must have to run it; undefined runs anywhere. */
  place?: string | undefined;
}

/** How many jobs of a kind an account may have. */
export interface JobCap {
  jobs: number;
  /** Those that wait alone, or those that run as well. */
  of: "waiting" | "live";
}

/**
 * Stores a new job in the transaction at hand, unless its account has as many as `cap` lets it have.
 *
 * @returns undefined when the queue is full.
 */
export async function insertJob<State>(
  session: SystemSession,
  job: NewJob<State>,
  cap: JobCap,
): Promise<JobRecord<State> | undefined> {
  // One at a time for an account: its jobs get their numbers in the order in which they are seen, and are counted right.
  await session.query("SELECT FROM carto.account WHERE name = $1 FOR UPDATE", [job.account]);
  const [row] = await session.query<JobRow<State>>(
    `INSERT INTO carto.job (job_id, account, state, kind, place)
     SELECT $1, $2, $3, $4, $5
     WHERE (SELECT count(*) FROM carto.job
            WHERE account = $2 AND live AND kind = $4 AND ($6 OR lease_until IS NULL)) < $7
     RETURNING ${COLUMNS}`,
    [job.jobId, job.account, JSON.stringify(job.state), job.kind, job.place ?? null, cap.of === "live", cap.jobs],
  );
  return row && toRecord(row);
}

/** Whose jobs of a kind to read. */
export interface JobsOf {
  kind: JobKind;
  account: string;
}

/** Reads an account's job. */
export async function readJob<State>(
  session: SystemSession,
  { kind, account }: JobsOf,
  jobId: string,
): Promise<JobRecord<State> | undefined> {
  const [row] = await session.query<JobRow<State>>(
    `SELECT ${COLUMNS} FROM carto.job WHERE job_id = $1 AND account = $2 AND kind = $3`,
    [jobId, account, kind],
  );
  return row && toRecord(row);
}

/** Reads an account's jobs, the latest first, at most `limit`. */
export async function readJobs<State>(
  session: SystemSession,
  { kind, account }: JobsOf,
  limit: number,
): Promise<JobRecord<State>[]> {
  const rows = await session.query<JobRow<State>>(
    `SELECT ${COLUMNS} FROM carto.job WHERE account = $1 AND kind = $2 ORDER BY seq DESC LIMIT $3`,
    [account, kind, limit],
  );
  return rows.map(toRecord);
}

/** Reads every job of a kind that is remembered, in the order of their queues. */
export async function readAllJobs<State>(session: SystemSession, kind: JobKind): Promise<JobRecord<State>[]> {
  const rows = await session.query<JobRow<State>>(`SELECT ${COLUMNS} FROM carto.job WHERE kind = $1 ORDER BY seq`, [
    kind,
  ]);
  return rows.map(toRecord);
}

/** Which jobs a worker takes. */
export interface ClaimOptions {
  kind: JobKind;
  /** Milliseconds that a job is the worker's without a word of it. */
  leaseMs: number;
  /** Whether an account's jobs run in order, one at a time. */
  serial: boolean;
  /** What this process has; jobs that need something else are left to others. */
  place: string | undefined;
}

/**
 * Takes the next job that nobody runs; undefined when there is none.
 *
 * Of serial ones, only the first live job of each account is looked at. Of several workers that look at the same moment,
 * one locks the row and the others pass over it.
 */
export async function claimJob<State>(
  session: SystemSession,
  { kind, leaseMs, serial, place }: ClaimOptions,
): Promise<JobRecord<State> | undefined> {
  const [row] = await session.query<JobRow<State>>(
    `UPDATE carto.job SET fence = fence + 1, lease_until = now() + $1 * interval '1 ms'
     WHERE job_id = (
       SELECT j.job_id FROM carto.job j
       WHERE j.live AND j.kind = $2 AND (j.lease_until IS NULL OR j.lease_until < now())
         AND (j.place IS NULL OR j.place = $4)
         AND NOT ($3 AND EXISTS (
           SELECT FROM carto.job o WHERE o.account = j.account AND o.kind = j.kind AND o.live AND o.seq < j.seq))
       ORDER BY j.seq LIMIT 1 FOR UPDATE SKIP LOCKED)
     RETURNING ${COLUMNS}`,
    [leaseMs, kind, serial, place ?? null],
  );
  return row && toRecord(row);
}

/** Lets every job of a kind go: when one process has the database to itself, nobody can hold one when it starts. */
export async function releaseJobs(session: SystemSession, kind: JobKind): Promise<void> {
  await session.query("UPDATE carto.job SET lease_until = NULL WHERE lease_until IS NOT NULL AND kind = $1", [kind]);
}

/** Whether a worker still holds a job. Renews its lease. @returns undefined when the lease was lost. */
export async function renewLease(
  session: SystemSession,
  { jobId, fence }: JobRecord,
  leaseMs: number,
): Promise<{ cancelRequested: boolean } | undefined> {
  const [row] = await session.query<{ cancel_requested: boolean }>(
    `UPDATE carto.job SET lease_until = now() + $3 * interval '1 ms'
     WHERE job_id = $1 AND fence = $2 AND live RETURNING cancel_requested`,
    [jobId, fence, leaseMs],
  );
  return row && { cancelRequested: row.cancel_requested };
}

/**
 * Writes a job's state, if its worker still holds it.
 *
 * @param leaseMs How long the worker goes on holding it; undefined lets it go.
 * @returns undefined when the lease was lost and nothing was written.
 */
export async function saveJob(
  session: SystemSession,
  { jobId, fence, state, live }: JobRecord,
  leaseMs: number | undefined,
): Promise<{ cancelRequested: boolean } | undefined> {
  const [row] = await session.query<{ cancel_requested: boolean }>(
    `UPDATE carto.job SET state = $3, live = $4, updated_at = now(), lease_until = now() + $5 * interval '1 ms'
     WHERE job_id = $1 AND fence = $2 RETURNING cancel_requested`,
    [jobId, fence, JSON.stringify(state), live, leaseMs ?? null],
  );
  return row && { cancelRequested: row.cancel_requested };
}

/** Writes the state of a job that no worker has taken. @returns false when one has. */
export async function saveWaiting(session: SystemSession, { jobId, fence, state, live }: JobRecord): Promise<boolean> {
  const rows = await session.query(
    `UPDATE carto.job SET state = $3, live = $4, updated_at = now()
     WHERE job_id = $1 AND fence = $2 AND lease_until IS NULL AND live RETURNING job_id`,
    [jobId, fence, JSON.stringify(state), live],
  );
  return rows.length > 0;
}

/** Reads a claimed job as it is stored; undefined when another worker has it. */
export async function readHeld<State>(
  session: SystemSession,
  { jobId, fence }: JobRecord,
): Promise<JobRecord<State> | undefined> {
  const [row] = await session.query<JobRow<State>>(
    `SELECT ${COLUMNS} FROM carto.job WHERE job_id = $1 AND fence = $2`,
    [jobId, fence],
  );
  return row && toRecord(row);
}

/** Notes that a job is to be cancelled; whoever holds it, or takes it next, does so. */
export async function requestCancel(session: SystemSession, jobId: string): Promise<void> {
  await session.query("UPDATE carto.job SET cancel_requested = true WHERE job_id = $1 AND live", [jobId]);
}

/** Forgets jobs that ended longer than `ttlMs` ago. */
export async function deleteEndedJobs(session: SystemSession, kind: JobKind, ttlMs: number): Promise<void> {
  await session.query(
    "DELETE FROM carto.job WHERE NOT live AND kind = $1 AND updated_at < now() - $2 * interval '1 ms'",
    [kind, ttlMs],
  );
}

/** Says that the waiting jobs of a place are seen by a process that has it. */
export async function touchPlace(session: SystemSession, kind: JobKind, place: string): Promise<void> {
  await session.query(
    "UPDATE carto.job SET updated_at = now() WHERE live AND kind = $1 AND place = $2 AND lease_until IS NULL",
    [kind, place],
  );
}

/** Reads waiting jobs that need a place which no process has said to have for `afterMs`. */
export async function readLostJobs<State>(
  session: SystemSession,
  kind: JobKind,
  afterMs: number,
): Promise<JobRecord<State>[]> {
  const rows = await session.query<JobRow<State>>(
    `SELECT ${COLUMNS} FROM carto.job
     WHERE live AND kind = $1 AND place IS NOT NULL AND updated_at < now() - $2 * interval '1 ms'
       AND (lease_until IS NULL OR lease_until < now() - $2 * interval '1 ms')`,
    [kind, afterMs],
  );
  return rows.map(toRecord);
}

// By the mark alone, for a job may have set its application_name. An idle connection still shows its last statement.
const FROM_BACKENDS = `FROM pg_catalog.pg_stat_activity
  WHERE pid <> pg_catalog.pg_backend_pid() AND datname = pg_catalog.current_database() AND state <> 'idle'
    AND pg_catalog.left(query, 42) = '/* ' || $1 || ' */'`;

/** Cancels the statements of a job that run, wherever they were sent from. */
export async function cancelBackends(session: SystemSession, jobId: string): Promise<void> {
  await session.query(`SELECT pg_catalog.pg_cancel_backend(pid) ${FROM_BACKENDS}`, [jobId]);
}

/**
 * Ends what runs of a job, with its connections, for the worker that holds the job: one that has lost it would end the
 * next one's.
 *
 * PostgreSQL notices a client that is gone only after a while; until then the statement goes on and may still commit.
 *
 * @returns how many backends were told to end.
 */
export async function endBackends(session: SystemSession, { jobId, fence }: JobRecord): Promise<number> {
  const ended = await session.query(
    `SELECT pg_catalog.pg_terminate_backend(pid) ${FROM_BACKENDS}
       AND EXISTS (SELECT FROM carto.job j WHERE j.job_id = $1::text::uuid AND j.fence = $2)`,
    [jobId, fence],
  );
  return ended.length;
}
