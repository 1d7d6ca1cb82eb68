import type { Privacy } from "@carto-ts/protocol";
import type { Account } from "../accounts/account.ts";
import type { SystemSession } from "../db/engine.ts";
import { quoteQualified } from "../db/identifier.ts";
import { SELECT_SYNC, type SyncFacts } from "../synchronizations/facts.ts";
import type { Changes, Dataset } from "./dataset.ts";
import { IS_STALE, linkValues } from "./ghosts.ts";
import type { ListFilter, OrderTerm } from "./list-params.ts";

interface DatasetRow {
  table_id: string;
  visualization_id: string;
  map_id: string;
  permission_id: string;
  account: string;
  name: string;
  relation: number;
  privacy: Privacy;
  display_name: string | null;
  description: string | null;
  title: string | null;
  license: string | null;
  source: string | null;
  attributions: string | null;
  tags: string[];
  locked: boolean;
  created_at: Date;
  updated_at: Date;
  row_count: number;
  synchronization: SyncFacts | null;
}

/** Of rows that are called `d`. */
const ROW_COUNT = "(SELECT greatest(c.reltuples, 0)::float8 FROM pg_catalog.pg_class c WHERE c.oid = d.relation)";
const COLUMNS = `d.*, ${ROW_COUNT} AS row_count, (${SELECT_SYNC} WHERE s.table_id = d.table_id) AS synchronization`;

const toDataset = (row: DatasetRow): Dataset => ({
  tableId: row.table_id,
  visualizationId: row.visualization_id,
  mapId: row.map_id,
  permissionId: row.permission_id,
  account: row.account,
  name: row.name,
  relation: row.relation,
  privacy: row.privacy,
  displayName: row.display_name,
  description: row.description,
  title: row.title,
  license: row.license,
  source: row.source,
  attributions: row.attributions,
  tags: row.tags,
  locked: row.locked,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  rowCount: row.row_count ?? 0,
  synchronization: row.synchronization ?? null,
});

/** What was read of the datasets, and whether the account's tables say otherwise by now. */
export interface Read {
  stale: boolean;
  datasets: Dataset[];
  /** All datasets of the account. */
  own: number;
}

/** A page of datasets. */
export interface Page extends Read {
  /** All that match the filter. */
  matching: number;
  /** All of the account's that are locked. */
  locked: number;
}

interface PageFacts {
  stale: boolean;
  all_own: number;
  all_matching: number;
  all_locked: number;
}

/** What orders a list, by the names that clients have for it. What is equal for all datasets has no column. */
const ORDER: Readonly<Record<OrderTerm["by"], string | undefined>> = {
  name: "d.name",
  updated_at: "d.updated_at",
  size: "pg_catalog.pg_total_relation_size(d.relation)",
  estimated_row_count: ROW_COUNT,
  privacy: "d.privacy",
  mapviews: undefined,
  favorited: undefined,
  dependent_visualizations: undefined,
};

function orderBy(terms: readonly OrderTerm[]): string {
  const known = terms.flatMap(({ by, descending }) => {
    const column = ORDER[by];
    return column === undefined ? [] : [`${column} ${descending ? "DESC" : "ASC"} NULLS LAST`];
  });
  return [...known, "d.updated_at DESC", "d.table_id"].join(", ");
}

// A word is looked for as it stands: the patterns of LIKE would have to be escaped.
const FILTER = `($4::text IS NULL OR d.privacy = $4) AND ($5::boolean IS NULL OR d.locked = $5)
  AND ($6::text IS NULL OR pg_catalog.strpos(pg_catalog.lower(pg_catalog.array_to_string(d.tags, ', ')), $6) > 0)
  AND NOT EXISTS (
    SELECT FROM pg_catalog.unnest($7::text[]) AS word
    WHERE pg_catalog.strpos(pg_catalog.lower(pg_catalog.concat_ws(
      ' ', d.name, d.display_name, d.description, pg_catalog.array_to_string(d.tags, ' '))), word) = 0)
  AND ($8::oid[] IS NULL OR d.relation = ANY ($8)) AND NOT ($9::boolean AND d.display_name IS NULL)
  AND NOT ($10::boolean AND d.privacy = 'private')`;

/** How many datasets an account has. */
export async function readCount(session: SystemSession, account: Account): Promise<Omit<Read, "datasets">> {
  const [row] = await session.query<Omit<Read, "datasets">>(
    `SELECT ${IS_STALE} AS stale, pg_catalog.count(*)::integer AS own
     FROM carto.dataset d WHERE d.account = $1`,
    linkValues(account),
  );
  return row ?? { stale: true, own: 0 };
}

/** Reads a page of an account's datasets and what it is a page of, in one statement. */
export async function readPage(
  session: SystemSession,
  account: Account,
  { filter, relations }: { filter: ListFilter; relations: readonly number[] | undefined },
): Promise<Page> {
  const rows = await session.query<Partial<DatasetRow> & PageFacts>(
    `WITH own AS (
       SELECT * FROM carto.dataset d WHERE d.account = $1
     ), matching AS (SELECT * FROM own d WHERE ${FILTER}), page AS (
       SELECT d.*, pg_catalog.row_number() OVER (ORDER BY ${orderBy(filter.order)}) AS place FROM matching d
       ORDER BY place LIMIT $11 OFFSET $12
     ), facts AS (
       SELECT ${IS_STALE} AS stale, pg_catalog.count(*)::integer AS all_own,
         (pg_catalog.count(*) FILTER (WHERE d.locked))::integer AS all_locked,
         (SELECT pg_catalog.count(*) FROM matching)::integer AS all_matching
       FROM own d
     ) SELECT facts.*, ${COLUMNS} FROM facts LEFT JOIN page d ON true ORDER BY d.place`,
    [
      ...linkValues(account),
      filter.privacy ?? null,
      filter.locked ?? null,
      filter.tags ?? null,
      filter.words,
      relations ?? null,
      filter.titled,
      filter.published,
      filter.perPage,
      filter.perPage * (filter.page - 1),
    ],
  );
  const [{ stale = true, all_own = 0, all_matching = 0, all_locked = 0 } = {}] = rows;
  return { stale, own: all_own, matching: all_matching, locked: all_locked, datasets: toDatasets(rows) };
}

