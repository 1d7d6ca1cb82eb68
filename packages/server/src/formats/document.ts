import type { Column, ResultStream } from "../db/result.ts";
import { RowSplitter } from "./copy-text.ts";
import type { Encoding } from "./format.ts";
import type { RowEncoder } from "./row-encoder.ts";

/** The texts of a JSON document around its rows. */
export interface DocumentParts {
  head: string;
  /** Makes the encoder of a result's rows; a document may hold several results. */
  encoder(columns: readonly Column[]): RowEncoder;
  /** What ends the document, once `rows` rows were sent. */
  tail(rows: number): string;
  /** The same after an error, `columns` being the last result's. */
  failedTail(messages: readonly string[], rows: number, columns: readonly Column[]): string;
}

/** Between two rows: no JSON has a raw newline behind a comma, so that clients can split the stream there. */
export const ROW_SEPARATOR = ",\n";

/** Assembles a JSON document around the rows of a result. */
export function encodeDocument(result: ResultStream, parts: DocumentParts): Encoding {
  let started = false;
  let rows = 0;
  let columns = result.columns;

  async function* chunks(): AsyncGenerator<Buffer> {
    const splitter = new RowSplitter();
    let encoder: RowEncoder | undefined;
    for await (const chunk of result.chunks) {
      if (encoder === undefined || chunk.columns !== columns) {
        columns = chunk.columns;
        encoder = parts.encoder(columns);
      }
      const text = splitter.push(chunk.text);
      if (text === undefined) continue;
      const before = encoder.rows;
      const encoded = encoder.encode(text);
      const isFirst = rows === 0;
      rows += encoder.rows - before;
      if (!started) {
        started = true;
        yield Buffer.from(parts.head);
      }
      yield isFirst ? encoded.subarray(ROW_SEPARATOR.length) : encoded;
    }
    const tail = parts.tail(rows);
    yield Buffer.from(started ? tail : parts.head + tail);
  }

  return {
    chunks: chunks(),
    fail(messages) {
      const tail = parts.failedTail(messages, rows, columns);
      return Buffer.from(started ? tail : parts.head + tail);
    },
  };
}
