import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { CommandError } from "../command-error.ts";
import type { Io } from "../io.ts";
import type { Cell } from "../output/cell.ts";
import { firstRecord } from "../output/csv-reader.ts";

/** Bytes read at once: fewer, larger chunks are what a COPY is fastest with. */
const CHUNK = 256 * 1024;
/** A header longer than this is none. */
const LONGEST_HEADER = 1 << 20;

/** The bytes of a file or of standard input. */
export interface Source {
  bytes: AsyncIterable<Uint8Array>;
  /** Bytes in all, as far as known; compressed ones of a compressed file. */
  total: number | undefined;
  /** Ends the bytes at once, also while somebody waits for more. */
  close: () => void;
}

/** Opens a file, or standard input for `-`; `.gz` is uncompressed. `onRead` is told the bytes read so far. */
export async function openSource(io: Io, path: string, onRead: (bytes: number) => void): Promise<Source> {
  if (path === "-") return { bytes: counted(io.stdin, onRead), total: undefined, close: closing(io.stdin, io.signal) };
  const found = await stat(path);
  if (found.isDirectory()) throw Object.assign(new Error(`${path} is a directory`), { code: "EISDIR", path });
  const file = createReadStream(path, { highWaterMark: CHUNK });
  const bytes = counted(file, onRead);
  return {
    bytes: path.endsWith(".gz") ? gunzip(bytes) : bytes,
    total: found.isFile() ? found.size : undefined,
    close: closing(file, io.signal),
  };
}

/** An interruption breaks the stream off, so that nobody waits for input that may never come. */
function closing(stream: Readable, signal: AbortSignal): () => void {
  const interrupt = (): void => void stream.destroy(signal.reason as Error);
  if (signal.aborted) interrupt();
  signal.addEventListener("abort", interrupt, { once: true });
  return () => {
    signal.removeEventListener("abort", interrupt);
    stream.destroy();
  };
}

async function* counted(source: Readable, onRead: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  try {
    for await (const chunk of source) {
      const part = chunk as Uint8Array;
      bytes += part.byteLength;
      onRead(bytes);
      yield part;
    }
  } catch (error) {
    // Closed by us, when nobody wants the rest.
    if ((error as NodeJS.ErrnoException).code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
  }
}

async function* gunzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const inflated = createGunzip({ chunkSize: CHUNK });
  // The error also ends the loop below.
  pipeline(Readable.from(source), inflated, () => {});
  for await (const chunk of inflated) yield chunk as Uint8Array;
}

/** A source whose first line was read: the names in it, and the bytes with or without that line. */
export interface HeadedSource {
  columns: string[];
  bytes: AsyncIterable<Uint8Array>;
}

/**
 * Reads the first line for the names of the columns.
 *
 * @param format `csv` keeps the line, for the server skips it; `text` takes it away, for servers before PostgreSQL 15
 *   can't.
 * @throws {@link CommandError} when there is no such line.
 */
export async function readHeader(
  source: AsyncIterable<Uint8Array>,
  format: "csv" | "text",
  delimiter: string,
): Promise<HeadedSource> {
  const iterator = source[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  let ended = false;
  for (;;) {
    const line = lineOf(head, format, delimiter, ended);
    if (line && !line.columns.every((name) => name !== ""))
      throw new CommandError("a column has no name in the first line", HEADER_HINT);
    if (line)
      return { columns: line.columns, bytes: from(iterator, format === "csv" ? head : head.subarray(line.length)) };
    if (ended || head.length > LONGEST_HEADER)
      throw new CommandError("the first line holds no names of columns", HEADER_HINT);
    const next = await iterator.next();
    if (next.done) ended = true;
    else head = Buffer.concat([head, next.value]);
  }
}

const HEADER_HINT = "say --no-header when the data begins at once, and --columns when it isn't in the table's order";

function lineOf(
  head: Buffer,
  format: "csv" | "text",
  delimiter: string,
  ended: boolean,
): { columns: string[]; length: number } | undefined {
  const text = head.toString("utf8");
  if (text === "") return undefined;
  const record = format === "csv" ? firstRecord(text, ended, delimiter) : firstLine(text, ended, delimiter);
  if (!record) return undefined;
  // A byte order mark is no part of the first name.
  const columns = record.cells.map((cell, at) => (at === 0 ? (cell ?? "").replace(/^\ufeff/, "") : (cell ?? "")));
  return { columns: columns.map((name) => name.trim()), length: Buffer.byteLength(text.slice(0, record.length)) };
}

function firstLine(text: string, ended: boolean, delimiter: string): { cells: Cell[]; length: number } | undefined {
  const end = text.indexOf("\n");
  if (end < 0 && !ended) return undefined;
  const line = end < 0 ? text : text.slice(0, end);
  return { cells: line.replace(/\r$/, "").split(delimiter), length: end < 0 ? text.length : end + 1 };
}

async function* from(rest: AsyncIterator<Uint8Array>, head: Uint8Array): AsyncGenerator<Uint8Array> {
  try {
    if (head.byteLength > 0) yield head;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
