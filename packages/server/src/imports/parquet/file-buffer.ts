import type { FileHandle } from "node:fs/promises";
import type { AsyncBuffer } from "hyparquet";

/** A file's bytes for hyparquet, which asks for places that the file itself names. */
export class FileBuffer implements AsyncBuffer {
  readonly byteLength: number;
  readonly #file: FileHandle;

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.byteLength = size;
  }

  async slice(start: number, end: number = this.byteLength): Promise<ArrayBuffer> {
    if (!(start >= 0 && start <= end && end <= this.byteLength)) throw new Error("it points beyond its end");
    const bytes = new Uint8Array(end - start);
    for (let at = 0; at < bytes.length; ) {
      const { bytesRead } = await this.#file.read(bytes, at, bytes.length - at, start + at);
      if (bytesRead === 0) throw new Error("it ends too soon");
      at += bytesRead;
    }
    return bytes.buffer;
  }
}
