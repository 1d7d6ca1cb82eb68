import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { Context } from "hono";
import type { Env } from "../http/env.ts";
import { HttpError } from "../http/errors.ts";
import { prettyBytes } from "../pretty-bytes.ts";

/** How much of an upload that was refused is read and dropped, so that the client gets to read the answer. */
const DISCARD_BYTES = 64 * 1024 ** 2;
const DISCARD_MS = 10_000;

/** Limits of one upload. */
export interface UploadLimits {
  /** Bytes, as they come over the wire. */
  copyMaxBytes: number;
  /** Milliseconds without any. */
  copyIdleMs: number;
}

type Chunks = AsyncIterator<Uint8Array, unknown>;

/**
 * A request's body on its way into a COPY: counted, bounded, and unpacked when it is gzip.
 *
 * Iterated once. When the COPY ends before the body does, {@link discard} reads on: a client that is still sending
 * would otherwise lose the answer.
 */
export class Upload implements AsyncIterable<Uint8Array> {
  readonly #chunks: Chunks;
  readonly #limits: UploadLimits;
  readonly #gzip: boolean;
  readonly #close: () => void;
  #bytes = 0;
  #ended = false;

  constructor(c: Context<Env>, limits: UploadLimits) {
    const { incoming } = c.env ?? {};
    // The node stream costs half of what the web stream around it does.
    this.#chunks = incoming
      ? (incoming.iterator({ destroyOnReturn: false }) as Chunks)
      : (c.req.raw.body?.[Symbol.asyncIterator]() ?? emptyChunks());
    this.#close = () => incoming?.socket.destroy();
    this.#limits = limits;
    this.#gzip = c.req.header("content-encoding") === "gzip";
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    const body = this.#counted();
    return (this.#gzip ? gunzip(body) : body)[Symbol.asyncIterator]();
  }

  /** Reads and drops what is left, for a while; then breaks the connection. Never rejects. */
  async discard(): Promise<void> {
    const until = Date.now() + DISCARD_MS;
    const limit = this.#bytes + DISCARD_BYTES;
    try {
      while (!this.#ended) {
        if (Date.now() > until || this.#bytes > limit) return this.#close();
        await this.#next();
      }
    } catch {
      // the client is gone
    }
  }

  async *#counted(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const piece = await this.#inTime();
      if (piece === undefined) return;
      const { copyMaxBytes } = this.#limits;
      if (this.#bytes > copyMaxBytes) {
        throw new HttpError(400, `COPY FROM maximum POST size of ${prettyBytes(copyMaxBytes)} exceeded`);
      }
      yield piece;
    }
  }

  /** The next piece. A sender that stands still holds a connection that others wait for. */
  async #inTime(): Promise<Uint8Array | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const tooSlow = new Promise<never>((_, reject) => {
      const error = new HttpError(400, "Connection closed by server: input data too slow");
      timer = setTimeout(() => reject(error), this.#limits.copyIdleMs);
    });
    try {
      return await Promise.race([this.#next(), tooSlow]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #next(): Promise<Uint8Array | undefined> {
    if (this.#ended) return undefined;
    const { done, value } = await this.#chunks.next();
    if (done) {
      this.#ended = true;
      return undefined;
    }
    this.#bytes += value.byteLength;
    return value;
  }
}

async function* emptyChunks(): AsyncGenerator<Uint8Array> {}

async function* gunzip(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = Readable.from(body, { objectMode: false });
  const unzip = createGunzip({ chunkSize: 64 * 1024 });
  let sourceError: Error | undefined;
  source.on("error", (error) => {
    sourceError = error;
    unzip.destroy(error);
  });
  source.pipe(unzip);
  try {
    for await (const piece of unzip) yield piece as Uint8Array;
  } catch (error) {
    throw sourceError ?? new HttpError(400, `Error while gunzipping: ${(error as Error).message}`);
  } finally {
    source.unpipe(unzip);
    unzip.destroy();
  }
}
