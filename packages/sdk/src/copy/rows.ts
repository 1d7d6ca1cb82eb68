import { ConfigError } from "../errors.ts";
import { type CopyRow, type CsvDialect, csvHeader, csvWriter } from "./csv-rows.ts";
import type { CopyRows } from "./source.ts";
import { type CopyTarget, isTable } from "./target.ts";

/** Rows as CSV, and the target with the columns that they are in. */
export interface EncodedRows {
  readonly target: CopyTarget;
  /** CSV, a line at a time. */
  readonly lines: AsyncGenerator<string, void, undefined>;
  /** Closes the rows, if `lines` is never read. */
  close(): void;
}

/**
 * Writes rows as the CSV that `target` expects. Reads the first row, when nothing else tells the columns.
 *
 * @throws {@link ConfigError} when the target doesn't take CSV, or when there is no row to tell the columns.
 */
export async function encodeRows(target: CopyTarget, source: CopyRows, onRow: () => void): Promise<EncodedRows> {
  const { dialect, header } = readDialect(target);
  const iterator = iterate(source.rows);
  let columns = source.columns ?? (isTable(target) ? target.columns : undefined);
  let first: IteratorResult<CopyRow> | undefined;
  if (!columns) {
    first = await iterator.next();
    columns = first.done ? [] : Object.keys(first.value);
    if (first.done) throw new ConfigError("There is no row to tell the columns: name them in `columns`");
  }
  const lines = writeBlocks(iterator, first, {
    head: header ? csvHeader(columns, dialect) : "",
    write: csvWriter(columns, dialect),
    onRow,
  });
  return {
    target: isTable(target) ? { ...target, columns } : target,
    lines,
    close: () => void Promise.resolve(iterator.return?.()).catch(() => {}),
  };
}

/** How rows are written. */
export interface Writing {
  /** Text before the first row. */
  readonly head: string;
  write(row: CopyRow): string;
  onRow(): void;
}

/** Writes rows as text, in blocks of 64 KB and more. `first` was read already. Ending early closes the rows. */
export async function* writeBlocks(
  iterator: Iterator<CopyRow> | AsyncIterator<CopyRow>,
  first: IteratorResult<CopyRow> | undefined,
  { head, write, onRow }: Writing,
): AsyncGenerator<string, void, undefined> {
  let block = head;
  let ended = false;
  try {
    for (let next = first ?? iterator.next(); ; next = iterator.next()) {
      const { done, value } = "then" in next ? await next : next;
      ended = done === true;
      if (ended) break;
      block += write(value as CopyRow);
      onRow();
      // A block at a time: an await for every row takes longer than writing it.
      if (block.length < BLOCK) continue;
      yield block;
      block = "";
    }
    if (block !== "") yield block;
  } finally {
    if (!ended) await iterator.return?.();
  }
}

const BLOCK = 65_536;

function iterate(rows: CopyRows["rows"]): Iterator<CopyRow> | AsyncIterator<CopyRow> {
  return Symbol.asyncIterator in rows ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]();
}

function readDialect(target: CopyTarget): { dialect: CsvDialect; header: boolean } {
  if (isTable(target)) {
    const { format = "csv", delimiter = ",", null: nullText = "", header = false } = target;
    if (format === "csv") return { dialect: { delimiter, nullText }, header: header !== false };
  } else {
    const statement = String(target);
    if (/\bcsv\b/i.test(statement) && !/\b(?:delimiter|null|quote|escape)\b/i.test(statement)) {
      return {
        dialect: { delimiter: ",", nullText: "" },
        header: /\bheader\b(?!\s+(?:false|off|0)\b)/i.test(statement),
      };
    }
  }
  throw new ConfigError("Rows are sent as plain CSV: copy them into { table }, or by a statement WITH (FORMAT csv)");
}
