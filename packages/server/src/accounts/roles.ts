import { createHash } from "node:crypto";
import type { Engine, SystemSession } from "../db/engine.ts";
import { quoteIdent, quoteQualified } from "../db/identifier.ts";
import type { Account, AccountKey, KeyGrant } from "./account.ts";

/** Role that a table is made public by granting to; clients of CARTO's know it by this name. */
export const PUBLIC_ROLE = "publicuser";

const MAX_NAME = 63;
/** Ending one's own query is a documented use of the master key. Where PUBLIC still may, there is nothing to grant. */
const ALLOW_CANCEL = `DO $$ BEGIN
  GRANT EXECUTE ON FUNCTION pg_catalog.pg_cancel_backend(integer) TO %ROLE%;
EXCEPTION WHEN insufficient_privilege THEN NULL;
END $$`;

const PERMISSIONS = new Set(["select", "insert", "update", "delete"]);

/** Name of a key's role. Roles belong to the whole cluster, hence the database's OID in it. */
export function roleName(databaseOid: number, account: string, key: string): string {
  const name = `carto_${databaseOid}_${account}_${key}`.toLowerCase().replace(/[^a-z0-9_]+/g, "_");
  if (name.length <= MAX_NAME) return name;
  const digest = createHash("sha256").update(`${account}/${key}`).digest("hex").slice(0, 12);
  return `${name.slice(0, MAX_NAME - 13)}_${digest}`;
}

/** Makes the role that tables are made public by, where the cluster has none. */
export async function ensurePublicRole(session: SystemSession): Promise<void> {
  const [exists] = await session.query("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1", [PUBLIC_ROLE]);
  if (exists) return;
  // A server on another database of the cluster may make it at the same moment.
  await session.query(`DO $$ BEGIN
    CREATE ROLE ${quoteIdent(PUBLIC_ROLE)} NOLOGIN;
  EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
  END $$`);
}

/** Makes a key's role, or brings it up to date, with the rights that its kind has. Writes; safe to repeat. */
export async function provisionRole(
  engine: Engine,
  session: SystemSession,
  account: Pick<Account, "schema">,
  key: Pick<AccountKey, "type" | "role">,
): Promise<void> {
  const role = quoteIdent(key.role.name);
  const schema = quoteIdent(account.schema);
  await engine.ensureRole(session, key.role.name);
  await session.query(`GRANT USAGE ON SCHEMA ${schema} TO ${role}`);
  if (key.type !== "master") {
    await session.query(`GRANT ${quoteIdent(PUBLIC_ROLE)} TO ${role}`);
    return;
  }
  await session.query(`GRANT CREATE ON SCHEMA ${schema} TO ${role}`);
  // Imports make their tables there before these have a home.
  await session.query(`GRANT USAGE, CREATE ON SCHEMA cdb_importer TO ${role}`);
  await assertMayCreate(session, key.role.name, account.schema);
  // It runs any text, past the statements that other keys may send.
  await session.query(`GRANT EXECUTE ON FUNCTION cartodb.CDB_ApplyQueriesSafe(text[]) TO ${role}`);
  if (engine.sharedSession) await session.query(`GRANT USAGE ON LANGUAGE plpgsql, sql TO ${role}`);
  else await session.query(ALLOW_CANCEL.replace("%ROLE%", role));
  await session.query(`GRANT TEMPORARY ON DATABASE ${quoteIdent(await currentDatabase(session))} TO ${role}`);
}

/** GRANT only warns where the server's role has nothing to give. @throws Error in words, saying what to do. */
async function assertMayCreate(session: SystemSession, role: string, schema: string): Promise<void> {
  const [row] = await session.query<{ may: boolean; server: string }>(
    "SELECT pg_catalog.has_schema_privilege($1, $2, 'CREATE') AS may, current_user AS server",
    [role, schema],
  );
  if (row?.may) return;
  throw new Error(
    `The server's role ${row?.server} can't give its accounts the right to create tables in schema ${schema}. ` +
      `As the database's owner run: GRANT CREATE ON SCHEMA ${quoteIdent(schema)} TO ${quoteIdent(row?.server ?? "")} WITH GRANT OPTION`,
  );
}

/** Grants a key's role its rights on tables. @returns in words which tables are not there, so that nothing was granted. */
export async function grantTables(
  session: SystemSession,
  account: Pick<Account, "name" | "schema">,
  key: Pick<AccountKey, "name" | "role">,
  grants: readonly KeyGrant[],
): Promise<string[]> {
  const missing: string[] = [];
  for (const { table, permissions } of grants) {
    const wrong = permissions.find((permission) => !PERMISSIONS.has(permission));
    if (wrong !== undefined)
      throw new Error(`key ${key.name}: ${wrong} is no permission; use select, insert, update, delete`);
    const qualified = quoteQualified(account.schema, table);
    const [found] = await session.query("SELECT 1 WHERE pg_catalog.to_regclass($1) IS NOT NULL", [qualified]);
    if (!found) {
      missing.push(`key ${key.name} has no right on ${table} yet: account ${account.name} has no such table`);
      continue;
    }
    await session.query(`GRANT ${permissions.join(", ")} ON ${qualified} TO ${quoteIdent(key.role.name)}`);
  }
  return missing;
}

async function currentDatabase(session: SystemSession): Promise<string> {
  const [row] = await session.query<{ name: string }>("SELECT pg_catalog.current_database() AS name");
  return row?.name ?? "";
}
