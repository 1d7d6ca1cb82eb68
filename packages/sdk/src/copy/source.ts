import { ConfigError } from "../errors.ts";
import type { CopyRow } from "./csv-rows.ts";

/** A piece of data: bytes, or text that is sent as UTF-8. */
export type CopyChunk = Uint8Array | string;

/** Rows to copy in. Made by {@link Copy.rows}, or by hand. */
export interface CopyRows {
  readonly rows: Iterable<CopyRow> | AsyncIterable<CopyRow>;
  /** Columns in order. @defaultValue those of the target, else the keys of the first row */
  readonly columns?: readonly string[] | undefined;
}

/** What can be copied in. */
export type CopySource =
  | string
  | Uint8Array
  | Blob
  | ReadableStream<CopyChunk>
  | AsyncIterable<CopyChunk>
  | Iterable<CopyChunk>
  | CopyRows;

/** Characters or bytes that small pieces are gathered to: each piece sent is a chunk of HTTP and a system call. */
const PIECE = 65_536;

/** Whether a source holds rows rather than data. */
export function isRows(source: CopySource): source is CopyRows {
  return typeof source === "object" && "rows" in source;
}

/** The size of a source in bytes, where it is known beforehand. */
export function sizeOf(source: CopySource): number | undefined {
  if (source instanceof Uint8Array) return source.length;
  return source instanceof Blob ? source.size : undefined;
}

/** Data to be sent, and the means to stop a source that is waited for. */
export interface OpenSource {
  /** Small pieces of the source are gathered to 64 KB. Ending early closes the source. */
  readonly pieces: AsyncGenerator<Uint8Array, void, undefined>;
  /** Closes the source at once, even while a piece of it is being waited for. */
  cancel(): void;
}

/** Opens a source of data. @throws {@link ConfigError} for what can't be one. */
export function openSource(source: Exclude<CopySource, CopyRows>): OpenSource {
  if (typeof source === "string" || source instanceof Uint8Array)
    return { pieces: gather(slices(source)), cancel() {} };
  if (source instanceof Blob) return openStream(source.stream());
  if (source instanceof ReadableStream) return openStream(source);
  if (typeof source === "object" && (Symbol.asyncIterator in source || Symbol.iterator in source)) {
    const { destroy } = source as { destroy?: () => void };
    return { pieces: gather(source), cancel: () => destroy?.call(source) };
  }
  throw new ConfigError("The source is neither text, bytes, a Blob, a stream, an iterable nor { rows }");
}

function openStream(stream: ReadableStream<CopyChunk>): OpenSource {
  const reader = stream.getReader();
  return { pieces: gather(readAll(reader)), cancel: () => void reader.cancel().catch(() => {}) };
}

// In slices, so that progress shows and a slow server doesn't need a copy of the whole.
function* slices(source: string | Uint8Array): Generator<CopyChunk> {
  for (let at = 0; at < source.length; ) {
    let end = Math.min(at + PIECE, source.length);
    // Between the halves of a surrogate pair there is no place to cut.
    if (typeof source === "string" && isHighSurrogate(source.charCodeAt(end - 1))) end++;
    yield source.slice(at, end);
    at = end;
  }
}

/** Reads a stream by hand, as not every browser can iterate over one. Ending early cancels it. */
export async function* readAll<T>(reader: ReadableStreamDefaultReader<T>): AsyncGenerator<T, void, undefined> {
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      ended = done;
      if (done) return;
      yield value;
    }
  } finally {
    if (!ended) await reader.cancel().catch(() => {});
  }
}

async function* gather(
  source: AsyncIterable<CopyChunk> | Iterable<CopyChunk>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const pieces = new Pieces();
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  let ended = false;
  try {
    for (;;) {
      // Without an await for what is there already: sources give a row at a time.
      const next = iterator.next();
      const { done, value } = "then" in next ? await next : next;
      ended = done === true;
      if (ended) break;
      yield* pieces.add(value as CopyChunk);
    }
    yield* pieces.flush();
  } catch (error) {
    ended = true;
    throw error;
  } finally {
    if (!ended) await iterator.return?.();
  }
}

/** Gathers text and bytes into pieces of about 64 KB, and lets larger ones through. */
class Pieces {
  readonly #encoder = new TextEncoder();
  #text = "";
  #bytes: Uint8Array[] = [];
  #size = 0;

  *add(chunk: CopyChunk): Generator<Uint8Array> {
    if (typeof chunk === "string") {
      this.#text += chunk;
      if (this.#text.length + this.#size >= PIECE) yield* this.#drain(false);
    } else if (chunk instanceof Uint8Array) {
      // A large piece alone goes without a copy, in parts that a socket takes at once.
      if (chunk.length >= PIECE && this.#size + this.#text.length === 0) return yield* parts(chunk);
      this.#takeText(true);
      // The source may use its buffer again.
      this.#keep(chunk.slice());
      if (this.#size >= PIECE) yield* this.#drain(false);
    } else {
      throw new ConfigError("A piece of the source is neither text nor bytes");
    }
  }

  *flush(): Generator<Uint8Array> {
    yield* this.#drain(true);
  }

  *#drain(all: boolean): Generator<Uint8Array> {
    this.#takeText(all);
    const piece = concat(this.#bytes, this.#size);
    this.#bytes = [];
    this.#size = 0;
    if (piece.length > 0) yield piece;
  }

  // The first half of a surrogate pair waits for the second.
  #takeText(all: boolean): void {
    const text = this.#text;
    const end = !all && isHighSurrogate(text.charCodeAt(text.length - 1)) ? text.length - 1 : text.length;
    this.#text = text.slice(end);
    if (end > 0) this.#keep(this.#encoder.encode(text.slice(0, end)));
  }

  #keep(bytes: Uint8Array): void {
    this.#bytes.push(bytes);
    this.#size += bytes.length;
  }
}

function* parts(chunk: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < chunk.length; at += PIECE) yield chunk.subarray(at, at + PIECE);
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00;
}

function concat(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const [first] = pieces;
  if (pieces.length === 1 && first) return first;
  const joined = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
