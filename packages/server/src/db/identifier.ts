/** The one place by which names and values get into SQL text. */

/** A value, or a statement, that can't be written into SQL. */
export class UnquotableError extends Error {
  override readonly name = "UnquotableError";
}

function refuseNul(text: string): void {
  if (text.includes("\0")) throw new UnquotableError("a NUL character can't be sent to PostgreSQL");
}

/** Quotes a name as an SQL identifier: `a"b` becomes `"a""b"`. @throws {@link UnquotableError} on a NUL. */
export function quoteIdent(name: string): string {
  refuseNul(name);
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes a schema and a name: `"public"."t"`. */
export const quoteQualified = (schema: string, name: string): string => `${quoteIdent(schema)}.${quoteIdent(name)}`;

/** Quotes a string as an SQL literal; valid whatever `standard_conforming_strings` says. */
export function quoteLiteral(text: string): string {
  refuseNul(text);
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes("\\") ? ` E${quoted.replaceAll("\\", "\\\\")}` : quoted;
}

/** Quotes names as a comma-separated list of identifiers. */
export const quoteIdents = (names: readonly string[]): string => names.map(quoteIdent).join(", ");

/** How a SELECT is narrowed before it runs. */
export interface Paging {
  orderBy?: string | undefined;
  sortOrder?: "asc" | "desc" | undefined;
  /** Rows to give; with {@link offset}. */
  limit?: number | undefined;
  offset?: number | undefined;
}

/** Wraps a SELECT to order it and to take one page of it. `withClause` stays in front of the whole. */
export function pageOf(q: string, paging: Paging): string {
  const order = paging.orderBy === undefined ? "" : ` ORDER BY ${quoteIdent(paging.orderBy)} ${paging.sortOrder ?? ""}`;
  const limit = paging.limit === undefined ? "" : ` LIMIT ${paging.limit} OFFSET ${paging.offset ?? 0}`;
  return `SELECT * FROM (${q}\n) AS cdbq_1${order}${limit}`;
}

/** A table of the rows of a SELECT. */
export const createTableAs = (table: string, q: string): string => `CREATE TABLE ${table} AS (${q}\n)`;

/** A table of columns that are given as SQL. What comes of it is to be parsed: it may be more than one statement. */
export const createTable = (table: string, columns: string): string => `CREATE TABLE ${table} (${columns}\n)`;

/** Puts a mark in front of a statement, by which it is found among those that run. `mark` is a UUID. */
export const marked = (mark: string, q: string): string => `/* ${mark} */ ${q}`;
