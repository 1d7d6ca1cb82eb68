import type { Field } from "./record-parser.ts";

const QUOTE = Buffer.from('"');

/** Rows on their way to COPY: runs of the file's own bytes, and rows written anew between them. */
export class RowOutput {
  #pieces: Buffer[] = [];

  /** Adds whole rows. */
  add(rows: Buffer): void {
    if (rows.length > 0) this.#pieces.push(rows);
  }

  /** Takes all rows that were added; without copying where they are of one piece. */
  take(): Buffer | undefined {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces.length > 1 ? Buffer.concat(pieces) : pieces[0];
  }
}

/**
 * Writes fields so that COPY reads them as they are meant, in quotes where they were or must be.
 *
 * @param ends Takes where each field ends.
 * @returns The record without a line end.
 */
export function writeRecord(fields: readonly Field[], delimiter: number, ends: Int32Array): Buffer {
  const separator = Buffer.from([delimiter]);
  const pieces: Buffer[] = [];
  let length = 0;
  for (const [i, { text, quoted }] of fields.entries()) {
    const field = quoted || needsQuotes(text, delimiter) ? [QUOTE, doubled(text), QUOTE] : [text];
    const added = i === 0 ? field : [separator, ...field];
    pieces.push(...added);
    length = added.reduce((sum, piece) => sum + piece.length, length);
    ends[i] = length;
  }
  return Buffer.concat(pieces, length);
}

const needsQuotes = (text: Buffer, delimiter: number): boolean =>
  text.includes(QUOTE) || text.includes(delimiter) || text.includes("\n") || text.includes("\r");

const doubled = (text: Buffer): Buffer =>
  text.includes(QUOTE) ? Buffer.from(text.toString("latin1").replaceAll('"', '""'), "latin1") : text;
