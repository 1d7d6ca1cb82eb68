import type { SystemSession } from "../../db/engine.ts";
import { TELLS } from "../table-changes.ts";
import type { WatchedQueries } from "./watched-queries.ts";

/** A relation as the catalogue has it. */
export interface RelationState {
  /** Whether a query names it; otherwise the planner reads it. */
  named: boolean;
  oid: string;
  /** `r` table, `p` partitioned table, `v` view, …; empty where there is none. */
  kind: string;
  /** Whether the role has the right to read all of it. */
  readable: boolean;
  /** Whether it has row-level security. */
  policies: boolean;
  /** Of a table, whether every change of its rows is noted; of a view, whether it reads nothing but relations. */
  tells: boolean;
  /** Microseconds since 1970 of its last change, in digits; null where it does not tell. */
  changedAt: string | null;
  /** Differs when its columns were changed. */
  columns: string;
  /** Differs when a view's query was changed, or that of a view it reads. */
  rule: string;
  /** Differs when anything else of its definition was changed, such as its rights or its triggers. */
  definition: string;
}

/** Members of extensions are as they are made. */
const isOwn = (catalogue: string, oid: string): string =>
  `${oid} >= 16384 AND NOT EXISTS (
    SELECT FROM pg_depend e WHERE e.classid = '${catalogue}'::regclass AND e.objid = ${oid} AND e.deptype = 'e'
  )`;

/**
 * Names without a schema are searched in the role's path. The catalogue has no time of a change, but the transactions
 * that wrote its rows: their sum is another one after each change.
 *
 * What a view reads, and calls, stands in pg_depend. Of a table with children, or of a partition, more is read than its
 * own trigger sees.
 *
 * Written so that each relation's OID is looked up once and all the rest by it: the planner takes the list for a hundred
 * rows, for which it would read whole catalogues.
 */
const RELATIONS = `
WITH RECURSIVE found AS MATERIALIZED (
  SELECT a.n, a.named, a.role, (
    SELECT c.oid FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
    WHERE c.relname = a.name
      AND s.nspname = ANY (CASE WHEN a.schema IS NULL THEN ARRAY['pg_catalog'] || a.path ELSE ARRAY[a.schema] END)
    ORDER BY array_position(ARRAY['pg_catalog'] || a.path, s.nspname::text) LIMIT 1
  ) AS oid
  FROM jsonb_to_recordset($1::jsonb) AS a (n int, role text, path text[], schema text, name text, named boolean)
), reached AS (
  SELECT f.oid AS root, f.oid AS view FROM found f WHERE (SELECT c.relkind FROM pg_class c WHERE c.oid = f.oid) = 'v'
  UNION
  SELECT r.root, c.oid FROM reached r
  JOIN pg_rewrite w ON w.ev_class = r.view
  JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
  JOIN pg_class c ON c.oid = d.refobjid AND c.relkind = 'v'
), views AS (
  SELECT r.root, sum(w.xmin::text::int8 + c.xmin::text::int8)::text AS rule, bool_or(EXISTS (
    SELECT FROM pg_depend d
    LEFT JOIN pg_proc p ON d.refclassid = 'pg_proc'::regclass AND p.oid = d.refobjid
    WHERE d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
      AND (d.refclassid = 'pg_operator'::regclass AND ${isOwn("pg_operator", "d.refobjid")}
        OR p.pronamespace <> 'cartodb'::regnamespace AND ${isOwn("pg_proc", "p.oid")})
  )) AS calls
  FROM reached r JOIN pg_class c ON c.oid = r.view JOIN pg_rewrite w ON w.ev_class = r.view
  GROUP BY r.root
)
SELECT f.n, f.named, coalesce(f.oid::text, '') AS oid, coalesce(c.relkind::text, '') AS kind,
  coalesce(c.readable, false) AS readable, coalesce(c.relrowsecurity, false) AS policies,
  coalesce(CASE WHEN c.relkind = 'v' THEN NOT v.calls ELSE c.tells END, false) AS tells,
  (SELECT (extract(epoch FROM m.updated_at) * 1000000)::int8::text FROM cartodb.CDB_TableMetadata m
    WHERE m.tabname = f.oid) AS "changedAt",
  coalesce((SELECT sum(a.xmin::text::int8)::text FROM pg_attribute a WHERE a.attrelid = f.oid), '') AS columns,
  coalesce(v.rule, '') AS rule,
  concat(c.xmin, '/', (SELECT sum(t.xmin::text::int8) FROM pg_trigger t WHERE t.tgrelid = f.oid)) AS definition
FROM found f
LEFT JOIN LATERAL (
  SELECT c.relkind, c.relrowsecurity, c.xmin, ${TELLS} AS tells,
    has_table_privilege(u.oid, c.oid, 'SELECT') AND has_schema_privilege(u.oid, c.relnamespace, 'USAGE') AS readable
  FROM pg_class c LEFT JOIN pg_roles u ON u.rolname = f.role WHERE c.oid = f.oid LIMIT 1
) c ON true
LEFT JOIN views v ON v.root = f.oid
ORDER BY f.n`;

/** Which of many have names that a user's functions have, in a schema of the role's path. */
const CALLS = `
SELECT DISTINCT a.n
FROM jsonb_to_recordset($1::jsonb) AS a (n int, path text[], names text[])
JOIN pg_proc p ON p.proname = ANY (a.names)
JOIN pg_namespace s ON s.oid = p.pronamespace AND s.nspname = ANY (a.path) AND s.nspname <> 'cartodb'
WHERE ${isOwn("pg_proc", "p.oid")}`;

/** Of a server that took the place of another one, the same numbers may be other transactions'. */
const SNAPSHOT = "SELECT concat(pg_current_snapshot(), ' ', pg_postmaster_start_time())";

/** What the catalogue has of something that is watched. */
export interface WatchedState {
  relations: RelationState[];
  /** Whether its queries may call a user's function. */
  calls: boolean;
}

/** What the database sees now, as text: the same for as long as no transaction ends that has changed anything. */
export const readSnapshot = (session: SystemSession): Promise<string> => session.value(SNAPSHOT);

/** Reads what the catalogue has of each of `asked`, in their order. */
export async function readStates(session: SystemSession, asked: readonly WatchedQueries[]): Promise<WatchedState[]> {
  const found: WatchedState[] = asked.map(() => ({ relations: [], calls: false }));
  const names = asked.flatMap(({ role, named, tables }, n) => [
    ...named.map(({ schema, name }) => ({ n, role: role.name, path: role.searchPath, schema, name, named: true })),
    ...tables.map(({ schema, name }) => ({ n, role: role.name, path: role.searchPath, schema, name, named: false })),
  ]);
  if (names.length > 0) {
    const options = { name: "carto_relations" };
    const rows = await session.query<RelationState & { n: number }>(RELATIONS, [JSON.stringify(names)], options);
    for (const { n, ...state } of rows) found[n]?.relations.push(state);
  }
  const calls = asked.flatMap((each, n) =>
    each.calls.length > 0 ? [{ n, path: each.role.searchPath, names: each.calls }] : [],
  );
  if (calls.length > 0) {
    const options = { name: "carto_calls" };
    const rows = await session.query<{ n: number }>(CALLS, [JSON.stringify(calls)], options);
    for (const { n } of rows) Object.assign(found[n] ?? {}, { calls: true });
  }
  return found;
}
