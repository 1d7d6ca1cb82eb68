import { quoteIdent } from "../../db/identifier.ts";

/** Names of a query's columns. */
export interface DatedColumns {
  /** All of them, in the query's order. */
  allColumns: readonly string[];
  /** Those that are dates or times. */
  dateColumns: readonly string[];
}

/** A query around a query in which dates and times are seconds since 1970; the query itself where it has none. */
export function numberDates(sql: string, { allColumns, dateColumns }: DatedColumns): string {
  if (dateColumns.length === 0) return sql;
  const dates = new Set(dateColumns);
  const columns = allColumns.map((name) => {
    const column = quoteIdent(name);
    return dates.has(name) ? `date_part('epoch', ${column}) AS ${column}` : column;
  });
  // A newline ends a comment at the query's end.
  return `SELECT ${columns.join(", ")} FROM (${sql}\n) AS _cdb_dated`;
}
