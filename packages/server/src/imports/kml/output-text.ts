import type { Text } from "../geojson/window.ts";

/** What a process writes, as a text that is read once. */
export class OutputText implements Text {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async read(target: Buffer): Promise<number> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done) return 0;
      this.#rest = value;
    }
    const copied = this.#rest.copy(target);
    this.#rest = this.#rest.subarray(copied);
    return copied;
  }
}
