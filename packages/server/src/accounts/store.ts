import type { ApiKeyType, TableGrant } from "@carto-ts/protocol";
import type { SystemSession } from "../db/engine.ts";
import type { Account, AccountKey } from "./account.ts";

interface KeyRow {
  name: string;
  type: ApiKeyType;
  token: string;
  role_name: string;
  apis: string[];
  created_at: Date;
  updated_at: Date;
}

/** Reads an account with its keys, the master key first. Their roles search PostGIS' schema too. */
export async function readAccount(
  session: SystemSession,
  name: string,
  { postgisSchema }: { postgisSchema: string },
): Promise<Account | undefined> {
  const [row] = await session.query<{ id: number; uuid: string; name: string; schema_name: string; created_at: Date }>(
    "SELECT id, uuid, name, schema_name, created_at FROM carto.account WHERE name = $1",
    [name],
  );
  if (!row) return undefined;
  const keys = await session.query<KeyRow>(
    `SELECT name, type, token, role_name, apis, created_at, updated_at FROM carto.api_key WHERE account = $1
     ORDER BY pg_catalog.array_position(ARRAY['master', 'default', 'regular'], type), name`,
    [name],
  );
  const path = [...new Set([row.schema_name, "cartodb", "public", postgisSchema])];
  return {
    id: row.id,
    uuid: row.uuid,
    name: row.name,
    schema: row.schema_name,
    keys: keys.map((key) => toKey(key, path)),
    createdAt: row.created_at,
  };
}

function toKey(row: KeyRow, path: string[]): AccountKey {
  return {
    name: row.name,
    type: row.type,
    token: row.token,
    role: { name: row.role_name, searchPath: path },
    apis: row.apis,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** Makes an account; the first one lives in `public`, a further one in a schema of its own name. */
export async function createAccount(session: SystemSession, name: string): Promise<void> {
  await session.query(
    `INSERT INTO carto.account (name, schema_name)
     SELECT $1, CASE WHEN EXISTS (SELECT FROM carto.account) THEN $1 ELSE 'public' END`,
    [name],
  );
}

/** Makes a key or gives it another token. */
export async function putKey(
  session: SystemSession,
  account: string,
  key: { name: string; type: ApiKeyType; token: string; role: string },
): Promise<void> {
  await session.query(
    `INSERT INTO carto.api_key (account, name, type, token, role_name) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (account, name) DO UPDATE SET token = excluded.token, updated_at = now()
     WHERE carto.api_key.token <> excluded.token`,
    [account, key.name, key.type, key.token, key.role],
  );
}

/** Rights that roles have on the tables of a schema, read back from the database: lower case, alphabetical. */
export async function readTableGrants(
  session: SystemSession,
  schema: string,
  roles: readonly string[],
): Promise<(TableGrant & { role: string })[]> {
  return session.query(
    `SELECT g.rolname AS role, n.nspname AS schema, c.relname AS name, pg_catalog.bool_or(c.relowner = g.oid) AS owner,
            pg_catalog.array_agg(DISTINCT pg_catalog.lower(a.privilege_type) ORDER BY pg_catalog.lower(a.privilege_type)) AS permissions
     FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     CROSS JOIN LATERAL pg_catalog.aclexplode(COALESCE(c.relacl, pg_catalog.acldefault('r', c.relowner))) a
     JOIN pg_catalog.pg_roles g ON g.oid = a.grantee
     WHERE n.nspname = $1 AND g.rolname = ANY ($2::name[]) AND c.relkind IN ('r', 'v', 'm', 'p', 'f')
       AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
     GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
    [schema, roles],
  );
}
