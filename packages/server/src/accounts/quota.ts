import type { SystemSession } from "../db/engine.ts";
import { quoteIdent } from "../db/identifier.ts";

/**
 * Gives every account without a quota one of 0, which stands for none; a quota that was set is kept. Writes.
 *
 * A quota is a function in the account's schema. One that a key of the account made before the server did is replaced:
 * an account must not set its own quota, nor have the server call what it wrote.
 */
export async function ensureQuotas(session: SystemSession): Promise<void> {
  const accounts = await session.query<{ schema: string; forged: boolean }>(WITHOUT_QUOTA);
  for (const { schema, forged } of accounts) {
    if (forged) await session.query(`DROP FUNCTION ${quoteIdent(schema)}._cdb_userquotainbytes() CASCADE`);
    await session.query("SELECT cartodb.CDB_SetUserQuotaInBytes($1, 0)", [schema]);
  }
}

const WITHOUT_QUOTA = `
SELECT a.schema_name AS schema, p.oid IS NOT NULL AS forged
FROM carto.account AS a
JOIN pg_catalog.pg_namespace AS n ON n.nspname = a.schema_name
LEFT JOIN pg_catalog.pg_proc AS p
  ON p.pronamespace = n.oid AND p.proname = '_cdb_userquotainbytes' AND p.pronargs = 0
WHERE p.oid IS NULL OR p.proowner IN (
  SELECT r.oid FROM pg_catalog.pg_roles AS r JOIN carto.api_key AS k ON k.role_name = r.rolname)`;
