import type { Context } from "../context.ts";
import type { Cell } from "./cell.ts";
import { encodeCsv } from "./csv.ts";
import { escapeControls } from "./escape.ts";
import { encodeMarkdown, markdownRule } from "./markdown.ts";
import { openSink } from "./sink.ts";
import { createStyle, PLAIN } from "./style.ts";
import { createTable } from "./table.ts";
import { encodeTsv } from "./tsv.ts";

/** How lists of objects are written. */
export const LIST_FORMATS = ["table", "csv", "tsv", "json", "ndjson", "md"] as const;

/** One of {@link LIST_FORMATS}. */
export type ListFormat = (typeof LIST_FORMATS)[number];

/** One column of a list of objects. */
export interface Column<Item> {
  readonly name: string;
  /** `end` puts it to the right, as numbers are. */
  readonly align: "start" | "end";
  cell(item: Item): Cell;
}

/** Writes a list of objects to stdout: their columns, or as JSON all of each. Nothing at all is an empty list. */
export async function writeRecords<Item>(
  { io }: Context,
  items: readonly Item[],
  { columns, format }: { columns: readonly Column<Item>[]; format: ListFormat },
): Promise<void> {
  const sink = await openSink(io);
  const names = columns.map(({ name }) => name);
  const rows = items.map((item) => columns.map(({ cell }) => cell(item)));
  // Data must not reach a terminal as commands; anywhere else it is written as it is.
  const safe = (cells: readonly Cell[]): Cell[] =>
    cells.map((cell) => (cell === null || !io.stdout.isTTY ? cell : escapeControls(cell)));
  switch (format) {
    case "json":
      return sink.write(`${JSON.stringify(items, null, 2)}\n`);
    case "ndjson":
      return sink.write(items.map((item) => `${JSON.stringify(item)}\n`).join(""));
    case "csv":
      return sink.write([names, ...rows].map((cells) => encodeCsv(safe(cells))).join(""));
    case "tsv":
      return sink.write([names, ...rows].map((cells) => encodeTsv(safe(cells))).join(""));
    case "md":
      return sink.write(
        encodeMarkdown(names) + markdownRule(names.length) + rows.map((cells) => encodeMarkdown(safe(cells))).join(""),
      );
    case "table":
      if (rows.length > 0) await sink.write(drawTable(io, columns, rows));
  }
}

function drawTable(
  io: Context["io"],
  columns: readonly Omit<Column<never>, "cell">[],
  rows: readonly Cell[][],
): string {
  const terminal = io.stdout.isTTY === true;
  const table = createTable(columns, rows, {
    nullText: "",
    style: terminal ? createStyle(io.stdout, io.env) : PLAIN,
    ...(terminal && { width: io.stdout.columns ?? 80 }),
  });
  return table.head + rows.map(table.line).join("") + table.foot;
}
