import type { SystemSession } from "../db/engine.ts";
import type { JobRecord } from "./job.ts";
import type { JobState } from "./state.ts";

interface JobRow {
  job_id: string;
  account: string;
  state: JobState;
  live: boolean;
  cancel_requested: boolean;
  fence: string;
  created_at: Date;
  updated_at: Date;
}

const COLUMNS = "job_id, account, state, live, cancel_requested, fence, created_at, updated_at";

const toRecord = (row: JobRow): JobRecord => ({
  jobId: row.job_id,
  account: row.account,
  state: row.state,
  live: row.live,
  cancelRequested: row.cancel_requested,
  fence: Number(row.fence),
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

/**
 * Stores a new job in the transaction at hand, unless its account has `maxQueued` waiting already.
 *
 * @returns undefined when the queue is full. The running job doesn't count.
 */
export async function insertJob(
  session: SystemSession,
  job: { jobId: string; account: string; state: JobState },
  maxQueued: number,
): Promise<JobRecord | undefined> {
  // One at a time for an account: its jobs get their numbers in the order in which they are seen, and are counted right.
  await session.query("SELECT FROM carto.account WHERE name = $1 FOR UPDATE", [job.account]);
  const [row] = await session.query<JobRow>(
    `INSERT INTO carto.job (job_id, account, state)
     SELECT $1, $2, $3
     WHERE (SELECT count(*) FROM carto.job WHERE account = $2 AND live AND lease_until IS NULL) < $4
     RETURNING ${COLUMNS}`,
    [job.jobId, job.account, JSON.stringify(job.state), maxQueued],
  );
  return row && toRecord(row);
}

/** Reads an account's job. */
export async function readJob(session: SystemSession, account: string, jobId: string): Promise<JobRecord | undefined> {
  const [row] = await session.query<JobRow>(`SELECT ${COLUMNS} FROM carto.job WHERE job_id = $1 AND account = $2`, [
    jobId,
    account,
  ]);
  return row && toRecord(row);
}

/** Reads an account's jobs, the latest first, at most `limit`. */
export async function readJobs(session: SystemSession, account: string, limit: number): Promise<JobRecord[]> {
  const rows = await session.query<JobRow>(
    `SELECT ${COLUMNS} FROM carto.job WHERE account = $1 ORDER BY seq DESC LIMIT $2`,
    [account, limit],
  );
  return rows.map(toRecord);
}

/** Reads every job that is remembered, in the order of their queues. */
export async function readAllJobs(session: SystemSession): Promise<JobRecord[]> {
  return (await session.query<JobRow>(`SELECT ${COLUMNS} FROM carto.job ORDER BY seq`)).map(toRecord);
}

/**
 * Takes the first job of an account that nobody runs, for `leaseMs`; undefined when there is none.
 *
 * Only the first live job of each account is looked at: so an account's jobs run in order and one at a time. Of several
 * workers that look at the same moment, one locks the row and the others pass over it.
 */
export async function claimJob(session: SystemSession, leaseMs: number): Promise<JobRecord | undefined> {
  const [row] = await session.query<JobRow>(
    `UPDATE carto.job SET fence = fence + 1, lease_until = now() + $1 * interval '1 ms'
     WHERE job_id = (
       SELECT j.job_id FROM carto.job j
       WHERE j.live AND (j.lease_until IS NULL OR j.lease_until < now())
         AND NOT EXISTS (SELECT FROM carto.job o WHERE o.account = j.account AND o.live AND o.seq < j.seq)
       ORDER BY j.seq LIMIT 1 FOR UPDATE SKIP LOCKED)
     RETURNING ${COLUMNS}`,
    [leaseMs],
  );
  return row && toRecord(row);
}

/** Lets every job go: when one process has the database to itself, nobody can hold one when it starts. */
export async function releaseJobs(session: SystemSession): Promise<void> {
  await session.query("UPDATE carto.job SET lease_until = NULL WHERE lease_until IS NOT NULL");
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

/** Notes that a job is to be cancelled; whoever holds it, or takes it next, does so. */
export async function requestCancel(session: SystemSession, jobId: string): Promise<void> {
  await session.query("UPDATE carto.job SET cancel_requested = true WHERE job_id = $1 AND live", [jobId]);
}

/** Forgets jobs that ended longer than `ttlMs` ago. */
export async function deleteEndedJobs(session: SystemSession, ttlMs: number): Promise<void> {
  await session.query("DELETE FROM carto.job WHERE NOT live AND updated_at < now() - $1 * interval '1 ms'", [ttlMs]);
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
 * Ends what runs of a job, with its connections.
 *
 * PostgreSQL notices a client that is gone only after a while; until then the statement goes on and may still commit.
 *
 * @returns how many backends were told to end.
 */
export async function endBackends(session: SystemSession, jobId: string): Promise<number> {
  return (await session.query(`SELECT pg_catalog.pg_terminate_backend(pid) ${FROM_BACKENDS}`, [jobId])).length;
}
