import type { Column, ResultStream } from "../db/result.ts";
import { RowSplitter } from "../formats/copy-text.ts";
import { encodeDocument, ROW_SEPARATOR } from "../formats/document.ts";
import type { Encoding } from "../formats/format.ts";
import { RowEncoder } from "../formats/row-encoder.ts";
import { layOut } from "../formats/row-layout.ts";

/** Rows that would take more memory than the server gives to one answer. */
export class TooManyRowsError extends Error {
  override readonly name = "TooManyRowsError";
}

/** The encoder of rows as the Maps API has them: numbers that JSON has no word for are strings. */
function encoderOf(columns: readonly Column[], open: string): RowEncoder {
  const visible = columns.map(() => true);
  return new RowEncoder(layOut(columns, { open, close: "}", nonFinite: "string", visible }));
}

/**
 * Reads a small result as a whole: its rows as JSON objects, each a text without newlines.
 *
 * @param maxBytes Bytes of JSON to take at most. @throws {@link TooManyRowsError}
 */
export async function readJsonRows(result: ResultStream, maxBytes: number): Promise<string[]> {
  const encoder = encoderOf(result.columns, "\n{");
  const splitter = new RowSplitter();
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const { text } of result.chunks) {
    const rows = splitter.push(text);
    if (rows === undefined) continue;
    const piece = encoder.encode(rows);
    bytes += piece.length;
    if (bytes > maxBytes) throw new TooManyRowsError(`the answer is larger than ${maxBytes} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8").split("\n").slice(1);
}

/** A result as `{"rows":[…],"fields":[…]}`, the fields being PostgreSQL's descriptions of the columns. */
export function encodeRowsAndFields(result: ResultStream): Encoding {
  const tail = (): string => `],"fields":${JSON.stringify(result.columns.map(toDescriptor))}}`;
  return encodeDocument(result, {
    head: '{"rows":[',
    encoder: (columns) => encoderOf(columns, `${ROW_SEPARATOR}{`),
    tail,
    failedTail: (messages) => `${tail().slice(0, -1)},"errors":${JSON.stringify(messages)}}`,
  });
}

const toDescriptor = ({ name, oid, typmod }: Column): object => ({ name, dataTypeID: oid, dataTypeModifier: typmod });
