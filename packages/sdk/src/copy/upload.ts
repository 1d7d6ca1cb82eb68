import { CartoError, ConfigError } from "../errors.ts";
import type { Settings } from "../options.ts";
import type { CopyChunk } from "./source.ts";

/** How far a transfer is. */
export interface CopyProgress {
  /** Bytes so far, before compression. */
  readonly bytes: number;
  /** Bytes in all, where that is known beforehand. */
  readonly total: number | undefined;
  /** Rows so far, where rows are copied. */
  readonly rows: number | undefined;
}

/** Compresses pieces of data. Ending early ends its source. */
export type Compress = (pieces: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

/** An upload under way: pulled by `fetch` piece by piece, and stopped from outside. */
export class Upload {
  /** What the source failed with, which `fetch` would hide behind an error of its own. */
  failure: { readonly error: unknown } | undefined;
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #cancel: () => void;
  #state: "new" | "idle" | "waiting" | "ended" | "stopped" = "new";

  /** `cancel` closes the source while a piece of it is being waited for. */
  constructor(pieces: AsyncIterable<Uint8Array>, cancel: () => void) {
    this.#iterator = pieces[Symbol.asyncIterator]();
    this.#cancel = cancel;
  }

  /**
   * What is handed to `fetch`: a stream, but in browsers a Blob. Streamed bodies need HTTP/2 there, and Firefox has none.
   *
   * @param source What the data comes from: a Blob is sent from where it is.
   * @throws {@link ConfigError} when a browser would have to collect more than `maxCollectedUpload` bytes.
   */
  async body(
    source: unknown,
    { runtime, maxCollectedUpload }: Pick<Settings, "runtime" | "maxCollectedUpload">,
  ): Promise<Blob | ReadableStream<Uint8Array>> {
    if (!runtime.browser) return this.#stream();
    return source instanceof Blob ? source : this.#collect(maxCollectedUpload);
  }

  // Reads nothing ahead.
  #stream(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const piece = await this.#next();
          await letAnswersIn();
          if (piece) controller.enqueue(piece);
          else controller.close();
        },
        cancel: () => this.stop(),
      },
      { highWaterMark: 0 },
    );
  }

  async #collect(limit: number): Promise<Blob> {
    const pieces: Uint8Array[] = [];
    let size = 0;
    for (let piece = await this.#next(); piece; piece = await this.#next()) {
      pieces.push(piece);
      size += piece.length;
      if (size > limit) {
        throw new ConfigError(`Browsers can't stream uploads, and this one exceeds maxCollectedUpload, ${limit} bytes`);
      }
    }
    return new Blob(pieces as Uint8Array<ArrayBuffer>[]);
  }

  /** Closes the source, if it isn't read to its end. Never waits for it to give a piece. */
  async stop(): Promise<void> {
    const state = this.#state;
    if (state === "ended" || state === "stopped") return;
    this.#state = "stopped";
    // What has not begun, or is waiting, doesn't hear of return().
    if (state !== "idle") this.#cancel();
    const closed = this.#iterator.return?.().catch(() => {});
    if (state !== "waiting") await closed;
  }

  async #next(): Promise<Uint8Array | undefined> {
    if (this.#state !== "idle" && this.#state !== "new") throw new CartoError("The upload has ended");
    this.#state = "waiting";
    try {
      const { done, value } = await this.#iterator.next();
      // A source that was stopped ends like one that is complete; the server must not take it for that.
      if (this.isStopped) throw new CartoError("The upload was stopped");
      this.#state = done ? "ended" : "idle";
      return done ? undefined : value;
    } catch (error) {
      if (!this.isStopped) this.failure = { error };
      this.#state = "stopped";
      throw error;
    }
  }

  /** Whether it was stopped before its end. */
  get isStopped(): boolean {
    return this.#state === "stopped";
  }
}

// A server that refuses an upload answers and closes. A write into the closed connection fails before its answer is read,
// so the event loop gets a turn to read before each write: of 40 refusals, 38 arrive rather than 3 (Node 20, 64 KB).
function letAnswersIn(): Promise<void> | undefined {
  const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => void };
  return setImmediate && new Promise((resolve) => setImmediate(resolve));
}

/** Passes pieces on, and tells their bytes. */
export async function* count<T extends CopyChunk>(
  pieces: AsyncIterable<T>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<T, void, undefined> {
  for await (const piece of pieces) {
    yield piece;
    onBytes(piece.length);
  }
}

/** Compresses with the platform's `CompressionStream`. */
export async function* gzip(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const { readable, writable } = new CompressionStream("gzip");
  const written = write(pieces, writable);
  written.catch(() => {});
  const reader = readable.getReader();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      ended = done;
      if (done) break;
      yield value;
    }
    await written;
  } finally {
    if (!ended) await reader.cancel().catch(() => {});
  }
}

async function write(pieces: AsyncIterable<Uint8Array>, writable: WritableStream): Promise<void> {
  const writer = writable.getWriter();
  try {
    for await (const piece of pieces) await writer.write(piece);
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => {});
    throw error;
  }
}
