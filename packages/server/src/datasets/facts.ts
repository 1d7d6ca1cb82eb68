import type { Session } from "../db/engine.ts";
import { quoteLiteral, quoteQualified } from "../db/identifier.ts";
import { readRows } from "../formats/rows.ts";
import type { Dataset, TableFacts } from "./dataset.ts";
import type { Box } from "./list-params.ts";

/*
 * What only the tables' rows say. It is read in the role of the account's master key, never in the server's own: a
 * table's type, policy or view may call functions that its owner wrote.
 */

type Table = Pick<Dataset, "relation" | "name">;

/** Rows that are looked at to know the types of the geometries. */
const SAMPLE_ROWS = 100;
/** A table that somebody alters is not waited for. */
const LOCK_MS = 2_000;

/** Runs one SELECT for each table as one statement. */
async function selectEach(
  session: Session,
  tables: readonly Table[],
  select: (table: Table) => string,
): Promise<string[][]> {
  if (tables.length === 0) return [];
  const result = await session.run(`SET LOCAL lock_timeout = ${LOCK_MS}; ${tables.map(select).join("\nUNION ALL ")}`);
  return (await readRows(result)).map((row) => row.map((field) => field ?? ""));
}

/** Reads the facts of a schema's tables, by their OIDs. @throws PgError where one is gone or can't be read now. */
export async function readFacts(
  session: Session,
  schema: string,
  tables: readonly Table[],
): Promise<Map<number, TableFacts>> {
  const rows = await selectEach(
    session,
    tables,
    ({ relation, name }) =>
      `SELECT ${relation}, pg_catalog.pg_total_relation_size(${relation}), pg_catalog.array_to_string(ARRAY(
         SELECT DISTINCT ST_GeometryType(the_geom)
         FROM (SELECT the_geom FROM ${quoteQualified(schema, name)} LIMIT ${SAMPLE_ROWS}) AS sample
         WHERE the_geom IS NOT NULL ORDER BY 1), ',')`,
  );
  return new Map(
    rows.map(([relation = "", bytes = "", types = ""]) => [
      Number(relation),
      { bytes: Number(bytes), geometryTypes: types === "" ? [] : types.split(",") },
    ]),
  );
}

/** OIDs of the tables that have a geometry whose bounds meet a box. */
export async function readWithin(
  session: Session,
  schema: string,
  { tables, box }: { tables: readonly Table[]; box: Box },
): Promise<number[]> {
  const envelope = `ST_MakeEnvelope(${box.join(", ")}, 4326)`;
  const rows = await selectEach(
    session,
    tables,
    ({ relation, name }) =>
      `SELECT ${relation} WHERE EXISTS (SELECT FROM ${quoteQualified(schema, name)} WHERE the_geom && ${envelope})`,
  );
  return rows.map(([relation]) => Number(relation));
}

/** Counts a table's rows. */
export async function countRows(session: Session, schema: string, name: string): Promise<number> {
  const [[count] = []] = await readRows(
    await session.runOne(`SELECT pg_catalog.count(*) FROM ${quoteQualified(schema, name)}`),
  );
  return Number(count ?? 0);
}

/** Bytes of all tables of a schema with their indexes. */
export async function readSchemaBytes(session: Session, schema: string): Promise<number> {
  const [[bytes] = []] = await readRows(
    await session.runOne(
      `SELECT pg_catalog.sum(pg_catalog.pg_total_relation_size(c.oid)) FROM pg_catalog.pg_class c
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = ${quoteLiteral(schema)} AND c.relkind IN ('r', 'm')`,
    ),
  );
  return Number(bytes ?? 0);
}

/** Lets the planner look at tables that it knows nothing of. */
export async function analyze(session: Session, schema: string, names: readonly string[]): Promise<void> {
  await readRows(await session.run(`ANALYZE ${names.map((name) => quoteQualified(schema, name)).join(", ")}`));
}
