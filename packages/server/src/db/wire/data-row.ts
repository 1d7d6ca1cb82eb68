// Not from ascii.ts: in these loops loading imported bindings would take a sixth to a third of the time.
const TAB = 0x09;
const NEWLINE = 0x0a;
const UPPER_N = 0x4e;
const BACKSLASH = 0x5c;

/** The letter that stands for a byte behind a backslash in COPY text; 0 for bytes that stand for themselves. */
const ESCAPES = new Uint8Array(256);
for (const [letter, byte] of Object.entries({ b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, "\\": BACKSLASH })) {
  ESCAPES[byte] = letter.charCodeAt(0);
}

/** From Buffer's pool: a few small rows need no memory of their own. */
const INITIAL_CAPACITY = 2 * 1024;
/** Most exchanges have no DataRow, so that the first one allocates. */
const NONE = Buffer.alloc(0);
/** More is handed out in the buffer it was written into, less is copied out of it. */
const COPY_LIMIT = 1 << 20;

/** Collects rows of PostgreSQL's DataRow messages, values in text format, as COPY text. */
export class CopyTextWriter {
  #bytes: Buffer = NONE;
  #length = 0;

  /** Bytes collected and not yet taken. */
  get length(): number {
    return this.#length;
  }

  /** Appends one row. `offset` is where the message's payload begins: the number of fields. */
  writeDataRow(buffer: Buffer, offset: number): void {
    const fields = buffer.readInt16BE(offset);
    let p = offset + 2;
    for (let i = 0; i < fields; i++) {
      const length = buffer.readInt32BE(p);
      p += 4;
      this.#reserve(Math.max(length, 0) * 2 + 3);
      if (i > 0) this.#bytes[this.#length++] = TAB;
      if (length < 0) {
        this.#bytes[this.#length++] = BACKSLASH;
        this.#bytes[this.#length++] = UPPER_N;
      } else {
        this.#append(buffer, p, p + length);
        p += length;
      }
    }
    this.#reserve(1);
    this.#bytes[this.#length++] = NEWLINE;
  }

  /** Hands over what was collected, whole rows, or undefined where there are none. The buffer is the caller's. */
  take(): Buffer | undefined {
    if (this.#length === 0) return undefined;
    const written = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    if (written.length <= COPY_LIMIT) return Buffer.from(written);
    this.#bytes = NONE;
    return written;
  }

  #append(source: Buffer, start: number, end: number): void {
    const out = this.#bytes;
    let at = this.#length;
    for (let p = start; p < end; p++) {
      const c = source[p] as number;
      const letter = ESCAPES[c] as number;
      if (letter === 0) out[at++] = c;
      else {
        out[at++] = BACKSLASH;
        out[at++] = letter;
      }
    }
    this.#length = at;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const bytes = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2, INITIAL_CAPACITY));
    this.#bytes.copy(bytes, 0, 0, this.#length);
    this.#bytes = bytes;
  }
}
