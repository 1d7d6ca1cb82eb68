import type { Account } from "../accounts/account.ts";
import { PUBLIC_ROLE } from "../accounts/roles.ts";
import type { SystemSession } from "../db/engine.ts";
import { type MadeTable, matchTables, type PhysicalTable, type StoredTable } from "./matching.ts";

/** Parameters that {@link TABLES} and {@link IS_STALE} take, the first ones of a statement. */
export const linkValues = ({ name, schema }: Account): unknown[] => [name, schema, PUBLIC_ROLE];

/**
 * The tables of an account that are datasets: those with the columns and the trigger that CDB_CartodbfyTable gives,
 * whoever called it.
 *
 * In a form that needs no good estimates: nobody analyzes the catalogues of a new database.
 */
const TABLES = `SELECT c.oid AS relation, c.relname AS name, c.reltuples,
    pg_catalog.has_table_privilege($3::name, c.oid, 'SELECT') AS readable
  FROM pg_catalog.pg_class c
  WHERE c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = $2) AND c.relkind = 'r'
    AND NOT c.relispartition
    AND c.relowner = ANY (ARRAY(
      SELECT r.oid FROM pg_catalog.pg_roles r
      WHERE r.rolname = current_user OR r.rolname IN (SELECT k.role_name FROM carto.api_key k WHERE k.account = $1)))
    AND 1 = (
      SELECT pg_catalog.count(*) FROM pg_catalog.pg_trigger t
      WHERE t.tgrelid = c.oid AND t.tgname = 'test_quota_per_row')
    AND 3 = (
      SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute a
      WHERE a.attrelid = c.oid AND a.attname IN ('cartodb_id', 'the_geom', 'the_geom_webmercator') AND (
        a.attname = 'cartodb_id'
        OR a.atttypid = ANY (ARRAY(SELECT y.oid FROM pg_catalog.pg_type y WHERE y.typname = 'geometry'))))`;

/** Whether the datasets that are stored are other ones than the account's tables say. A full join is never a nested loop. */
export const IS_STALE: string = `EXISTS (
  SELECT FROM (${TABLES}) AS t
  FULL JOIN (SELECT * FROM carto.dataset WHERE account = $1) AS d ON d.relation = t.relation
  WHERE d.relation IS NULL OR t.relation IS NULL OR d.name <> t.name OR (d.privacy = 'private') = t.readable)`;

interface TableRow extends PhysicalTable {
  reltuples: number;
}

/**
 * Brings an account's datasets to what its tables are, in the transaction at hand; holds up others who would.
 *
 * New tables become datasets, public where everybody may read them; what has no table any more is forgotten; renamed and
 * rewritten tables keep their ids; a privacy that the rights in the database contradict follows them.
 *
 * @returns names of the new tables that the planner knows nothing of yet.
 */
export async function linkTables(session: SystemSession, account: Account): Promise<string[]> {
  // Not FOR UPDATE, which would also hold up whatever refers to the account.
  await session.query("SELECT FROM carto.account WHERE name = $1 FOR NO KEY UPDATE", [account.name]);
  const tables = await session.query<TableRow>(TABLES, linkValues(account));
  const stored = await session.query<StoredTable>(
    `SELECT table_id AS "tableId", relation, name, privacy FROM carto.dataset WHERE account = $1`,
    [account.name],
  );
  const matching = matchTables(tables, stored);
  if (matching.gone.length > 0) {
    await session.query("DELETE FROM carto.dataset WHERE table_id = ANY ($1::uuid[])", [matching.gone]);
  }
  await writeChanged(session, matching.changed);
  await writeMade(session, account, matching.made);
  const known = new Set(stored.map(({ relation }) => relation));
  return tables.filter(({ relation, reltuples }) => reltuples < 0 && !known.has(relation)).map(({ name }) => name);
}

// `unnest` of several arrays is no function but a form of the grammar, which takes no schema.
const COLUMNS = "pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::oid[]), pg_catalog.unnest($3::text[])";

async function writeChanged(session: SystemSession, changed: readonly StoredTable[]): Promise<void> {
  if (changed.length === 0) return;
  await session.query(
    `UPDATE carto.dataset d SET relation = c.relation, name = c.name, privacy = c.privacy, updated_at = pg_catalog.now()
     FROM ROWS FROM (${COLUMNS}, pg_catalog.unnest($4::uuid[])) AS c (name, relation, privacy, table_id)
     WHERE d.table_id = c.table_id`,
    [...columnsOf(changed), changed.map(({ tableId }) => tableId)],
  );
}

async function writeMade(session: SystemSession, account: Account, made: readonly MadeTable[]): Promise<void> {
  if (made.length === 0) return;
  await session.query(
    `INSERT INTO carto.dataset (account, name, relation, privacy)
     SELECT $4, m.* FROM ROWS FROM (${COLUMNS}) AS m`,
    [...columnsOf(made), account.name],
  );
}

const columnsOf = (rows: readonly MadeTable[]): unknown[] => [
  rows.map(({ name }) => name),
  rows.map(({ relation }) => relation),
  rows.map(({ privacy }) => privacy),
];

/**
 * Forgets the OIDs of all tables where the database was restored from a dump since the last start: they are others' by
 * now. The tables are known again by their names. Writes.
 */
export async function forgetMovedTables(session: SystemSession): Promise<void> {
  const moved = await session.query(
    `INSERT INTO carto.setting AS s (name, value)
     VALUES ('dataset_oid', 'carto.dataset'::pg_catalog.regclass::pg_catalog.oid::text)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE s.value <> excluded.value RETURNING 1`,
  );
  if (moved.length > 0) await session.query("UPDATE carto.dataset SET relation = 0");
}
