import type { Cell } from "./cell.ts";

const LARGE_RECORD = 1 << 20;

/**
 * Reads CSV (RFC 4180, any line end) as batches of records, one batch for each chunk that completed some.
 *
 * An unquoted empty field is NULL and a quoted one the empty string, as PostgreSQL's COPY writes them.
 */
export async function* readCsv(source: AsyncIterable<Uint8Array>): AsyncGenerator<Cell[][], void, undefined> {
  const decoder = new TextDecoder();
  let carry = "";
  let fresh = "";
  for await (const chunk of source) {
    fresh += decoder.decode(chunk, { stream: true });
    // A record of many megabytes is scanned again only when the text has doubled, which keeps the work linear.
    if (carry.length > LARGE_RECORD && fresh.length < carry.length) continue;
    const parsed = parseRecords(carry + fresh, false);
    carry = parsed.rest;
    fresh = "";
    if (parsed.records.length > 0) yield parsed.records;
  }
  const { records } = parseRecords(carry + fresh + decoder.decode(), true);
  if (records.length > 0) yield records;
}

/** The first record of a text that may go on after it; undefined when the text ends inside it. */
export function firstRecord(
  text: string,
  ended: boolean,
  delimiter: string,
): { cells: Cell[]; length: number } | undefined {
  const record = parseRecord(text, 0, { ended, delimiter });
  return record && { cells: record.cells, length: record.end };
}

function parseRecords(text: string, ended: boolean): { records: Cell[][]; rest: string } {
  const records: Cell[][] = [];
  let at = 0;
  while (at < text.length) {
    const record = parseRecord(text, at, { ended, delimiter: "," });
    if (!record) break;
    records.push(record.cells);
    at = record.end;
  }
  return { records, rest: text.slice(at) };
}

/** One record from `start`; undefined when its end isn't in `text` yet. */
function parseRecord(
  text: string,
  start: number,
  how: { ended: boolean; delimiter: string },
): { cells: Cell[]; end: number } | undefined {
  const { ended, delimiter } = how;
  const cells: Cell[] = [];
  let at = start;
  for (;;) {
    const field = text[at] === '"' ? quotedField(text, at, ended) : unquotedField(text, at, delimiter);
    if (!field) return undefined;
    cells.push(field.cell);
    const next = text[field.end];
    if (next === delimiter) {
      at = field.end + 1;
      continue;
    }
    if (next === "\n") return { cells, end: field.end + 1 };
    // A carriage return at the end of the text may have its newline in the next chunk.
    if (next === "\r" && (ended || field.end + 1 < text.length)) {
      return { cells, end: field.end + (text[field.end + 1] === "\n" ? 2 : 1) };
    }
    return ended && next === undefined ? { cells, end: field.end } : undefined;
  }
}

function unquotedField(text: string, start: number, delimiter: string): { cell: Cell; end: number } {
  const stop = delimiter.charCodeAt(0);
  let end = start;
  for (; end < text.length; end += 1) {
    const code = text.charCodeAt(end);
    if (code === stop || code === 10 || code === 13) break;
  }
  return { cell: end === start ? null : text.slice(start, end), end };
}

function quotedField(text: string, start: number, ended: boolean): { cell: Cell; end: number } | undefined {
  let close = text.indexOf('"', start + 1);
  while (close >= 0 && text[close + 1] === '"') close = text.indexOf('"', close + 2);
  if (close < 0) return ended ? { cell: text.slice(start + 1), end: text.length } : undefined;
  // The quote that ends the text may be the first half of an escaped one.
  if (close + 1 === text.length && !ended) return undefined;
  return { cell: text.slice(start + 1, close).replaceAll('""', '"'), end: close + 1 };
}
