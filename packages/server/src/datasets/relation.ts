import type { Privacy } from "@carto-ts/protocol";
import { PUBLIC_ROLE } from "../accounts/roles.ts";
import type { SystemSession } from "../db/engine.ts";
import { quoteIdent, quoteQualified } from "../db/identifier.ts";

/** A table by its schema and name. */
export interface TableName {
  schema: string;
  name: string;
}

const quote = ({ schema, name }: TableName): string => quoteQualified(schema, name);

/** Milliseconds that a change waits for statements that use the table. */
const LOCK_MS = 5_000;

/** Lets the changes of this transaction wait for others' statements only so long: there are few connections to wait on. */
export async function waitBriefly(session: SystemSession): Promise<void> {
  await session.query(`SET LOCAL lock_timeout = ${LOCK_MS}`);
}

/** Gives everybody the right to read a table, or takes it. Writes. */
export async function setReaders(session: SystemSession, table: TableName, privacy: Privacy): Promise<void> {
  const role = quoteIdent(PUBLIC_ROLE);
  // A right of PUBLIC's would leave the table as readable as it was.
  if (privacy === "private") await session.query(`REVOKE SELECT ON ${quote(table)} FROM ${role}, PUBLIC`);
  else await session.query(`GRANT SELECT ON ${quote(table)} TO ${role}`);
}

/** Gives a table another name in its schema. Writes. */
export async function renameRelation(session: SystemSession, table: TableName, name: string): Promise<void> {
  await session.query(`ALTER TABLE ${quote(table)} RENAME TO ${quoteIdent(name)}`);
}

/** Drops a table, but nothing that depends on it. Writes. */
export async function dropRelation(session: SystemSession, table: TableName): Promise<void> {
  await session.query(`DROP TABLE ${quote(table)}`);
}

/** Names in a schema that no new table can have: those of all relations and types. */
export async function readTakenNames(session: SystemSession, schema: string): Promise<Set<string>> {
  const rows = await session.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1
     UNION SELECT t.typname FROM pg_catalog.pg_type t
     JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE n.nspname = $1`,
    [schema],
  );
  return new Set(rows.map(({ name }) => name));
}

/** A column of a table as its catalogue has it. */
export interface ColumnFacts {
  name: string;
  /** PostgreSQL's name of the type, without length or precision. */
  type: string;
  /** For geometries: what kind the column is declared to hold, `Geometry` being any. */
  geometry: string | null;
}

/** Reads a table's columns in their order; `postgisSchema` as it is written in SQL. */
export async function readColumns(
  session: SystemSession,
  relation: number,
  postgisSchema: string,
): Promise<ColumnFacts[]> {
  return session.query(
    `SELECT a.attname AS name,
            CASE WHEN t.typname = 'geometry' THEN t.typname ELSE pg_catalog.format_type(a.atttypid, NULL) END AS type,
            CASE WHEN t.typname = 'geometry' THEN ${postgisSchema}.postgis_typmod_type(a.atttypmod) END AS geometry
     FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
     WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [relation],
  );
}

/** Notes for caches that a table, or who may read it, has changed; nothing where the database keeps no such notes. */
export async function touchRelation(session: SystemSession, relation: number): Promise<void> {
  await session.query("SELECT cartodb.CDB_TableMetadataTouch($1::oid::regclass)", [relation]);
}
