import { ImportError } from "../error.ts";

/** Times its own size that a packed file may grow to. Text of one letter packs to a thousandth, data to a tenth. */
const MAX_RATIO = 200;
/** A file that unpacks to no more than this is no bomb. */
const HARMLESS_BYTES = 10 * 1024 ** 2;
const TOO_BIG = 6666;

/** The bytes that a packed file may unpack to. */
export class ByteBudget {
  readonly #limit: number;
  #used = 0;

  /** @param maxBytes Bytes that a file may have. */
  constructor(packedBytes: number, maxBytes: number) {
    this.#limit = Math.min(maxBytes, Math.max(packedBytes * MAX_RATIO, HARMLESS_BYTES));
  }

  /** Counts bytes that were unpacked. @throws ImportError 6666 when they are too many */
  take(bytes: number): void {
    this.expect(bytes);
    this.#used += bytes;
  }

  /** Looks whether there is room for bytes to come. @throws ImportError 6666 when there is not */
  expect(bytes: number): void {
    if (this.#used + bytes <= this.#limit) return;
    throw new ImportError(
      TOO_BIG,
      `The file unpacks to more than ${this.#limit} bytes, which is too much for its size or for an import: split it.`,
    );
  }
}
