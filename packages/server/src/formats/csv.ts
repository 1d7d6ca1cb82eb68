import type { Column, ResultStream } from "../db/result.ts";
import { RowSplitter } from "./copy-text.ts";
import { CsvEncoder, quoteIfNeeded } from "./csv-encoder.ts";
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
  encode(result: ResultStream, { skipfields }: EncodeOptions): Encoding {
    // A file without its last rows looks like a whole one: nothing to add.
    return { chunks: encodeCsv(result, skipfields), fail: () => undefined };
  },
};

async function* encodeCsv(result: ResultStream, skipfields: ReadonlySet<string>): AsyncGenerator<Buffer> {
  const splitter = new RowSplitter();
  let columns: readonly Column[] | undefined;
  let encoder: CsvEncoder | undefined;
  for await (const chunk of result.chunks) {
    if (encoder === undefined || chunk.columns !== columns) {
      columns = chunk.columns;
      encoder = new CsvEncoder(columns, visibleColumns(columns, skipfields));
      yield headerOf(columns, skipfields);
    }
    const text = splitter.push(chunk.text);
    if (text !== undefined) yield encoder.encode(text);
  }
  if (columns === undefined) yield headerOf(result.columns, skipfields);
}

function headerOf(columns: readonly Column[], skipfields: ReadonlySet<string>): Buffer {
  const visible = visibleColumns(columns, skipfields);
  const names = columns.filter((_, index) => visible[index]).map(({ name }) => quoteIfNeeded(name));
  return Buffer.from(names.length === 0 ? "" : `${names.join(",")}\r\n`);
}
