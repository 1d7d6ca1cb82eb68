import { type FileHandle, open } from "node:fs/promises";
import { TextDecoder } from "node:util";
import type { Text } from "./window.ts";

/** Bytes of UTF-16 decoded at once. */
const DECODED_BYTES = 64 * 1024;

/** A file's text as UTF-8, read once from its beginning: in UTF-16 if its byte order mark says so. */
export class FileText implements Text, AsyncDisposable {
  readonly #handle: FileHandle;
  readonly #onRead: (bytes: number) => void;
  readonly #decoder: TextDecoder | undefined;
  /** Bytes of the file that were read. */
  #position: number;
  /** What was decoded and not given yet. */
  #decoded: Buffer = Buffer.alloc(0);
  #ended = false;

  private constructor(handle: FileHandle, mark: Mark, onRead: (bytes: number) => void) {
    this.#handle = handle;
    this.#onRead = onRead;
    this.#position = mark.length;
    this.#decoder = mark.encoding === undefined ? undefined : new TextDecoder(mark.encoding);
  }

  /** Opens a file. @param onRead Called before each reading with the bytes of the file that were read; may throw. */
  static async open(path: string, onRead: (bytes: number) => void = () => {}): Promise<FileText> {
    const handle = await open(path, "r");
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(3), 0, 3, 0);
      return new FileText(handle, readMark(buffer.subarray(0, bytesRead)), onRead);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async read(target: Buffer): Promise<number> {
    this.#onRead(this.#position);
    if (this.#decoder === undefined) return this.#readBytes(target);
    let filled = 0;
    while (filled < target.length) {
      if (this.#decoded.length === 0 && !(await this.#decode(this.#decoder))) break;
      const copied = this.#decoded.copy(target, filled);
      this.#decoded = this.#decoded.subarray(copied);
      filled += copied;
    }
    return filled;
  }

  /** Closes the file. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }

  async #readBytes(target: Buffer): Promise<number> {
    const { bytesRead } = await this.#handle.read(target, 0, target.length, this.#position);
    this.#position += bytesRead;
    return bytesRead;
  }

  /** Decodes some more. @returns Whether there was more. */
  async #decode(decoder: TextDecoder): Promise<boolean> {
    if (this.#ended) return false;
    const encoded = Buffer.alloc(DECODED_BYTES);
    const bytes = await this.#readBytes(encoded);
    this.#ended = bytes === 0;
    this.#decoded = Buffer.from(decoder.decode(encoded.subarray(0, bytes), { stream: !this.#ended }));
    return true;
  }
}

/** What the first bytes say of the encoding: nothing for UTF-8. */
interface Mark {
  length: number;
  encoding?: "utf-16le" | "utf-16be";
}

function readMark(first: Buffer): Mark {
  const [a, b, c] = first;
  if (a === 0xef && b === 0xbb && c === 0xbf) return { length: 3 };
  if (a === 0xff && b === 0xfe) return { length: 2, encoding: "utf-16le" };
  if (a === 0xfe && b === 0xff) return { length: 2, encoding: "utf-16be" };
  return { length: 0 };
}
