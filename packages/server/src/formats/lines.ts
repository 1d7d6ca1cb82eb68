import type { Column, ResultStream, RowChunk } from "../db/result.ts";
import { RowSplitter } from "./copy-text.ts";
import { type DocumentWriter, encodingOf } from "./encoding.ts";
import type { EncodeOptions, Format } from "./format.ts";
import { featureEncoder } from "./geojson.ts";
import { RowEncoder } from "./row-encoder.ts";
import { layOut } from "./row-layout.ts";
import { visibleColumns } from "./visible-columns.ts";

const MIME = "application/x-ndjson; charset=utf-8";

/**
 * The rows of {@link json}, one object a line; several results follow each other.
 *
 * @see docs/protocol/sql.md#lines
 */
export const ndjson: Format = {
  id: "ndjson",
  mime: MIME,
  extension: "ndjson",
  shape: "any",
  encode: (result, options) => encodeLines(result, (columns) => objectEncoder(columns, options)),
};

/**
 * The features of {@link geojson}, one a line, as longitude and latitude.
 *
 * @see docs/protocol/sql.md#lines
 */
export const geojsonl: Format = {
  id: "geojsonl",
  mime: MIME,
  extension: "geojsonl",
  shape: "wgs84-features",
  encode: (result, { skipfields }) =>
    encodeLines(result, (columns) => featureEncoder(columns, skipfields, { before: "", after: "\n" })),
};

function objectEncoder(columns: readonly Column[], { skipfields }: EncodeOptions): RowEncoder {
  const visible = visibleColumns(columns, skipfields);
  return new RowEncoder(layOut(columns, { open: "{", close: "}\n", nonFinite: "string", visible }));
}

type MakeEncoder = (columns: readonly Column[]) => RowEncoder;

const encodeLines = (result: ResultStream, encoder: MakeEncoder): ReturnType<Format["encode"]> =>
  encodingOf(result, new LinesWriter(encoder));

class LinesWriter implements DocumentWriter {
  readonly #makeEncoder: MakeEncoder;
  readonly #splitter = new RowSplitter();
  #columns: readonly Column[] | undefined;
  #encoder: RowEncoder | undefined;

  constructor(makeEncoder: MakeEncoder) {
    this.#makeEncoder = makeEncoder;
  }

  write({ columns, text }: RowChunk): Buffer | undefined {
    if (this.#encoder === undefined || columns !== this.#columns) {
      this.#columns = columns;
      this.#encoder = this.#makeEncoder(columns);
    }
    const rows = this.#splitter.push(text);
    return rows && this.#encoder.encode(rows);
  }

  end(): Buffer {
    return Buffer.alloc(0);
  }

  /** Lines without the last ones look like a whole file: nothing to add. */
  fail(): undefined {}
}