/** What a request's id is an id of. */
export type RefKind = "visualization" | "table" | "permission";

/** How a request names a dataset: by an id, or a name, which may look like an id. */
export interface DatasetRef {
  kind: RefKind;
  /** Names that it may mean, the likeliest first. */
  names: readonly string[];
  id: string | undefined;
}

const REFERENCES: Readonly<Record<RefKind, string>> = {
  // Of whichever account, so that one can be told that it asked the wrong one.
  visualization: "d.visualization_id = $5::uuid OR (d.account = $1 AND d.name = ANY ($4::text[]))",
  table: "d.account = $1 AND (d.table_id = $5::uuid OR d.name = ANY ($4::text[]))",
  permission: "d.account = $1 AND d.permission_id = $5::uuid AND $4::text[] IS NOT NULL",
};

/** Reads the datasets that `ref` may mean, the likeliest first. */
export async function readDataset(session: SystemSession, account: Account, ref: DatasetRef): Promise<Read> {
  const rows = await session.query<Partial<DatasetRow> & Omit<Read, "datasets">>(
    `WITH found AS (SELECT ${COLUMNS} FROM carto.dataset d WHERE ${REFERENCES[ref.kind]})
     SELECT ${IS_STALE} AS stale, found.*,
       (SELECT pg_catalog.count(*) FROM carto.dataset d WHERE d.account = $1)::integer AS own
     FROM (SELECT) AS once LEFT JOIN found ON true
     ORDER BY pg_catalog.array_position($4::text[], found.name) NULLS FIRST`,
    [...linkValues(account), ref.names, ref.id ?? null],
  );
  const [{ stale = true, own = 0 } = {}] = rows;
  return { stale, own, datasets: toDatasets(rows) };
}

const toDatasets = (rows: readonly Partial<DatasetRow>[]): Dataset[] =>
  rows.flatMap((row) => (row.table_id ? [toDataset(row as DatasetRow)] : []));

/** Reads one dataset of an account by its table's name. */
export async function readByName(session: SystemSession, account: Account, name: string): Promise<Dataset | undefined> {
  const [row] = await session.query<DatasetRow>(
    `SELECT ${COLUMNS} FROM carto.dataset d WHERE d.account = $1 AND d.name = $2`,
    [account.name, name],
  );
  return row && toDataset(row);
}

const COLUMN_OF = {
  displayName: "display_name",
  description: "description",
  title: "title",
  license: "license",
  source: "source",
  attributions: "attributions",
  tags: "tags",
  locked: "locked",
  privacy: "privacy",
  name: "name",
} as const satisfies Record<keyof Changes | "name", string>;

/** Writes what changes of a dataset, and that it changed. @returns it as it is now; undefined where it is gone. */
export async function writeDataset(
  session: SystemSession,
  tableId: string,
  changes: Changes & { name?: string },
): Promise<Dataset | undefined> {
  const names = Object.keys(changes) as (keyof typeof COLUMN_OF)[];
  const sets = names.map((name, at) => `${COLUMN_OF[name]} = $${at + 2}`);
  const [row] = await session.query<DatasetRow>(
    `UPDATE carto.dataset d SET ${[...sets, "updated_at = pg_catalog.now()"].join(", ")}
     WHERE d.table_id = $1 RETURNING ${COLUMNS}`,
    [tableId, ...names.map((name) => changes[name])],
  );
  return row && toDataset(row);
}

/** Reads the name of a dataset's table: of the one that it was known by last, else of the one that has its name now. */
export async function readTableName(
  session: SystemSession,
  account: Account,
  tableId: string,
): Promise<string | undefined> {
  const [row] = await session.query<{ name: string }>(
    `SELECT c.relname AS name FROM carto.dataset d
     JOIN pg_catalog.pg_class c ON c.oid = d.relation OR c.relname = d.name
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = $2
     WHERE d.table_id = $1 AND d.account = $3 ORDER BY c.oid = d.relation DESC LIMIT 1`,
    [tableId, account.schema, account.name],
  );
  return row?.name;
}

/** Writes which table a dataset is from now on. */
export async function writeRelation(
  session: SystemSession,
  tableId: string,
  { schema, name }: { schema: string; name: string },
): Promise<void> {
  await session.query("UPDATE carto.dataset SET relation = $2::pg_catalog.regclass WHERE table_id = $1", [
    tableId,
    quoteQualified(schema, name),
  ]);
}

/** Forgets a dataset. */
export async function deleteDataset(session: SystemSession, tableId: string): Promise<void> {
  await session.query("DELETE FROM carto.dataset WHERE table_id = $1", [tableId]);
}

/** OIDs and names of an account's tables that are datasets; only those that everybody is told of where `listed`. */
export async function readRelations(
  session: SystemSession,
  account: Account,
  { listed }: { listed: boolean },
): Promise<Pick<Dataset, "relation" | "name">[]> {
  return session.query(
    "SELECT relation, name FROM carto.dataset WHERE account = $1 AND (privacy = 'public' OR NOT $2::boolean)",
    [account.name, listed],
  );
}
