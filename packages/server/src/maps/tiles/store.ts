import type { SystemSession } from "../../db/engine.ts";
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
  /** Microseconds since 1970 of its last change, in digits; null where it does not tell. */
  changedAt: string | null;
  /** Differs when its columns were changed. */
  columns: string;
  /** Differs when a view's query was changed. */
  rule: string;
}

/**
 * Names without a schema are searched in the role's path. The catalogue has no time of a change, but the transactions
 * that wrote its rows: their sum is another one after each change.
 */
const RELATIONS = `
WITH asked AS (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS a (n int, role text, path text[], schema text, name text, named boolean)
), found AS (
  SELECT a.n, a.named, a.role, (
    SELECT c.oid FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
    WHERE c.relname = a.name
      AND s.nspname = ANY (CASE WHEN a.schema IS NULL THEN ARRAY['pg_catalog'] || a.path ELSE ARRAY[a.schema] END)
    ORDER BY array_position(ARRAY['pg_catalog'] || a.path, s.nspname::text) LIMIT 1
  ) AS oid
  FROM asked a
)
SELECT f.n, f.named, coalesce(f.oid::text, '') AS oid, coalesce(c.relkind::text, '') AS kind,
  coalesce(has_table_privilege(f.role, f.oid, 'SELECT') AND has_schema_privilege(f.role, c.relnamespace, 'USAGE'), false)
    AS readable,
  coalesce(c.relrowsecurity, false) AS policies,
  (extract(epoch FROM m.updated_at) * 1000000)::int8::text AS "changedAt",
  coalesce((SELECT sum(a.xmin::text::int8)::text FROM pg_attribute a WHERE a.attrelid = f.oid), '') AS columns,
  coalesce((SELECT sum(r.xmin::text::int8)::text FROM pg_rewrite r WHERE r.ev_class = f.oid), '') AS rule
FROM found f
LEFT JOIN pg_class c ON c.oid = f.oid
LEFT JOIN cartodb.CDB_TableMetadata m ON m.tabname = f.oid
ORDER BY f.n`;

/** Reads what the catalogue has of the relations of each of `asked`, in their order. */
export async function readRelations(
  session: SystemSession,
  asked: readonly WatchedQueries[],
): Promise<RelationState[][]> {
  const found: RelationState[][] = asked.map(() => []);
  const names = asked.flatMap(({ role, named, tables }, n) => [
    ...named.map(({ schema, name }) => ({ n, role: role.name, path: role.searchPath, schema, name, named: true })),
    ...tables.map(({ schema, name }) => ({ n, role: role.name, path: role.searchPath, schema, name, named: false })),
  ]);
  if (names.length === 0) return found;
  const rows = await session.query<RelationState & { n: number }>(RELATIONS, [JSON.stringify(names)]);
  for (const { n, ...state } of rows) found[n]?.push(state);
  return found;
}
