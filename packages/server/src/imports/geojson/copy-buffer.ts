/** Ranges up to here are copied byte by byte: that is faster than a call. */
const SHORT = 48;
/** Bytes from which on a chunk should be taken. */
const FULL = 256 * 1024;
/** Bytes of a new chunk: room for the row that fills it. */
const CHUNK_BYTES = FULL + 64 * 1024;

/** Collects bytes into chunks. Writing checks no bounds: {@link reserve} goes before it. */
export class CopyBuffer {
  /** The chunk so far, and the room behind it. */
  bytes: Buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  /** Where the next byte goes. */
  at = 0;

  /** Whether there is enough for a chunk. */
  get isFull(): boolean {
    return this.at >= FULL;
  }

  /** Makes room for `length` bytes. */
  reserve(length: number): void {
    const wanted = this.at + length;
    if (wanted <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(wanted, 2 * this.at));
    this.bytes.copy(grown, 0, 0, this.at);
    this.bytes = grown;
  }

  /** Writes one byte. */
  push(byte: number): void {
    this.bytes[this.at++] = byte;
  }

  /** Writes a part of `source`. */
  copy(source: Buffer, start: number, end: number): void {
    const { bytes } = this;
    let at = this.at;
    if (end - start > SHORT) at += source.copy(bytes, at, start, end);
    else for (let p = start; p < end; p++) bytes[at++] = source[p] as number;
    this.at = at;
  }

  /** Hands out what was written since the last time; the buffer is the caller's. */
  take(): Buffer {
    const chunk = this.bytes.subarray(0, this.at);
    this.bytes = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    this.at = 0;
    return chunk;
  }
}
