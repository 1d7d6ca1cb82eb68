import type { Session } from "../db/engine.ts";
import { quoteIdent } from "../db/identifier.ts";
import { readRows } from "../formats/rows.ts";
import { HttpError } from "../http/errors.ts";

/** PostgreSQL's types of CARTO's. */
const TYPES: Readonly<Record<string, string>> = {
  number: "double precision",
  string: "text",
  boolean: "boolean",
  date: "timestamp with time zone",
};
/** A name of a type, with what it takes in brackets. */
const TYPE = /^[a-z][a-z0-9_ ]*(?:\([a-z0-9_ ,]+\))?[a-z ]*(?:\[\])*$/i;
/** Columns that a dataset has as long as it is one. */
const KEPT = new Set(["cartodb_id", "the_geom", "the_geom_webmercator"]);

/** The type that is meant by CARTO's or PostgreSQL's name for it. @throws {@link HttpError} 400 for what is no name. */
function toPgType(type: string): string {
  const known = TYPES[type.toLowerCase()];
  if (known !== undefined) return known;
  if (!TYPE.test(type)) throw new HttpError(400, `${JSON.stringify(type)} is no type of a column`);
  return type;
}

function refuseKept(name: string): void {
  if (KEPT.has(name)) throw new HttpError(400, `column ${name} is what makes the table a dataset and can't be changed`);
}

/** Runs one statement that gives no rows. */
async function execute(session: Session, statement: string): Promise<void> {
  await readRows(await session.runOne(statement));
}

/** Adds a column to a table, whose name is quoted already. Writes. */
export async function addColumn(
  session: Session,
  table: string,
  { name, type }: { name: string; type: string },
): Promise<void> {
  await execute(session, `ALTER TABLE ${table} ADD COLUMN ${quoteIdent(name)} ${toPgType(type)}`);
}

/** Gives a column another type, and then another name. Writes. @throws PgError where a value doesn't fit the type. */
export async function changeColumn(
  session: Session,
  table: string,
  { name, type, newName }: { name: string; type: string | undefined; newName: string },
): Promise<void> {
  refuseKept(name);
  const column = quoteIdent(name);
  if (type !== undefined) {
    const target = toPgType(type);
    await execute(session, `ALTER TABLE ${table} ALTER COLUMN ${column} TYPE ${target} USING ${column}::${target}`);
  }
  if (newName !== name) {
    await execute(session, `ALTER TABLE ${table} RENAME COLUMN ${column} TO ${quoteIdent(newName)}`);
  }
}

/** Drops a column. Writes. @throws PgError where something depends on it. */
export async function dropColumn(session: Session, table: string, name: string): Promise<void> {
  refuseKept(name);
  await execute(session, `ALTER TABLE ${table} DROP COLUMN ${quoteIdent(name)}`);
}
