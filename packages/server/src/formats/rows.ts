import type { ResultStream } from "../db/result.ts";
import { BACKSLASH, NEWLINE } from "./ascii.ts";
import { fieldEnd, RowSplitter, unescapeCopy } from "./copy-text.ts";

const NULL_FIELD = "\\N";

/**
 * Reads a small result as a whole: its rows' fields in PostgreSQL's text, null for NULL.
 *
 * Several results follow each other.
 */
export async function readRows(result: ResultStream): Promise<(string | null)[][]> {
  const rows: (string | null)[][] = [];
  const splitter = new RowSplitter();
  for await (const { columns, text } of result.chunks) {
    const whole = splitter.push(text);
    if (whole) for (const row of rowsOf(whole, columns.length)) rows.push(row);
  }
  return rows;
}

/** Reads whole rows of COPY text, each of so many columns. */
export function rowsOf(text: Buffer, columns: number): (string | null)[][] {
  const rows: (string | null)[][] = [];
  for (let at = 0; at < text.length; ) {
    const row: (string | null)[] = [];
    for (let i = 0; i < columns; i++) {
      const end = fieldEnd(text, at);
      row.push(readField(text, at, end));
      at = end + 1;
    }
    if (columns === 0) at = text.indexOf(NEWLINE, at) + 1;
    rows.push(row);
  }
  return rows;
}

function readField(text: Buffer, start: number, end: number): string | null {
  const field = text.subarray(start, end);
  if (!field.includes(BACKSLASH)) return field.toString("utf8");
  if (field.toString("latin1") === NULL_FIELD) return null;
  return unescapeCopy(text, start, end).toString("utf8");
}
