import type { Account } from "../../accounts/account.ts";
import type { SystemSession } from "../../db/engine.ts";
import { quoteIdent, quoteQualified } from "../../db/identifier.ts";
import { asPgError } from "../../db/pg-error.ts";
import { ImportError } from "../error.ts";
import { IMPORTER_SCHEMA } from "./staging.ts";

/** What a table that goes hands over to the one that takes its place. */
export interface Replaced {
  grants: readonly { grantee: string; privilege: string; grantable: boolean }[];
  /** Statements that make its own indexes and triggers again. */
  definitions: readonly string[];
}

interface ColumnClass {
  name: string;
  class: string;
}

const DEPENDENT_OBJECTS = "2BP01";
/**
 * SQLSTATEs that are the data's fault: a value twice, too long for its index, or nothing to compute with; a column that
 * is gone, or has a type that an index or a function doesn't take.
 */
const DOES_NOT_FIT = /^(?:2[23]|54)|^42(?:703|704|804|883)$/;
const OWN_TRIGGERS = ["track_updates", "update_the_geom_webmercator_trigger", "test_quota", "test_quota_per_row"];

interface Found {
  /** Whether the account may drop it: the server, which does so, may drop everybody's. */
  own: boolean;
  policies: boolean;
}

const FIND = `SELECT r.rolname = current_user OR r.rolname = ANY ($3::name[]) AS own,
    c.relrowsecurity OR EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid) AS policies
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_roles r ON r.oid = c.relowner
  WHERE c.relnamespace = $1::pg_catalog.regnamespace AND c.relname = $2 AND c.relkind IN ('r', 'p')`;

const irreplaceable = (name: string, why: string): ImportError =>
  new ImportError(2013, `The table ${name} can't be replaced, for ${why}.`);

/**
 * Drops the table that is to be replaced, unless something depends on it.
 *
 * @param options `expendable` are columns that it may lose.
 * @returns undefined when there is none of the name
 * @throws ImportError 2012 when it has other columns that the new one lacks, 2013 when it is another role's, has policies, or views or others need it
 */
export async function dropForReplacement(
  session: SystemSession,
  options: { account: Account; name: string; from: string; expendable?: readonly string[] },
): Promise<Replaced | undefined> {
  const { account, name, from, expendable = [] } = options;
  const { schema } = account;
  const table = quoteQualified(schema, name);
  const [found] = await session.query<Found>(FIND, [
    quoteIdent(schema),
    name,
    account.keys.map(({ role }) => role.name),
  ]);
  if (!found) return undefined;
  if (!found.own) throw irreplaceable(name, "it belongs to another role");
  await session.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  // Without them everybody who may read the table would read all of the new rows.
  if (found.policies) throw irreplaceable(name, "it has row security policies. Drop them first");
  const kept = (await columnsOf(session, table)).filter((column) => !expendable.includes(column.name));
  refuseLosses(name, kept, await columnsOf(session, quoteQualified(IMPORTER_SCHEMA, from)));
  const replaced = {
    grants: await grantsOf(session, table),
    definitions: [...(await indexesOf(session, table)), ...(await triggersOf(session, table))],
  };
  try {
    await session.query(`DROP TABLE ${table}`);
  } catch (error) {
    if (!(error instanceof Error) || asPgError(error)?.code !== DEPENDENT_OBJECTS) throw error;
    throw irreplaceable(name, `others depend on it: ${detailOf(error)}. Drop them first`);
  }
  return replaced;
}

/**
 * Gives a table what the one in whose place it stands had.
 *
 * @throws ImportError 2012 when an index can't be made of the new rows
 */
