import type { Session, StatementOptions } from "../../db/engine.ts";
import { quoteLiteral } from "../../db/identifier.ts";
import { readRows } from "../../formats/rows.ts";
import type { AffectedTable } from "./layergroup.ts";

/** Tables that the planner reads for a query, also those behind views, in the role of `session`; it is not run. */
export async function plannedTables(
  session: Session,
  sql: string,
  options: StatementOptions,
): Promise<readonly AffectedTable[]> {
  const explain = `EXPLAIN (FORMAT JSON, VERBOSE) SELECT * FROM (${sql}\n) AS cdbq`;
  const [[plan] = []] = await readRows(await session.runOne(explain, options));
  return [...relationsOf(JSON.parse(plan ?? "[]"))];
}

function* relationsOf(node: unknown): Generator<AffectedTable> {
  if (typeof node !== "object" || node === null) return;
  const { Schema: schema, "Relation Name": name } = node as Readonly<Record<string, unknown>>;
  if (typeof schema === "string" && typeof name === "string") yield { schema, name };
  for (const child of Object.values(node)) yield* relationsOf(child);
}

/** A table's name as SQL has it, with its schema or without. */
const TABLE_NAME = /^(?:[\w$]+|"[^"]+")(?:\.(?:[\w$]+|"[^"]+"))?$/;

/** The tables of these names that the role of `session` may read; views and other names are passed over. */
export async function namedTables(session: Session, names: readonly string[]): Promise<readonly AffectedTable[]> {
  const literals = names.filter((name) => TABLE_NAME.test(name)).map(quoteLiteral);
  if (literals.length === 0) return [];
  const rows = await readRows(
    await session.runOne(
      `SELECT n.nspname, c.relname
       FROM unnest(ARRAY[${literals.join(", ")}]::text[]) AS given (name)
       JOIN pg_catalog.pg_class AS c ON c.oid = to_regclass(given.name)
       JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
       WHERE has_table_privilege(c.oid, 'SELECT') AND c.relkind <> 'v'`,
    ),
  );
  return rows.map(([schema, name]) => ({ schema: schema ?? "", name: name ?? "" }));
}

/** Sorts tables by their full names, each of them once. */
export function sortTables(tables: readonly AffectedTable[]): readonly AffectedTable[] {
  const byName = new Map(tables.map((table) => [fullName(table), table]));
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, table]) => table);
}

/** `schema.table`, as caches know it. */
export const fullName = ({ schema, name }: AffectedTable): string => `${schema}.${name}`;
