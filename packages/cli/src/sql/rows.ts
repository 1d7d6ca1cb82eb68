import { CommandError } from "../command-error.ts";
import { type Cell, toCell } from "../output/cell.ts";
import { readCsv } from "../output/csv-reader.ts";

/** A row as the SDK gives it. */
export type Row = Record<string, unknown>;

/** Rows as text: the names of the columns once the first row is there, then batches of cells in that order. */
export interface TextRows {
  columns: readonly string[];
  batches: AsyncIterable<readonly Cell[][]>;
}

/** What of a result is wanted. */
export interface Selection {
  /** Columns by name, in this order; all by default. */
  columns?: readonly string[];
  /** Rows at most. */
  limit?: number;
}

/** What of the SDK's row stream is used here. */
export interface RowSource {
  batches(): AsyncIterable<readonly Row[]>;
  /** Columns by name, once the last row has been read. */
  readonly fields: Readonly<Record<string, unknown>> | undefined;
}

/** The names of the columns: those of the first row, else those that the answer ends with. */
export function columnsOf(source: RowSource, first: Row | undefined): string[] {
  return Object.keys(first ?? source.fields ?? {});
}

/** Batches until `limit` items have passed; leaving early ends the source, and with it the query. */
export async function* take<T>(
  batches: AsyncIterable<readonly T[]>,
  limit: number = Infinity,
): AsyncGenerator<readonly T[]> {
  if (limit <= 0) return;
  let left = limit;
  for await (const batch of batches) {
    if (batch.length >= left) {
      yield batch.slice(0, left);
      return;
    }
    left -= batch.length;
    yield batch;
  }
}

/** Rows of a CSV document that has a header line. Closing them cancels `source`. */
export async function fromCsv(source: AsyncIterable<Uint8Array>, selection: Selection): Promise<TextRows> {
  const records = readCsv(source)[Symbol.asyncIterator]();
  const first = await records.next();
  const [header, ...rest] = first.done ? [] : first.value;
  const names = (header ?? []).map((name) => name ?? "");
  const columns = pickColumns(names, selection.columns);
  const places = columns.map((name) => names.indexOf(name));
  const pick = (batch: Cell[][]): Cell[][] =>
    selection.columns ? batch.map((row) => places.map((at) => row[at] ?? null)) : batch;
  async function* batches(): AsyncGenerator<Cell[][]> {
    try {
      if (rest.length > 0) yield pick(rest);
      for (let next = await records.next(); !next.done; next = await records.next()) yield pick(next.value);
    } finally {
      await records.return();
    }
  }
  return { columns, batches: take(batches(), selection.limit) };
}

/** Rows of objects as text, columns as the first row has them, else as the answer ends with. */
export async function fromObjects(source: RowSource, selection: Selection): Promise<TextRows> {
  const peeked = await peek(source.batches());
  const columns = pickColumns(columnsOf(source, peeked.first?.[0]), selection.columns);
  async function* batches(): AsyncGenerator<Cell[][]> {
    for await (const batch of take(peeked.all, selection.limit)) {
      yield batch.map((row) => columns.map((name) => toCell(row[name])));
    }
  }
  return { columns, batches: batches() };
}

/** The first batch that isn't empty, and everything again from the start. */
export async function peek<T>(
  source: AsyncIterable<readonly T[]>,
): Promise<{ first: readonly T[] | undefined; all: AsyncIterable<readonly T[]> }> {
  const iterator = source[Symbol.asyncIterator]();
  let next = await iterator.next();
  while (!next.done && next.value.length === 0) next = await iterator.next();
  const first = next.done ? undefined : next.value;
  async function* all(): AsyncGenerator<readonly T[]> {
    try {
      for (; !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { first, all: all() };
}

/** The columns asked for, checked against those there are. @throws {@link CommandError} for one that isn't there. */
export function pickColumns(names: readonly string[], asked: readonly string[] | undefined): readonly string[] {
  if (!asked || names.length === 0) return names;
  const missing = asked.find((name) => !names.includes(name));
  if (missing === undefined) return asked;
  throw new CommandError(`the result has no column "${missing}"`, `its columns are ${names.join(", ")}`);
}
