import { createDeferred, type Deferred } from "../../deferred.ts";

/** Bytes waiting above which the producer is asked to stop, and below which to go on. */
const FULL = 256 * 1024;
const DRAINED = 64 * 1024;

interface ChunkQueueOptions<Chunk> {
  /** Bytes of one chunk. */
  size(chunk: Chunk): number;
  onFull(): void;
  onDrained(): void;
}

/**
 * What a pushing producer and a pulling consumer share: a queue of chunks with a mark at which the producer pauses.
 *
 * It is iterated once. When nobody has asked for the rest, it may be discarded: it then takes chunks and drops them.
 */
export class ChunkQueue<Chunk> implements AsyncIterable<Chunk>, AsyncIterator<Chunk, undefined> {
  readonly #options: ChunkQueueOptions<Chunk>;
  #ready: Deferred<void> | undefined;
  #chunks: Chunk[] = [];
  #head = 0;
  #bytes = 0;
  #full = false;
  #discarding = false;
  #ended = false;
  #error: Error | undefined;
  #waiting: Deferred<void> | undefined;

  constructor(options: ChunkQueueOptions<Chunk>) {
    this.#options = options;
  }

  /** Resolves with the first chunk or an end without error, rejects with an error that came before any chunk. */
  get ready(): Promise<void> {
    if (!this.#ready) {
      this.#ready = createDeferred();
      if (this.#chunks.length > 0 || this.#ended) this.#settleReady();
    }
    return this.#ready.promise;
  }

  /** Adds a chunk. */
  push(chunk: Chunk): void {
    if (this.#discarding) return;
    this.#chunks.push(chunk);
    this.#bytes += this.#options.size(chunk);
    this.#settleReady();
    this.#wake();
    if (!this.#full && this.#bytes > FULL) {
      this.#full = true;
      this.#options.onFull();
    }
  }

  /** Ends the queue: the consumer gets what waits, then `error` if there is one. */
  end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error ??= error;
    this.#settleReady();
    this.#wake();
  }

  /** Drops what waits and what comes; the consumer gets `error` at once. */
  discard(error: Error): void {
    this.#discarding = true;
    this.#chunks = [];
    this.#head = 0;
    this.#release();
    this.end(error);
  }

  /** All chunks, where the queue has ended without an error and none was taken; else undefined, and none is taken. */
  takeWhole(): readonly Chunk[] | undefined {
    if (!this.#ended || this.#error || this.#head > 0) return undefined;
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#release();
    return chunks;
  }

  [Symbol.asyncIterator](): AsyncIterator<Chunk, undefined> {
    return this;
  }

  async next(): Promise<IteratorResult<Chunk, undefined>> {
    for (;;) {
      if (this.#head < this.#chunks.length) return { done: false, value: this.#shift() };
      if (this.#ended) {
        if (this.#error) throw this.#error;
        return { done: true, value: undefined };
      }
      this.#waiting ??= createDeferred();
      await this.#waiting.promise;
    }
  }

  async return(): Promise<IteratorResult<Chunk, undefined>> {
    this.#discarding = true;
    this.#chunks = [];
    this.#head = 0;
    this.#release();
    return { done: true, value: undefined };
  }

  #shift(): Chunk {
    const chunk = this.#chunks[this.#head] as Chunk;
    this.#head += 1;
    this.#bytes -= this.#options.size(chunk);
    if (this.#head === this.#chunks.length) {
      this.#chunks = [];
      this.#head = 0;
    }
    if (this.#full && this.#bytes < DRAINED) this.#release();
    return chunk;
  }

  #settleReady(): void {
    if (this.#error && this.#chunks.length === 0) this.#ready?.reject(this.#error);
    else this.#ready?.resolve(undefined);
  }

  #release(): void {
    if (!this.#full) return;
    this.#full = false;
    this.#options.onDrained();
  }

  #wake(): void {
    this.#waiting?.resolve(undefined);
    this.#waiting = undefined;
  }
}
