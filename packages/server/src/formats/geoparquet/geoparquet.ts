import type { Column, ResultStream } from "../../db/result.ts";
import { HttpError } from "../../http/errors.ts";
import { AskedThread } from "../../thread.ts";
import type { Encoding, Format } from "../format.ts";
import { ParquetFile } from "./parquet-file.ts";
import { UnwritableError } from "./unwritable-error.ts";

/** Bytes of rows that are encoded at once; fewer in all are so at home, in a few milliseconds. */
const BATCH_BYTES = 256 * 1024;
const SMALL_BYTES = 64 * 1024;

/** What the thread is asked: rows to take, of these columns the first time; without rows, to end the file. */
export interface ParquetQuestion {
  columns?: readonly Column[];
  text?: Uint8Array;
}

/** The bytes that are ready, or why there can be none. */
export type ParquetAnswer = { bytes: Uint8Array<ArrayBuffer> } | { refusal: string };

/**
 * GeoParquet 1.1: the geometry, in WGS 84 as WKB, is the first column; further geometries are left out.
 *
 * The statement must give the geometry as hexadecimal WKB in its first column. Rows are encoded in groups, in a thread, and
 * streamed; what is told of all of them comes last.
 *
 * @see docs/protocol/sql.md#geoparquet
 */
export const geoparquet: Format = {
  id: "geoparquet",
  mime: "application/vnd.apache.parquet",
  extension: "parquet",
  shape: "wkb",
  isBinary: true,
  encode: (result: ResultStream): Encoding => ({
    chunks: encodeFile(result),
    // A file without its end is none.
    fail: () => undefined,
  }),
};

async function* encodeFile(result: ResultStream): AsyncGenerator<Buffer, void, undefined> {
  await using encoder = new FileEncoder(result.columns);
  for await (const { text } of result.chunks) {
    const bytes = await encoder.write(text);
    if (bytes.length > 0) yield Buffer.from(bytes.buffer);
  }
  yield Buffer.from((await encoder.end()).buffer);
}

/** Encodes a file in a thread, unless it is small. */
class FileEncoder implements AsyncDisposable {
  readonly #columns: readonly Column[];
  #thread: AskedThread<ParquetQuestion, ParquetAnswer> | undefined;
  #waiting: Buffer[] = [];
  #bytes = 0;

  constructor(columns: readonly Column[]) {
    this.#columns = columns;
  }

  /** Takes rows. @returns the bytes that are ready. @throws HttpError 400 */
  async write(text: Buffer): Promise<Uint8Array<ArrayBuffer>> {
    // The chunk's memory may be written anew once the next one is asked for.
    this.#waiting.push(Buffer.from(text));
    this.#bytes += text.length;
    return this.#bytes < BATCH_BYTES ? new Uint8Array() : this.#ask({ text: this.#takeWaiting() });
  }

  /** Ends the file. @returns its last bytes */
  async end(): Promise<Uint8Array<ArrayBuffer>> {
    const text = this.#takeWaiting();
    if (this.#thread === undefined && text.length <= SMALL_BYTES) return this.#encodeAtHome(text);
    const first = await this.#ask({ text });
    return new Uint8Array(Buffer.concat([first, await this.#ask({})]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread?.[Symbol.asyncDispose]();
  }

  #encodeAtHome(text: Uint8Array): Uint8Array<ArrayBuffer> {
    try {
      const file = new ParquetFile(this.#columns);
      return new Uint8Array(Buffer.concat([file.write(Buffer.from(text.buffer)), file.end()]));
    } catch (error) {
      throw error instanceof UnwritableError ? new HttpError(400, error.message) : error;
    }
  }

  async #ask(question: ParquetQuestion): Promise<Uint8Array<ArrayBuffer>> {
    const columns = this.#thread === undefined ? { columns: this.#columns } : {};
    this.#thread ??= new AskedThread({ module: "parquet-worker", beside: import.meta.url });
    const answer = await this.#thread.ask({ ...columns, ...question });
    if ("refusal" in answer) throw new HttpError(400, answer.refusal);
    return answer.bytes;
  }

  /** The rows that wait, in memory of their own: a thread is sent all that a part belongs to. */
  #takeWaiting(): Uint8Array<ArrayBuffer> {
    const text = new Uint8Array(this.#bytes);
    let at = 0;
    for (const piece of this.#waiting) {
      text.set(piece, at);
      at += piece.length;
    }
    this.#waiting = [];
    this.#bytes = 0;
    return text;
  }
}
