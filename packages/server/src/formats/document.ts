import type { Column, ResultStream, RowChunk } from "../db/result.ts";
import { RowSplitter } from "./copy-text.ts";
import { type DocumentWriter, encodingOf } from "./encoding.ts";
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
  return encodingOf(result, new JsonDocument(result.columns, parts));
}

class JsonDocument implements DocumentWriter {
  readonly #parts: DocumentParts;
  readonly #splitter = new RowSplitter();
  #columns: readonly Column[];
  #encoder: RowEncoder | undefined;
  #rows = 0;

  constructor(columns: readonly Column[], parts: DocumentParts) {
    this.#columns = columns;
    this.#parts = parts;
  }

  write({ columns, text }: RowChunk): Buffer | undefined {
    if (this.#encoder === undefined || columns !== this.#columns) {
      this.#columns = columns;
      this.#encoder = this.#parts.encoder(columns);
    }
    const rows = this.#splitter.push(text);
    if (rows === undefined) return undefined;
    const before = this.#encoder.rows;
    const encoded = this.#encoder.encode(rows);
    const isFirst = this.#rows === 0;
    this.#rows += this.#encoder.rows - before;
    // The head takes the place of the separator before the first row.
    return isFirst ? Buffer.concat([Buffer.from(this.#parts.head), encoded.subarray(ROW_SEPARATOR.length)]) : encoded;
  }

  end(): Buffer {
    return this.#ending(this.#parts.tail(this.#rows));
  }

  fail(messages: readonly string[]): Buffer {
    return this.#ending(this.#parts.failedTail(messages, this.#rows, this.#columns));
  }

  #ending(tail: string): Buffer {
    return Buffer.from(this.#rows > 0 ? tail : this.#parts.head + tail);
  }
}
