import type { FileHandle } from "node:fs/promises";
import { createDecoder, type Decoder } from "./text-decoder.ts";

/** Bytes that are read at once, unless a record is longer: some milliseconds' work between two reads. */
const READ_BYTES = 256 * 1024;
const LINE_FEED = 0x0a;

/**
 * A piece of a file's text in UTF-8.
 *
 * A line feed that is not the text's stands at `end`, so that loops which look for one need not look for the end too.
 */
export interface TextWindow {
  bytes: Buffer;
  end: number;
  /** Whether the text ends here. */
  last: boolean;
}

/** A file's text, piece by piece. */
export interface TextSource {
  /**
   * Reads on. The window before the last may be written over then.
   *
   * @param rest What is to stand before the new text; twice as much is read when it is long.
   */
  next(rest: Buffer): Promise<TextWindow>;
}

/** Where and how a text is read. */
export interface TextOptions {
  /** WHATWG's name of the encoding. */
  encoding: string;
  /** Bytes to leave out at the beginning: a byte order mark's. */
  skip: number;
  /** Called with the position in the file after each read. */
  onRead(position: number): void;
}

/** Opens a file's text; the file stays the caller's to close. */
export function openText(handle: FileHandle, options: TextOptions): TextSource {
  return options.encoding === "utf-8" ? new Utf8Source(handle, options) : new DecodedSource(handle, options);
}

/** Text that is UTF-8 already: no byte is copied, but for the rest of the window before. */
class Utf8Source implements TextSource {
  readonly #handle: FileHandle;
  readonly #options: TextOptions;
  readonly #buffers = new Buffers();
  #position: number;

  constructor(handle: FileHandle, options: TextOptions) {
    this.#handle = handle;
    this.#options = options;
    this.#position = options.skip;
  }

  async next(rest: Buffer): Promise<TextWindow> {
    const length = Math.max(READ_BYTES, rest.length);
    const bytes = this.#buffers.take(rest.length + length + 1);
    bytes.set(rest);
    const { bytesRead } = await this.#handle.read(bytes, rest.length, length, this.#position);
    this.#position += bytesRead;
    this.#options.onRead(this.#position);
    const end = rest.length + bytesRead;
    bytes[end] = LINE_FEED;
    return { bytes, end, last: bytesRead < length };
  }
}

/** Text in another encoding. What can't be decoded becomes U+FFFD. */
class DecodedSource implements TextSource {
  readonly #handle: FileHandle;
  readonly #options: TextOptions;
  readonly #decoder: Decoder;
  readonly #buffers = new Buffers();
  #input: Buffer<ArrayBuffer> = Buffer.allocUnsafeSlow(READ_BYTES);
  #position: number;

  constructor(handle: FileHandle, options: TextOptions) {
    this.#handle = handle;
    this.#options = options;
    this.#decoder = createDecoder(options.encoding);
    this.#position = options.skip;
  }

  async next(rest: Buffer): Promise<TextWindow> {
    if (this.#input.length < rest.length) this.#input = Buffer.allocUnsafeSlow(rest.length);
    const { bytesRead } = await this.#handle.read(this.#input, 0, this.#input.length, this.#position);
    this.#position += bytesRead;
    this.#options.onRead(this.#position);
    const last = bytesRead < this.#input.length;
    const text = this.#decoder.decode(this.#input.subarray(0, bytesRead), last);
    const end = rest.length + Buffer.byteLength(text);
    const bytes = this.#buffers.take(end + 1);
    bytes.set(rest);
    bytes.write(text, rest.length, "utf8");
    bytes[end] = LINE_FEED;
    return { bytes, end, last };
  }
}

/**
 * Two buffers, used in turn: one is read from while the other is filled.
 *
 * A buffer for each window would be left to the garbage collector, which lets 60 MB of them pile up.
 */
class Buffers {
  #next: Buffer<ArrayBuffer> = Buffer.alloc(0);
  #last: Buffer<ArrayBuffer> = Buffer.alloc(0);

  /** The buffer that was not taken last, or a larger one in its place. */
  take(length: number): Buffer<ArrayBuffer> {
    const taken = this.#next.length < length ? Buffer.allocUnsafeSlow(length) : this.#next;
    this.#next = this.#last;
    this.#last = taken;
    return taken;
  }
}
