import { MAX_SYNC_RETRIES } from "@carto-ts/protocol";
import type { SystemSession } from "../db/engine.ts";
import type { FileVersion, ImportOptions, ImportWork } from "../imports/import.ts";
import { SELECT_SYNC, type SyncFacts } from "./facts.ts";
import type { Outcome, Scheduled } from "./outcome.ts";

/** Runs of an account's that may wait or go on at the same time. */
const AT_ONCE = 3;

/** Of rows that are called `s`. */
const HAS_ROOM = `(SELECT pg_catalog.count(*) FROM carto.synchronization o
  WHERE o.account = s.account AND o.state = 'queued') < ${AT_ONCE}`;
const MAY_RUN = `(s.state = 'success' OR (s.state = 'failure' AND s.retried_times < ${MAX_SYNC_RETRIES}))`;
const IS_DUE = `s.run_at <= pg_catalog.now() AND ${MAY_RUN}`;

/** What a run is told of its synchronization. */
export interface RunSpec {
  id: string;
  account: string;
  url: string;
  options: ImportOptions;
  /** Name of the table that is to be made. */
  tableName: string | undefined;
  /** Id of the table that is to be replaced, once there is one. */
  tableId: string | undefined;
  /** Columns that the table has of the file. */
  columns: readonly string[];
  /** The file of the last load. */
  version: FileVersion;
}

interface RunRow {
  id: string;
  account: string;
  url: string;
  options: ImportOptions;
  table_name: string | null;
  table_id: string | null;
  columns: string[];
  etag: string | null;
  last_modified: string | null;
  checksum: string | null;
}

const toRunSpec = (row: RunRow): RunSpec => ({
  id: row.id,
  account: row.account,
  url: row.url,
  options: row.options,
  tableName: row.table_name ?? undefined,
  tableId: row.table_id ?? undefined,
  columns: row.columns,
  version: {
    etag: row.etag ?? undefined,
    lastModified: row.last_modified ?? undefined,
    checksum: row.checksum ?? undefined,
  },
});

/** Stores a synchronization whose first run, the job `logId`, is queued. */
export async function insertSync(
  session: SystemSession,
  sync: RunSpec,
  { logId, intervalS }: { logId: string; intervalS: number },
): Promise<void> {
  await session.query(
    `INSERT INTO carto.synchronization (id, account, url, options, table_name, log_id, interval_s, state, run_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7::integer, 'queued', pg_catalog.now() + nullif($7::integer, 0) * interval '1 s')`,
    [sync.id, sync.account, sync.url, JSON.stringify(sync.options), sync.tableName ?? null, logId, intervalS],
  );
}

/** Reads the synchronizations of an account, the oldest first. */
export async function readSyncs(session: SystemSession, account: string): Promise<SyncFacts[]> {
  const rows = await session.query<{ facts: SyncFacts }>(
    `${SELECT_SYNC} WHERE s.account = $1 ORDER BY s.created_at, s.id`,
    [account],
  );
  return rows.map(({ facts }) => facts);
}

/** Reads a synchronization, of whichever account. */
export async function readSync(session: SystemSession, id: string): Promise<SyncFacts | undefined> {
  const [row] = await session.query<{ facts: SyncFacts }>(`${SELECT_SYNC} WHERE s.id = $1`, [id]);
  return row?.facts;
}

/** What is to change of a synchronization. */
export interface SyncUpdate {
  intervalS: number | undefined;
  /** Both are whole ones; another address, or another way to read it, has the file loaded anew. */
  url: string;
  options: ImportOptions;
  reload: boolean;
}

/** Changes a synchronization. A new interval counts from now on. */
export async function updateSync(session: SystemSession, id: string, update: SyncUpdate): Promise<void> {
  await session.query(
    `UPDATE carto.synchronization s SET url = $2, options = $3,
       etag = CASE WHEN $4 THEN NULL ELSE etag END, checksum = CASE WHEN $4 THEN NULL ELSE checksum END,
       last_modified = CASE WHEN $4 THEN NULL ELSE last_modified END,
       interval_s = coalesce($5::integer, interval_s),
       run_at = CASE WHEN $5::integer IS NULL THEN run_at
         ELSE pg_catalog.now() + nullif($5::integer, 0) * interval '1 s' END,
       retried_times = CASE WHEN $4 OR $5::integer IS NOT NULL THEN 0 ELSE retried_times END,
       updated_at = pg_catalog.now()
     WHERE id = $1`,
    [id, update.url, JSON.stringify(update.options), update.reload, update.intervalS ?? null],
  );
}

/** Forgets a synchronization. Its dataset stays. */
export async function deleteSync(session: SystemSession, id: string): Promise<void> {
  await session.query("DELETE FROM carto.synchronization WHERE id = $1", [id]);
}

/** The synchronization that is due and has waited longest, among those whose account has room for a run. */
export async function findDue(session: SystemSession): Promise<{ id: string; account: string } | undefined> {
  const [row] = await session.query<{ id: string; account: string }>(
    `SELECT s.id, s.account FROM carto.synchronization s WHERE ${IS_DUE} AND ${HAS_ROOM} ORDER BY s.ran_at LIMIT 1`,
  );
  return row;
}

