import { createReadStream, type ReadStream } from "node:fs";
import type { Encoding } from "../formats/format.ts";

/** A file that was made, until it is sent. */
export class ExportedFile {
  /** Bytes. */
  readonly size: number;
  readonly #stream: ReadStream;
  readonly #remove: () => Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #removed: Promise<void> | undefined;

  constructor({ path, size }: { path: string; size: number }, remove: () => Promise<void>) {
    this.size = size;
    this.#remove = remove;
    this.#stream = createReadStream(path);
    // Told to whoever reads.
    this.#stream.on("error", () => {});
  }

  /** Its bytes, to be read once. `stalled` is called when nobody asks for more for `idleMs`. */
  read({ idleMs, stalled }: { idleMs: number; stalled(): void }): Encoding {
    // Nothing can be said within a file.
    return { chunks: this.#chunks(idleMs, stalled), fail: () => undefined };
  }

  /** Removes it. May be called twice. */
  close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#stream.destroy();
    this.#removed ??= this.#remove();
    return this.#removed;
  }

  async *#chunks(idleMs: number, stalled: () => void): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of this.#stream) {
      this.#timer = setTimeout(stalled, idleMs);
      yield chunk as Buffer;
      clearTimeout(this.#timer);
    }
  }
}
