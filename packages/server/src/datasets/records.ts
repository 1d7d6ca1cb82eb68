import type { Session } from "../db/engine.ts";
import { quoteIdent, quoteIdents, quoteLiteral } from "../db/identifier.ts";
import { readRows } from "../formats/rows.ts";
import type { ColumnFacts } from "./relation.ts";

/** A table and its columns, to read and write its rows. */
export interface RecordTable {
  /** Schema and name, quoted. */
  table: string;
  columns: readonly ColumnFacts[];
}

/** Fields of a row by the names of their columns. */
export type Fields = Readonly<Record<string, unknown>>;

const HIDDEN = "the_geom_webmercator";
/** What a body has besides a row's fields, and what a row's writer can't set. */
const UNWRITABLE = new Set(["api_key", "client", "callback", HIDDEN]);

/** The fields of a body that are of a row. */
export function toFields(body: Fields): Fields {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !UNWRITABLE.has(name)));
}

/** Columns of a row that is called `r`, geometries as GeoJSON. */
function shown(columns: readonly ColumnFacts[]): string {
  return columns
    .filter(({ name }) => name !== HIDDEN)
    .map(({ name, geometry }) => {
      const column = `r.${quoteIdent(name)}`;
      return geometry === null ? column : `ST_AsGeoJSON(${column}) AS ${quoteIdent(name)}`;
    })
    .join(", ");
}

/** One row as JSON text. `source` is a SELECT's FROM, or the name of a CTE, that is called `r`. */
const asJson = (columns: readonly ColumnFacts[], source: string): string =>
  `SELECT pg_catalog.row_to_json(shown) FROM (SELECT ${shown(columns)} FROM ${source}) AS shown`;

function toSql(column: ColumnFacts | undefined, value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (column?.geometry === undefined || column.geometry === null || text === "") return quoteLiteral(text);
  return `ST_SetSRID(ST_GeomFromGeoJSON(${quoteLiteral(text)}), 4326)`;
}

async function readOne(session: Session, statement: string): Promise<string | undefined> {
  const [[json] = []] = await readRows(await session.runOne(statement));
  return json ?? undefined;
}

/** Reads a row as JSON text; undefined where there is none. `id` is its `cartodb_id`, digits. */
export function readRecord(session: Session, { table, columns }: RecordTable, id: string): Promise<string | undefined> {
  return readOne(session, asJson(columns, `${table} AS r WHERE r.cartodb_id = ${id}`));
}

/** Adds a row. Writes. @returns it as JSON text. */
export async function insertRecord(session: Session, target: RecordTable, fields: Fields): Promise<string> {
  const { table, columns } = target;
  const names = Object.keys(fields);
  const values = names.map((name) => toSql(find(columns, name), fields[name])).join(", ");
  const insert =
    names.length === 0
      ? `INSERT INTO ${table} DEFAULT VALUES`
      : `INSERT INTO ${table} (${quoteIdents(names)}) VALUES (${values})`;
  return (await readOne(session, `WITH r AS (${insert} RETURNING *) ${asJson(columns, "r")}`)) ?? "{}";
}

/** Changes fields of a row. Writes. @returns it as JSON text; undefined where there is none. */
export function updateRecord(
  session: Session,
  target: RecordTable,
  { id, fields }: { id: string; fields: Fields },
): Promise<string | undefined> {
  const { table, columns } = target;
  const { cartodb_id: _, ...rest } = fields;
  const sets = Object.entries(rest).map(
    ([name, value]) => `${quoteIdent(name)} = ${toSql(find(columns, name), value)}`,
  );
  if (sets.length === 0) return readRecord(session, target, id);
  const update = `UPDATE ${table} SET ${sets.join(", ")} WHERE cartodb_id = ${id} RETURNING *`;
  return readOne(session, `WITH r AS (${update}) ${asJson(columns, "r")}`);
}

/** Removes a row. Writes. @returns whether there was one. */
export async function deleteRecord(session: Session, table: string, id: string): Promise<boolean> {
  const rows = await readRows(await session.runOne(`DELETE FROM ${table} WHERE cartodb_id = ${id} RETURNING 1`));
  return rows.length > 0;
}

const find = (columns: readonly ColumnFacts[], name: string): ColumnFacts | undefined =>
  columns.find((column) => column.name === name);
