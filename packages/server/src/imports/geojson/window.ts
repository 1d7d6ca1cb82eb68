import { ImportError } from "../error.ts";
import { JsonScanner, Unexpected } from "./json-scanner.ts";

/** Bytes held while nothing in the file is larger. */
const START_BYTES = 256 * 1024;
/** Bytes held at most, which one feature must fit in. */
const MAX_BYTES = 64 * 1024 ** 2;
const TOO_BIG = 6666;

/** A text in UTF-8, read from its beginning. */
export interface Text {
  /** Reads on, into the beginning of `target`. @returns How many bytes; 0 at the end. */
  read(target: Buffer): Promise<number>;
}

/**
 * The part of a file that is in memory: what was not taken yet of it, as the bytes of a scanner.
 *
 * Positions are those in the scanner's bytes, and hold until {@link fill} moves these.
 */
export class Window {
  /** Position of the first byte that was not taken yet. */
  at = 0;
  /** Position behind the last byte. */
  end = 0;
  /** Whether the file has no more. */
  ended = false;
  /** What walks over the window's bytes. */
  readonly scanner: JsonScanner = new JsonScanner();
  readonly #text: Text;
  /** Bytes of the text before the window's first. */
  #before = 0;

  constructor(text: Text) {
    this.#text = text;
  }

  /** Drops what was taken and reads more. @throws {@link ImportError} 6666 when what was not taken is too large. */
  async fill(): Promise<void> {
    const kept = this.end - this.at;
    if (kept >= MAX_BYTES) throw tooBig();
    const bytes = this.#room(kept);
    this.scanner.bytes.copy(bytes, 0, this.at, this.end);
    this.#before += this.at;
    this.at = 0;
    const read = await this.#text.read(bytes.subarray(kept, -1));
    this.end = kept + read;
    this.ended = read === 0;
    bytes[this.end] = 0;
    this.scanner.bytes = bytes;
  }

  /** Bytes of the whole text before a position, in UTF-8. */
  offsetOf(position: number): number {
    return this.#before + position;
  }

  /** Whether a scanner stopped at the window's end only, and not at the file's. */
  wants(error: unknown): boolean {
    return error instanceof Unexpected && error.at >= this.end && !this.ended;
  }

  /** Runs `parse` from {@link at} on, again with more bytes where it needs them. Takes nothing itself. */
  async parse<T>(parse: (at: number) => T): Promise<T> {
    for (;;) {
      try {
        return parse(this.at);
      } catch (error) {
        if (!this.wants(error)) throw error;
      }
      await this.fill();
    }
  }

  /** A buffer with room behind `kept` bytes, mostly for as many again, so that huge features cost linear time. */
  #room(kept: number): Buffer {
    let size = START_BYTES;
    while (size < 2 * kept && size < MAX_BYTES) size *= 2;
    const { bytes } = this.scanner;
    return bytes.length === size + 1 ? bytes : Buffer.allocUnsafeSlow(size + 1);
  }
}

function tooBig(): ImportError {
  const limit = MAX_BYTES / 1024 ** 2;
  const message = `One feature of the file has more than ${limit} MB. Simplify its geometry or split it, and import the file again.`;
  return new ImportError(TOO_BIG, message);
}
