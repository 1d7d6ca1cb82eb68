import type { Column, ResultStream, RowChunk } from "../../db/result.ts";
import { HttpError } from "../../http/errors.ts";
import { RowSplitter } from "../copy-text.ts";
import { type DocumentWriter, encodingOf } from "../encoding.ts";
import type { Encoding, Format } from "../format.ts";
import { rowsOf } from "../rows.ts";
import { type ColumnPart, columnPart } from "./column.ts";
import { Part } from "./part.ts";

/** Bytes of a document, at most: its columns are put together in memory, for each begins with its size. */
const MAX_BYTES = 64 * 1024 ** 2;

/**
 * Columns as typed arrays for browsers: a part of parts, the first the names, then one for each column.
 *
 * Nothing is written before the last row was read, so that every error has its status. No rows are no bytes.
 *
 * @see docs/protocol/sql.md#arraybuffer
 */
export const arraybuffer: Format = {
  id: "arraybuffer",
  mime: "application/octet-stream",
  extension: "arraybuffer",
  shape: "columns",
  isBinary: true,
  encode: (result: ResultStream): Encoding => encodingOf(result, new ArrayBufferWriter()),
};

class ArrayBufferWriter implements DocumentWriter {
  readonly #splitter = new RowSplitter();
  #columns: readonly Column[] = [];
  #parts: readonly ColumnPart[] | undefined;

  write({ columns, text }: RowChunk): undefined {
    const rows = this.#splitter.push(text);
    if (rows === undefined) return;
    this.#columns = columns;
    this.#parts ??= columns.map(columnPart);
    for (const row of rowsOf(rows, columns.length)) {
      this.#parts.forEach(({ add }, index) => {
        add(row[index] ?? null);
      });
    }
    if (this.#parts.reduce((sum, { part }) => sum + part.length, 0) > MAX_BYTES) {
      throw new HttpError(
        413,
        "an arraybuffer of more than 64 MB can't be made: ask for fewer rows or columns, or for csv",
      );
    }
  }

  end(): Buffer {
    if (this.#parts === undefined) return Buffer.alloc(0);
    const names = Part.texts();
    for (const { name } of this.#columns) names.text(name);
    const root = Part.parts();
    root.part(names);
    for (const { part } of this.#parts) root.part(part);
    return root.bytes();
  }

  fail(): undefined {}
}
