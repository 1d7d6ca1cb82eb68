import type { AbortSource } from "../../db/engine.ts";
import { ClientGoneError } from "../../http/client.ts";
import { refusal, tooLarge } from "../refusals.ts";

/** How much of an upload that was refused is read and dropped, so that the client gets to read the answer. */
const DISCARD_BYTES = 64 * 1024 ** 2;
const DISCARD_MS = 10_000;

/** Limits of one request's body. */
export interface BodyLimits {
  /** Bytes of the file. */
  maxBytes: number;
  /** Bytes that the body may have beside the file's. */
  overhead: number;
  /** Milliseconds without any. */
  idleMs: number;
  signal: AbortSource;
}

/** A request's body, read piece by piece, counted and watched. */
export class RequestBody implements AsyncIterable<Uint8Array> {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  readonly #limits: BodyLimits;
  #bytes = 0;
  #ended = false;

  /** @throws PlatformError 413 when the request says by itself that it is too large. */
  constructor(request: Request, limits: BodyLimits) {
    this.#limits = limits;
    this.#reader = request.body?.getReader();
    if (Number(request.headers.get("content-length")) > limits.maxBytes + limits.overhead) {
      void this.discard();
      throw tooLarge(limits.maxBytes);
    }
  }

  /**
   * The pieces, once.
   *
   * @throws PlatformError 413 or 400 for a body that is too large or stands still; {@link ClientGoneError}; the signal's reason.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const { signal, maxBytes, overhead } = this.#limits;
    // Ends a read that is under way.
    const leave = (): void => void this.#cancel();
    signal.addEventListener("abort", leave);
    try {
      for (;;) {
        // It may have fired before it was listened to.
        const piece = signal.aborted ? undefined : await this.#inTime();
        if (signal.aborted) throw this.#gone();
        if (piece === undefined) return;
        if (this.#bytes > maxBytes + overhead) throw tooLarge(maxBytes);
        yield piece;
      }
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  /** Reads and drops what is left, for a while; then gives the connection up. Never rejects. */
  async discard(): Promise<void> {
    const until = Date.now() + DISCARD_MS;
    const limit = this.#bytes + DISCARD_BYTES;
    try {
      while (!this.#ended) {
        if (Date.now() > until || this.#bytes > limit) return await this.#cancel();
        await this.#inTime(DISCARD_MS);
      }
    } catch {
      await this.#cancel();
    }
  }

  async #inTime(idleMs = this.#limits.idleMs): Promise<Uint8Array | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const tooSlow = new Promise<never>((_, reject) => {
      const error = refusal(400, `The upload sent nothing for ${idleMs / 1000} s and was ended: send the file again.`);
      timer = setTimeout(() => reject(error), idleMs);
    });
    try {
      return await Promise.race([this.#next(), tooSlow]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #next(): Promise<Uint8Array | undefined> {
    if (this.#ended || !this.#reader) return undefined;
    const { done, value } = await this.#reader.read().catch((cause: unknown) => {
      throw this.#gone(cause);
    });
    if (done) {
      this.#ended = true;
      return undefined;
    }
    this.#bytes += value.byteLength;
    return value;
  }

  #gone(cause?: unknown): Error {
    const { aborted, reason } = this.#limits.signal;
    if (aborted && reason instanceof Error) return reason;
    return new ClientGoneError("the client left during its upload", { cause: cause ?? reason });
  }

  async #cancel(): Promise<void> {
    this.#ended = true;
    await this.#reader?.cancel().catch(() => {});
  }
}
