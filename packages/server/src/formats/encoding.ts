import type { ResultStream, RowChunk } from "../db/result.ts";
import type { Encoding } from "./format.ts";

/** A document under construction: what comes of each chunk of rows. Waits for nothing. */
export interface DocumentWriter {
  /** Bytes for the rows that a chunk completes; may be none. */
  write(chunk: RowChunk): Buffer | undefined;
  /** Bytes that end the document. */
  end(): Buffer;
  /** See {@link Encoding.fail}. */
  fail(messages: readonly string[]): Buffer | undefined;
}

/** Encodes a result by a writer: at once where all of it has come, else chunk by chunk. */
export function encodingOf(result: ResultStream, writer: DocumentWriter): Encoding {
  return {
    chunks: encodeChunks(result, writer),
    whole() {
      const chunks = result.takeWhole?.();
      if (!chunks) return undefined;
      const pieces: Buffer[] = [];
      for (const chunk of chunks) {
        const piece = writer.write(chunk);
        if (piece) pieces.push(piece);
      }
      pieces.push(writer.end());
      return pieces;
    },
    fail: (messages) => writer.fail(messages),
  };
}

async function* encodeChunks(result: ResultStream, writer: DocumentWriter): AsyncGenerator<Buffer> {
  for await (const chunk of result.chunks) {
    const piece = writer.write(chunk);
    if (piece) yield piece;
  }
  yield writer.end();
}
