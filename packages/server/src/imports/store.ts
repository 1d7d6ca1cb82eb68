import type { SystemSession } from "../db/engine.ts";
import { quoteQualified } from "../db/identifier.ts";
import { IMPORTER_SCHEMA } from "./load/staging.ts";

/** Name of an import's `n`-th table while it is made. */
export const workingName = (jobId: string, n: number): string => `importer_${jobId.replaceAll("-", "")}_${n}`;

/** Name of the staging table behind {@link workingName}. */
export const stagingName = (jobId: string, n: number): string => `staging_${jobId.replaceAll("-", "")}_${n}`;

/** Drops every table that an import has made and not published. */
export async function dropLeftovers(session: SystemSession, jobId: string): Promise<void> {
  await dropWorking(session, `^(importer|staging)_${jobId.replaceAll("-", "")}_`);
}

/** Drops what is left of imports that have ended, or are forgotten: their server stopped before it had cleared away. */
export async function dropStale(session: SystemSession): Promise<void> {
  const live = await session.query<{ id: string }>(
    "SELECT pg_catalog.replace(job_id::text, '-', '') AS id FROM carto.job WHERE live AND kind = 'import'",
  );
  const others = live.length === 0 ? "" : `(?!${live.map(({ id }) => id).join("|")})`;
  await dropWorking(session, `^(importer|staging)_${others}[0-9a-f]{32}_`);
}

async function dropWorking(session: SystemSession, pattern: string): Promise<void> {
  const rows = await session.query<{ name: string }>(
    `SELECT relname AS name FROM pg_catalog.pg_class
     WHERE relnamespace = $1::pg_catalog.regnamespace AND relkind = 'r' AND relname ~ $2`,
    [IMPORTER_SCHEMA, pattern],
  );
  for (const { name } of rows)
    await session.query(`DROP TABLE IF EXISTS ${quoteQualified(IMPORTER_SCHEMA, name)} CASCADE`);
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
