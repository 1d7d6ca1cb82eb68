import { CommandError } from "../command-error.ts";
import { withoutEnd } from "../sql/statement.ts";

/** Formats of COPY that are offered: PostgreSQL's `text` is tab-separated. */
export const COPY_FORMATS = ["csv", "text", "binary"] as const;

/** One of {@link COPY_FORMATS}. */
export type CopyFormat = (typeof COPY_FORMATS)[number];

/** A table by its names, as PostgreSQL would fold them. */
export interface TableName {
  schema?: string;
  table: string;
}

const NAME = /^(?:([\p{L}_][\p{L}\p{N}_$]*)|"((?:[^"]|"")+)")(?:\.(?:([\p{L}_][\p{L}\p{N}_$]*)|"((?:[^"]|"")+)"))?$/u;

/**
 * Reads `table`, `schema.table` and their quoted forms; undefined when `text` is something else, so a query.
 *
 * Names without quotes are folded to lower case, as in SQL.
 */
export function parseTableName(text: string): TableName | undefined {
  const match = NAME.exec(text.trim());
  if (!match) return undefined;
  const [, plain, quoted, plain2, quoted2] = match;
  const first = fold(plain, quoted);
  const second = fold(plain2, quoted2);
  return second === "" ? { table: first } : { schema: first, table: second };
}

function fold(plain: string | undefined, quoted: string | undefined): string {
  return plain?.toLowerCase() ?? quoted?.replaceAll('""', '"') ?? "";
}

/** A table's names as SQL. */
export function quoteTableName({ schema, table }: TableName): string {
  return schema === undefined ? quoteName(table) : `${quoteName(schema)}.${quoteName(table)}`;
}

/** Whether `text` is a COPY statement of the user's own. */
export function isCopyStatement(text: string): boolean {
  return /^\s*copy\s/i.test(text);
}

/** How data is written in a file. */
export interface CopyLayout {
  format: CopyFormat;
  /** Whether the first line holds the names of the columns; CSV only, when the server writes. */
  header: boolean;
  delimiter?: string | undefined;
  /** What stands for NULL. */
  null?: string | undefined;
  columns?: readonly string[] | undefined;
}

/** `COPY … TO STDOUT` for a table, for a query, or the user's own statement. */
export function copyToStatement(target: string, layout: CopyLayout): string {
  if (isCopyStatement(target)) return target.trim();
  const table = parseTableName(target);
  const columns = layout.columns?.map(quoteName).join(", ");
  if (!table && columns)
    throw new CommandError("--columns goes with a table", "select the columns in the query itself");
  const source = table ? `${quoteTableName(table)}${columns ? ` (${columns})` : ""}` : `(${withoutEnd(target).trim()})`;
  return `COPY ${source} TO STDOUT WITH (${optionsOf(layout).join(", ")})`;
}

function optionsOf(layout: CopyLayout): string[] {
  const { format, header, delimiter } = layout;
  const options = [`FORMAT ${format}`];
  if (header && format === "csv") options.push("HEADER true");
  if (delimiter !== undefined) options.push(`DELIMITER ${quoteText(delimiter)}`);
  if (layout.null !== undefined) options.push(`NULL ${quoteText(layout.null)}`);
  return options;
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function quoteText(text: string): string {
  const quoted = `'${text.replaceAll("'", "''").replaceAll("\\", "\\\\")}'`;
  return text.includes("\\") ? `E${quoted}` : quoted;
}