/** Milliseconds until the next one is due; undefined when none will be. */
export async function readPause(session: SystemSession): Promise<number | undefined> {
  const [row] = await session.query<{ ms: number | null }>(
    `SELECT (1000 * extract(epoch FROM pg_catalog.min(s.run_at) - pg_catalog.clock_timestamp()))::float8 AS ms
     FROM carto.synchronization s WHERE ${MAY_RUN}`,
  );
  return row?.ms ?? undefined;
}

/** What lets a synchronization run: that it is due, or a request, `pauseS` seconds after its last run at the earliest. */
export type Reason = { kind: "due" } | { kind: "request"; pauseS: number };

/**
 * Makes a synchronization that may run one whose run is the job `logId`, in the transaction at hand.
 *
 * Of several servers that want to, one does: all of an account's come one after the other.
 *
 * @returns undefined when it may not run, or not any more
 */
export async function claimRun(
  session: SystemSession,
  { id, account, logId }: { id: string; account: string; logId: string },
  reason: Reason,
): Promise<RunSpec | undefined> {
  await session.query("SELECT FROM carto.account WHERE name = $1 FOR UPDATE", [account]);
  const when =
    reason.kind === "due" ? IS_DUE : "s.state <> 'queued' AND s.ran_at <= pg_catalog.now() - $3 * interval '1 s'";
  const [row] = await session.query<RunRow>(
    `UPDATE carto.synchronization s SET state = 'queued', log_id = $2, ran_at = pg_catalog.now(),
       updated_at = pg_catalog.now()
     WHERE s.id = $1 AND ${when} AND ${HAS_ROOM} RETURNING s.*`,
    reason.kind === "due" ? [id, logId] : [id, logId, reason.pauseS],
  );
  return row && toRunSpec(row);
}

/** A run that has ended, and what its synchronization doesn't know of yet. */
export interface EndedRun extends Scheduled {
  id: string;
  logId: string;
  url: string;
  options: ImportOptions;
  /** The import as it ended; undefined where it is forgotten. */
  work: ImportWork | undefined;
}

interface EndedRow {
  id: string;
  log_id: string;
  url: string;
  options: ImportOptions;
  interval_s: number;
  retried_times: number;
  work: ImportWork | null;
}

/** Reads the runs that have ended since somebody looked; of all accounts, or of one. */
export async function readEnded(session: SystemSession, account: string | undefined): Promise<EndedRun[]> {
  const rows = await session.query<EndedRow>(
    `SELECT s.id, s.log_id, s.url, s.options, s.interval_s, s.retried_times, j.state AS work
     FROM carto.synchronization s LEFT JOIN carto.job j ON j.job_id = s.log_id
     WHERE s.state = 'queued' AND j.live IS NOT TRUE AND ($1::text IS NULL OR s.account = $1)`,
    [account ?? null],
  );
  return rows.map((row) => ({
    id: row.id,
    logId: row.log_id,
    url: row.url,
    options: row.options,
    intervalS: row.interval_s,
    retriedTimes: row.retried_times,
    work: row.work ?? undefined,
  }));
}

/** Writes what the end of a run means, once: whoever comes second finds another run, or none. */
export async function settleRun(
  session: SystemSession,
  { id, logId }: Pick<EndedRun, "id" | "logId">,
  outcome: Outcome,
): Promise<void> {
  if (outcome.state === "failure") {
    await session.query(
      `UPDATE carto.synchronization SET state = 'failure', error_code = $3, error_message = $4,
         retried_times = retried_times + 1, run_at = pg_catalog.now() + $5::integer * interval '1 s',
         updated_at = pg_catalog.now()
       WHERE id = $1 AND log_id = $2 AND state = 'queued'`,
      [id, logId, outcome.code, outcome.message, outcome.waitS],
    );
    return;
  }
  const { version, loaded, waitS } = outcome;
  // In the order in which datasets are followed, which may take this row with one.
  await session.query(
    `SELECT FROM carto.account a JOIN carto.synchronization s ON s.account = a.name WHERE s.id = $1
     FOR NO KEY UPDATE OF a`,
    [id],
  );
  // A table that was dropped and made anew under its name is the same dataset, which nothing else is to feed.
  await session.query("DELETE FROM carto.synchronization WHERE table_id = $1 AND id <> $2", [
    loaded?.tableId ?? null,
    id,
  ]);
  const { etag = null, lastModified = null, checksum = null } = version;
  await session.query(
    `UPDATE carto.synchronization SET state = 'success', error_code = NULL, error_message = NULL, retried_times = 0,
       etag = $3, last_modified = $4, checksum = $5, run_at = pg_catalog.now() + $6::integer * interval '1 s',
       table_id = CASE WHEN $7::uuid IS NULL THEN table_id
         ELSE (SELECT d.table_id FROM carto.dataset d WHERE d.table_id = $7::uuid) END,
       columns = coalesce($8::text[], columns), updated_at = pg_catalog.now()
     WHERE id = $1 AND log_id = $2 AND state = 'queued'`,
    [id, logId, etag, lastModified, checksum, waitS, loaded?.tableId ?? null, loaded?.columns ?? null],
  );
  // What it made was deleted before anybody looked: a dataset takes its synchronization with it.
  await session.query(
    "DELETE FROM carto.synchronization WHERE id = $1 AND log_id = $2 AND state = 'success' AND table_id IS NULL",
    [id, logId],
  );
}
