import type { FileHandle } from "node:fs/promises";
import { RandomAccessReader } from "yauzl";

/**
 * A zip file's bytes for its parser, who asks for places that the file itself names.
 *
 * Those outside of the file are refused here: Node throws where nobody can catch it when a place is no sound number.
 */
export class ZipBytes extends RandomAccessReader {
  readonly #file: FileHandle;
  readonly #size: number;

  constructor(file: FileHandle, size: number) {
    super();
    this.#file = file;
    this.#size = size;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.#read(buffer.subarray(offset, offset + length), position).then(() => callback(null), callback);
  }

  async #read(into: Buffer, position: number): Promise<void> {
    if (!(position >= 0 && position + into.length <= this.#size)) throw new Error("it points beyond its end");
    const { bytesRead } = await this.#file.read(into, 0, into.length, position);
    if (bytesRead < into.length) throw new Error("it ends too soon");
  }
}
