import type { SystemSession } from "./engine.ts";

/**
 * Functions of PostgreSQL's that everybody may call and no key should: they end or lock what belongs to others, or
 * write where no quota counts.
 */
const REVOKED = [
  "pg_cancel_backend",
  "pg_terminate_backend",
  "pg_notify",
  "lo_.*",
  "pg_advisory_.*",
  "pg_try_advisory_.*",
];

/** On a session that all keys share, also what reads or changes the session itself. */
const REVOKED_SHARED = ["set_config", "pg_export_snapshot"];

/**
 * Takes rights from PUBLIC that a key's role must not have. Writes; safe to repeat.
 *
 * @returns what could not be taken, in words; revoking on PostgreSQL's own functions needs a superuser.
 */
export async function raiseFences(session: SystemSession, { shared }: { shared: boolean }): Promise<string[]> {
  await session.query("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
  await session.query(
    "DO $$ BEGIN EXECUTE pg_catalog.format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', pg_catalog.current_database()); END $$",
  );
  if (shared) await session.query("REVOKE USAGE ON LANGUAGE plpgsql, sql FROM PUBLIC");
  const patterns = shared ? [...REVOKED, ...REVOKED_SHARED] : REVOKED;
  const open = await openFunctions(session, patterns);
  if (open.length === 0) return [];
  const [superuser] = await session.query(
    "SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = current_user AND rolsuper",
  );
  if (!superuser) return [`not a superuser: PUBLIC may still call ${patterns.join(", ")}`];
  await session.query(`REVOKE EXECUTE ON FUNCTION ${open.join(", ")} FROM PUBLIC`);
  return [];
}

async function openFunctions(session: SystemSession, patterns: readonly string[]): Promise<string[]> {
  const rows = await session.query<{ signature: string }>(
    `SELECT p.oid::pg_catalog.regprocedure::text AS signature
     FROM pg_catalog.pg_proc p
     WHERE p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace AND p.proname ~ $1
       AND (p.proacl IS NULL OR EXISTS (SELECT FROM pg_catalog.aclexplode(p.proacl) a WHERE a.grantee = 0))`,
    [`^(${patterns.join("|")})$`],
  );
  return rows.map((row) => row.signature);
}
