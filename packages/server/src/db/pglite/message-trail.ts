const HEAD = 5;
const QUERY = 0x51;
const SYNC = 0x53;
/** Messages within a COPY: CopyData, CopyDone, CopyFail. They belong to the command that started it. */
const COPY_MESSAGES: ReadonlySet<number> = new Set([0x64, 0x63, 0x66]);

/**
 * Remembers which command the backend works on, by counting the bytes that it has read.
 *
 * PGlite sends ReadyForQuery after every error, also where the protocol says to skip all messages up to a Sync and to
 * answer that one. Only who knows whether the failed command was one of the extended protocol can hold it back.
 */
export class MessageTrail {
  /** Where each message that was not read wholly ends, counted from the first byte ever. */
  readonly #ends: { end: number; letter: number }[] = [];
  #given = 0;
  #read = 0;
  #command = QUERY;

  /** Whole messages were put into the queue. */
  give(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at + HEAD <= bytes.length; ) {
      const length = view.getInt32(at + 1) + 1;
      const letter = bytes[at] ?? 0;
      if (!COPY_MESSAGES.has(letter)) this.#ends.push({ end: this.#given + at + length, letter });
      at += length;
    }
    this.#given += bytes.length;
  }

  /** The backend took bytes into its buffer. */
  take(bytes: number): void {
    this.#read += bytes;
  }

  /** Whether the last command that was read is one that ReadyForQuery answers. `buffered` bytes are not read yet. */
  endsExchange(buffered: number): boolean {
    const at = this.#read - buffered;
    while (this.#ends[0] && this.#ends[0].end <= at) this.#command = this.#ends.shift()?.letter ?? QUERY;
    return this.#command === QUERY || this.#command === SYNC;
  }
}
