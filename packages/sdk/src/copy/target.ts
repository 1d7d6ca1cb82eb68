import { ConfigError } from "../errors.ts";
import { quoteIdentifier, quoteString } from "../literal.ts";
import { SqlText } from "../sql-text.ts";

/** The encodings of PostgreSQL's COPY. */
export type CopyFormat = "csv" | "text" | "binary";

/** A table to copy into or out of. The names are PostgreSQL's own, with its defaults but for `format`. */
export interface CopyTable {
  table: string;
  schema?: string | undefined;
  /** Columns in the order of the data. @defaultValue the table's own; for rows, the keys of the first row */
  columns?: readonly string[] | undefined;
  /** @defaultValue "csv" */
  format?: CopyFormat | undefined;
  /** Whether the first line holds names; `match` also compares them (PostgreSQL 15). @defaultValue false */
  header?: boolean | "match" | undefined;
  /** One character. @defaultValue a comma in csv, a tab in text */
  delimiter?: string | undefined;
  /** Text that stands for NULL. @defaultValue nothing in csv, `\N` in text */
  null?: string | undefined;
}

/** Where a COPY goes, or what it comes from: a whole COPY statement, or a table. */
export type CopyTarget = string | SqlText | CopyTable;

/** Whether a target is a table rather than a statement. */
export function isTable(target: CopyTarget): target is CopyTable {
  return typeof target === "object" && !SqlText.is(target);
}

/**
 * Writes the COPY statement for a target.
 *
 * @throws {@link ConfigError} for a statement that isn't a COPY in this direction.
 */
export function copyStatement(target: CopyTarget, direction: "FROM STDIN" | "TO STDOUT"): string {
  if (isTable(target)) return tableStatement(target, direction);
  const statement = String(target).trim();
  // A COPY the wrong way round makes the original server hang.
  const wanted = direction === "FROM STDIN" ? /\bfrom\s+stdin\b/i : /\bto\s+stdout\b/i;
  if (/^copy\s/i.test(statement) && wanted.test(statement)) return statement;
  throw new ConfigError(`Give a statement "COPY … ${direction} …", or a table as { table: "name" }`);
}

function tableStatement(table: CopyTable, direction: string): string {
  const { schema, columns, format = "csv", header, delimiter, null: nullText } = table;
  const names = schema === undefined ? [table.table] : [schema, table.table];
  const list = columns === undefined ? "" : ` (${columns.map(quoteIdentifier).join(", ")})`;
  const options = [`FORMAT ${checkFormat(format)}`];
  if (header) options.push(header === "match" ? "HEADER match" : "HEADER true");
  if (delimiter !== undefined) options.push(`DELIMITER ${quoteString(delimiter)}`);
  if (nullText !== undefined) options.push(`NULL ${quoteString(nullText)}`);
  return `COPY ${names.map(quoteIdentifier).join(".")}${list} ${direction} WITH (${options.join(", ")})`;
}

function checkFormat(format: string): string {
  if (format === "csv" || format === "text" || format === "binary") return format;
  throw new ConfigError(`"${format}" is no format of COPY: csv, text or binary`);
}
