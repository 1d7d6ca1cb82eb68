import { setTimeout } from "node:timers/promises";
import type { Carto } from "@carto-ts/sdk";
import type { Context } from "../context.ts";
import { type Cell, toCell } from "../output/cell.ts";
import { geometryLabel } from "../output/geometry.ts";
import { createStyle, PLAIN } from "../output/style.ts";
import { createTable, type Table, type TableColumn } from "../output/table.ts";
import { formatCount, formatDuration, plural } from "../output/units.ts";
import { sayOutcome } from "./outcome.ts";
import { columnsOf, pickColumns, type Row } from "./rows.ts";
import type { Destination, Query } from "./write-result.ts";

/** Rows that a table shows on a terminal when no `--limit` is given. */
const SCREENFUL = 40;
/** Rows that settle the widths of the columns. */
const SAMPLE = 1000;
/** Milliseconds that rows beyond those shown are counted for. */
const COUNTING_MS = 1000;

/** Draws the first rows as a table, and says on stderr how many there are in all. */
export async function writeTable(context: Context, carto: Carto, query: Query, to: Destination): Promise<void> {
  const terminal = context.io.stdout.isTTY === true && !to.toFile;
  const limit = query.limit ?? (terminal ? SCREENFUL : Infinity);
  const stream = carto.sql.stream<Row>(query.q, {}, { signal: to.signal });
  const rows = new RowReader(stream.batches());
  const sample = await rows.read(Math.min(limit, SAMPLE));
  const names = columnsOf(stream, sample[0]);
  if (names.length === 0) return sayOutcome(context, stream.summary());
  const columns = pickColumns(names, query.columns);
  const toCells = (row: Row): Cell[] => columns.map((name) => cellOf(row[name], terminal));
  const table = createTable(alignColumns(columns, sample), sample.map(toCells), {
    header: query.header,
    nullText: query.null ?? "NULL",
    style: terminal ? createStyle(context.io.stdout, context.io.env) : PLAIN,
    ...(terminal && { width: context.io.stdout.columns ?? 80 }),
  });
  const shown = await writeRows(table, sample, rows, { limit, to, toCells });
  const total = await countRest(rows, shown);
  const time = total.whole ? stream.summary().time : undefined;
  sayFooter(context, { shown, ...total, time, columns: columns.length, hidden: table.hidden });
}

async function writeRows(
  table: Table,
  sample: readonly Row[],
  rows: RowReader,
  how: { limit: number; to: Destination; toCells: (row: Row) => Cell[] },
): Promise<number> {
  const { limit, to, toCells } = how;
  const draw = (some: readonly Row[]): string => some.map((row) => table.line(toCells(row))).join("");
  await to.sink.write(table.head + draw(sample));
  let shown = sample.length;
  while (shown < limit) {
    const more = await rows.read(Math.min(limit - shown, SAMPLE));
    if (more.length === 0) break;
    shown += more.length;
    await to.sink.write(draw(more));
  }
  await to.sink.write(table.foot);
  return shown;
}

/** Counts the rows that are left, for a second at most: the query ends with the command. */
async function countRest(rows: RowReader, shown: number): Promise<{ total: number; whole: boolean }> {
  const patience = new AbortController();
  const over = setTimeout(COUNTING_MS, undefined, { signal: patience.signal }).catch(() => undefined);
  let total = shown;
  try {
    for (;;) {
      const more = await Promise.race([rows.read(SAMPLE), over]);
      if (more === undefined) return { total, whole: false };
      if (more.length === 0) return { total, whole: true };
      total += more.length;
    }
  } finally {
    patience.abort();
  }
}

interface Footer {
  shown: number;
  total: number;
  whole: boolean;
  time: number | undefined;
  columns: number;
  hidden: number;
}

function sayFooter(context: Context, footer: Footer): void {
  const { shown, total, whole, columns, hidden } = footer;
  const all = plural(total, "row");
  const parts = [
    whole
      ? shown === total
        ? all
        : `${formatCount(shown)} of ${all}`
      : `first ${formatCount(shown)} of more than ${all}`,
  ];
  if (hidden > 0) parts.push(`${columns - hidden} of ${columns} columns (--columns picks, --format csv has all)`);
  if (footer.time !== undefined) parts.push(formatDuration(footer.time * 1000));
  context.say(parts.join(", "), "dim");
}

function cellOf(value: unknown, short: boolean): Cell {
  const cell = toCell(value);
  return short && typeof value === "string" ? (geometryLabel(value) ?? value) : cell;
}

function alignColumns(names: readonly string[], sample: readonly Row[]): TableColumn[] {
  return names.map((name) => {
    const values = sample.map((row) => row[name]).filter((value) => value !== null && value !== undefined);
    const numeric = values.length > 0 && values.every((value) => typeof value === "number");
    return { name, align: numeric ? "end" : "start" };
  });
}

/** Reads an exact number of rows from batches of any size. */
class RowReader {
  readonly #batches: AsyncIterator<readonly Row[]>;
  #batch: readonly Row[] = [];
  #at = 0;

  constructor(batches: AsyncIterable<readonly Row[]>) {
    this.#batches = batches[Symbol.asyncIterator]();
  }

  /** Up to `count` rows; fewer only at the end. */
  async read(count: number): Promise<readonly Row[]> {
    const rows: Row[] = [];
    while (rows.length < count) {
      if (this.#at === this.#batch.length) {
        const next = await this.#batches.next();
        if (next.done) break;
        this.#batch = next.value;
        this.#at = 0;
      }
      const some = this.#batch.slice(this.#at, this.#at + count - rows.length);
      rows.push(...some);
      this.#at += some.length;
    }
    return rows;
  }
}
