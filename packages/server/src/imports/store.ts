import type { SystemSession } from "../db/engine.ts";
import { quoteQualified } from "../db/identifier.ts";
import { asPgError } from "../db/pg-error.ts";
import type { JobRecord } from "../worker/job-record.ts";
import { IMPORTER_SCHEMA } from "./load/staging.ts";

/** Milliseconds that clearing away waits for a table. What is left then goes another time. */
const LOCK_MS = 2_000;
const LOCK_NOT_AVAILABLE = "55P03";

/** An import as one worker has claimed it. Another has a higher fence, and names of its own for whatever it makes. */
export type Claim = Pick<JobRecord, "jobId" | "fence">;

const partOf = ({ jobId, fence }: Claim, n: number): string => `${jobId.replaceAll("-", "")}_${fence}_${n}`;

/** Name of an import's `n`-th table while it is made. */
export const workingName = (claim: Claim, n: number): string => `importer_${partOf(claim, n)}`;

/** Name of the staging table behind {@link workingName}. */
export const stagingName = (claim: Claim, n: number): string => `staging_${partOf(claim, n)}`;

/** Drops what the worker that has claimed an import made and did not publish, and those that had it before. */
export async function dropLeftovers(session: SystemSession, { jobId, fence }: Claim): Promise<void> {
  await dropWorking(session, "w.job_id = $2::uuid AND w.fence <= $3", [jobId, fence]);
}

/** Drops what is left of imports that have ended, or are forgotten: their server stopped before it had cleared away. */
export async function dropStale(session: SystemSession): Promise<void> {
  // In one statement: an import that begins meanwhile has neither a job nor a table in what it sees.
  await dropWorking(session, "NOT EXISTS (SELECT FROM carto.job j WHERE j.job_id = w.job_id AND j.live)");
}

async function dropWorking(session: SystemSession, which: string, values: readonly unknown[] = []): Promise<void> {
  const rows = await session.query<{ name: string }>(
    `SELECT w.name FROM (
       SELECT c.relname AS name, m[1]::uuid AS job_id, m[2]::bigint AS fence
       FROM pg_catalog.pg_class c,
         pg_catalog.regexp_match(c.relname, '^(?:importer|staging)_([0-9a-f]{32})_([0-9]{1,18})_[0-9]+(?:_[a-z]+)?$') AS m
       WHERE c.relnamespace = $1::pg_catalog.regnamespace AND c.relkind = 'r' AND m IS NOT NULL OFFSET 0
     ) AS w WHERE ${which}`,
    [IMPORTER_SCHEMA, ...values],
  );
  for (const { name } of rows) await dropUnused(session, quoteQualified(IMPORTER_SCHEMA, name));
}

/** Drops a table, unless somebody uses it: who made it may still be about to hear that it was stopped. */
async function dropUnused(session: SystemSession, table: string): Promise<void> {
  try {
    await session.query(`SET LOCAL lock_timeout = ${LOCK_MS}; DROP TABLE IF EXISTS ${table} CASCADE`);
  } catch (error) {
    if (asPgError(error)?.code !== LOCK_NOT_AVAILABLE) throw error;
  }
}

/** Ids of the uploads that imports still need. */
export async function readWaitingUploads(session: SystemSession): Promise<ReadonlySet<string>> {
  const rows = await session.query<{ file: string }>(
    `SELECT state -> 'source' ->> 'file' AS file FROM carto.job
     WHERE live AND kind = 'import' AND state -> 'source' ->> 'kind' = 'upload'`,
  );
  return new Set(rows.map((row) => row.file));
}

/** What an account's tables take, and what they may; undefined without a limit. Bytes. */
export async function readQuota(
  session: SystemSession,
  schema: string,
): Promise<{ used: number; quota: number } | undefined> {
  const [row] = await session.query<{ quota: string | null }>("SELECT cartodb._CDB_QuotaOf($1) AS quota", [schema]);
  const quota = Number(row?.quota ?? 0);
  if (quota === 0) return undefined;
  // It looks at every file of every table.
  const [size] = await session.query<{ used: string }>("SELECT cartodb.CDB_UserDataSize($1) AS used", [schema]);
  return { used: Number(size?.used ?? 0), quota };
}

/** Whether a table or a view of this name is there. */
export async function tableExists(session: SystemSession, schema: string, name: string): Promise<boolean> {
  const rows = await session.query("SELECT WHERE pg_catalog.to_regclass($1) IS NOT NULL", [
    quoteQualified(schema, name),
  ]);
  return rows.length > 0;
}
