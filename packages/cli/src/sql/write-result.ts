import type { Carto } from "@carto-ts/sdk";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import type { Cell } from "../output/cell.ts";
import { encodeCsv } from "../output/csv.ts";
import { escapeControls } from "../output/escape.ts";
import { BINARY_FORMATS, type Format, type ServerFormat } from "../output/format.ts";
import { encodeMarkdown, markdownRule } from "../output/markdown.ts";
import type { Sink } from "../output/sink.ts";
import { encodeTsv } from "../output/tsv.ts";
import { sayOutcome } from "./outcome.ts";
import { columnsOf, fromCsv, fromObjects, peek, pickColumns, type Row, type Selection, take } from "./rows.ts";
import { isPlainRead } from "./statement.ts";
import { writeTable } from "./write-table.ts";

/** A query and how its rows are wanted. */
export interface Query extends Selection {
  q: string;
  format: Format;
  /** Whether names of columns are written. */
  header: boolean;
  /** What stands for NULL, where it isn't the format's own. */
  null?: string;
  /** Name of the file to be, which KML calls its folder by. */
  filename?: string;
}

/** Where a result goes. */
export interface Destination {
  sink: Sink;
  /** Aborting it cancels the query. */
  signal: AbortSignal;
  toFile: boolean;
}

/** Runs the query and writes its rows as they arrive; memory stays flat, whatever their number. */
export async function writeResult(context: Context, carto: Carto, query: Query, to: Destination): Promise<void> {
  switch (query.format) {
    case "table":
      return writeTable(context, carto, query, to);
    case "json":
    case "ndjson":
      return writeJson(carto, query, to);
    case "csv":
    case "tsv":
    case "md":
      return writeText(context, carto, query, to, query.format);
    default:
      return writeFile(context, carto, query, { ...to, format: query.format });
  }
}

interface Encoding {
  encode: (cells: readonly Cell[], nullText?: string) => string;
  afterHeader: (columns: number) => string;
}

const ENCODINGS: Readonly<Record<"csv" | "tsv" | "md", Encoding>> = {
  csv: { encode: encodeCsv, afterHeader: () => "" },
  tsv: { encode: encodeTsv, afterHeader: () => "" },
  md: { encode: encodeMarkdown, afterHeader: markdownRule },
};

async function writeText(
  context: Context,
  carto: Carto,
  query: Query,
  to: Destination,
  format: "csv" | "tsv" | "md",
): Promise<void> {
  const { sink, signal } = to;
  const { encode, afterHeader } = ENCODINGS[format];
  // The server's CSV has every value as PostgreSQL writes it; JSON rounds large numbers and fractions of seconds.
  const read = isPlainRead(query.q);
  const stream = read ? undefined : carto.sql.stream<Row>(query.q, {}, { signal });
  const { columns, batches } = stream
    ? await fromObjects(stream, query)
    : await fromCsv(await carto.sql.export(query.q, { format: "csv" }, { signal }), query);
  // Data must not reach a terminal as commands; anywhere else it is written as it is.
  const safe = context.io.stdout.isTTY && !to.toFile ? escapeControls : (text: string): string => text;
  const line = (cells: readonly Cell[]): string =>
    encode(
      cells.map((cell) => (cell === null ? null : safe(cell))),
      query.null,
    );
  if (columns.length > 0 && (query.header || format === "md"))
    await sink.write(line(columns) + afterHeader(columns.length));
  for await (const batch of batches) await sink.write(batch.map(line).join(""));
  if (stream && columns.length === 0) sayOutcome(context, stream.summary());
}

async function writeJson(carto: Carto, query: Query, to: Destination): Promise<void> {
  const { sink, signal } = to;
  const stream = carto.sql.stream<Row>(query.q, {}, { signal });
  const { first, all } = await peek(stream.batches());
  const columns = pickColumns(columnsOf(stream, first?.[0]), query.columns);
  const encode = (row: Row): string =>
    JSON.stringify(query.columns ? Object.fromEntries(columns.map((name) => [name, row[name]])) : row);
  const lines = query.format === "ndjson";
  let separator = lines ? "" : "[\n";
  for await (const batch of take(all, query.limit)) {
    await sink.write(separator + batch.map(encode).join(lines ? "\n" : ",\n") + (lines ? "\n" : ""));
    separator = lines ? "" : ",\n";
  }
  if (!lines) await sink.write(separator === "[\n" ? "[]\n" : "\n]\n");
}

/** Passes through what the server made: only it can turn a geometry into these formats. */
async function writeFile(
  context: Context,
  carto: Carto,
  { q, columns, limit, filename }: Query,
  { sink, signal, toFile, format }: Destination & { format: ServerFormat },
): Promise<void> {
  if (columns || limit !== undefined) {
    throw new CommandError(
      `${format} is made by the server as a whole`,
      "select the columns and the rows in the SQL itself",
    );
  }
  if (BINARY_FORMATS.has(format) && context.io.stdout.isTTY && !toFile) {
    throw new CommandError(`${format} is binary, nothing for a terminal`, "write it to a file with -o");
  }
  const params = filename === undefined ? { format } : { format, filename };
  for await (const chunk of await carto.sql.export(q, params, { signal })) await sink.write(chunk);
}