export async function restore(
  session: SystemSession,
  { grants, definitions }: Replaced,
  { schema, name }: { schema: string; name: string },
): Promise<void> {
  const table = quoteQualified(schema, name);
  const granted = grants.map(
    ({ grantee, privilege, grantable }) =>
      `GRANT ${privilege} ON ${table} TO ${grantee}${grantable ? " WITH GRANT OPTION" : ""}`,
  );
  for (const definition of [...granted, ...definitions]) {
    try {
      await session.query(definition);
    } catch (error) {
      const refusal = asPgError(error);
      if (!refusal || !DOES_NOT_FIT.test(refusal.code)) throw error;
      throw new ImportError(
        2012,
        `The new data doesn't fit what the table ${name} has: ${refusal.message}. ${definition}`,
      );
    }
  }
}

/** Names of an account's table's columns, those left out that every table has. */
export async function columnNames(session: SystemSession, { schema }: Account, table: string): Promise<string[]> {
  const columns = await columnsOf(session, quoteQualified(schema, table));
  return columns.map(({ name }) => name);
}

/** Columns with their classes: a number may take a number's place. The key and what follows from the geometry don't count. */
async function columnsOf(session: SystemSession, table: string): Promise<ColumnClass[]> {
  return session.query<ColumnClass>(
    `SELECT a.attname AS name, CASE
       WHEN t.typcategory = 'N' THEN 'number'
       WHEN t.typcategory = 'S' THEN 'string'
       WHEN t.typcategory = 'B' THEN 'boolean'
       WHEN t.typcategory = 'D' THEN 'date'
       ELSE t.typname END AS class
     FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
     WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped
       AND a.attname NOT IN ('cartodb_id', 'the_geom_webmercator')`,
    [table],
  );
}

function refuseLosses(name: string, old: readonly ColumnClass[], fresh: readonly ColumnClass[]): void {
  const classes = new Map(fresh.map((column) => [column.name, column.class]));
  const lost = old.filter((column) => classes.get(column.name) !== column.class);
  if (lost.length === 0) return;
  const list = lost.slice(0, 10).map((column) => `${column.name} (${column.class})`);
  throw new ImportError(
    2012,
    `The table ${name} has columns that the new data lacks, or has in another type: ${list.join(", ")}. It was left as it is.`,
  );
}

async function grantsOf(session: SystemSession, table: string): Promise<Replaced["grants"]> {
  return session.query(
    `SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS grantee,
       a.privilege_type AS privilege, a.is_grantable AS grantable
     FROM pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) a
     WHERE c.oid = $1::regclass AND a.grantee <> c.relowner
     UNION ALL
     SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,
       pg_catalog.format('%s (%I)', a.privilege_type, t.attname), a.is_grantable
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute t ON t.attrelid = c.oid AND NOT t.attisdropped,
       pg_catalog.aclexplode(t.attacl) a
     WHERE c.oid = $1::regclass AND a.grantee <> c.relowner`,
    [table],
  );
}

async function indexesOf(session: SystemSession, table: string): Promise<string[]> {
  const rows = await session.query<{ definition: string }>(
    `SELECT pg_catalog.pg_get_indexdef(i.indexrelid) AS definition
     FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
     WHERE i.indrelid = $1::regclass AND NOT i.indisprimary AND NOT EXISTS (
       SELECT FROM pg_catalog.pg_constraint x WHERE x.conindid = i.indexrelid)
       AND c.relname !~ '_the_geom(_webmercator)?_idx\\d*$'`,
    [table],
  );
  return rows.map((row) => row.definition);
}

async function triggersOf(session: SystemSession, table: string): Promise<string[]> {
  const rows = await session.query<{ definition: string }>(
    `SELECT pg_catalog.pg_get_triggerdef(oid) AS definition FROM pg_catalog.pg_trigger
     WHERE tgrelid = $1::regclass AND NOT tgisinternal AND tgname <> ALL ($2)`,
    [table, OWN_TRIGGERS],
  );
  return rows.map((row) => row.definition);
}

const detailOf = (error: Error): string =>
  ((error as Error & { detail?: string }).detail ?? error.message).replaceAll("\n", ", ");
