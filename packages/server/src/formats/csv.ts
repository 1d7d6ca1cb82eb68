import type { Column, ResultStream, RowChunk } from "../db/result.ts";
import { RowSplitter } from "./copy-text.ts";
import { CsvEncoder, quoteIfNeeded } from "./csv-encoder.ts";
import { type DocumentWriter, encodingOf } from "./encoding.ts";
import type { EncodeOptions, Encoding, Format } from "./format.ts";
import { visibleColumns } from "./visible-columns.ts";

/**
 * CSV by RFC 4180: UTF-8, a header line, CRLF; fields are quoted only where they must be.
 *
 * Values are PostgreSQL's text (`::text`), so bool is `true` or `false`, bytea is hexadecimal. NULL is nothing and the
 * empty string `""`. Where NULL is all of a row, it is `""` as well: readers drop empty lines. Each of several results
 * has its own header line; one without columns has none.
 *
 * @see docs/protocol/sql.md#csv
 */
export const csv: Format = {
  id: "csv",
  mime: "text/csv; charset=utf-8; header=present",
  extension: "csv",
  shape: "geometry-first",
  encode(result: ResultStream, { skipfields }: EncodeOptions): Encoding {
    return encodingOf(result, new CsvDocument(result.columns, skipfields));
  },
};

class CsvDocument implements DocumentWriter {
  readonly #skipfields: ReadonlySet<string>;
  readonly #splitter = new RowSplitter();
  #columns: readonly Column[];
  #encoder: CsvEncoder | undefined;

  constructor(columns: readonly Column[], skipfields: ReadonlySet<string>) {
    this.#columns = columns;
    this.#skipfields = skipfields;
  }

  write({ columns, text }: RowChunk): Buffer | undefined {
    const rows = this.#splitter.push(text);
    if (this.#encoder !== undefined && columns === this.#columns) return rows && this.#encoder.encode(rows);
    this.#columns = columns;
    this.#encoder = new CsvEncoder(columns, visibleColumns(columns, this.#skipfields));
    const header = headerOf(columns, this.#skipfields);
    return rows ? Buffer.concat([header, this.#encoder.encode(rows)]) : header;
  }

  end(): Buffer {
    return this.#encoder === undefined ? headerOf(this.#columns, this.#skipfields) : Buffer.alloc(0);
  }

  /** A file without its last rows looks like a whole one: nothing to add. */
  fail(): undefined {}
}

function headerOf(columns: readonly Column[], skipfields: ReadonlySet<string>): Buffer {
  const visible = visibleColumns(columns, skipfields);
  const names = columns.filter((_, index) => visible[index]).map(({ name }) => quoteIfNeeded(name));
  return Buffer.from(names.length === 0 ? "" : `${names.join(",")}\r\n`);
}
