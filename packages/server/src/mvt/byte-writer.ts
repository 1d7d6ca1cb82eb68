const INITIAL_BYTES = 1024;
/** Bytes of the longest varint of 32 bits, and of 64. */
const VARINT32_BYTES = 5;
const VARINT64_BYTES = 10;

/** Bytes that grow as they are written, with the varints that protobuf is made of. */
export class ByteWriter {
  bytes: Uint8Array = new Uint8Array(INITIAL_BYTES);
  /** Where to write next; setting it back takes away what was written behind. */
  at = 0;

  /** Makes room for `length` more bytes. */
  reserve(length: number): void {
    const needed = this.at + length;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, needed));
    grown.set(this.bytes.subarray(0, this.at));
    this.bytes = grown;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.at++] = value;
  }

  /** Writes the lowest 32 bits of `value`, taken as unsigned. */
  varint(value: number): void {
    this.reserve(VARINT32_BYTES);
    const { bytes } = this;
    let at = this.at;
    let rest = value >>> 0;
    for (; rest > 127; rest >>>= 7) bytes[at++] = (rest & 127) | 128;
    bytes[at++] = rest;
    this.at = at;
  }

  /** Writes an unsigned number of 64 bits, given as its two halves. */
  varint64(high: number, low: number): void {
    this.reserve(VARINT64_BYTES);
    let upper = high >>> 0;
    let lower = low >>> 0;
    while (upper > 0 || lower > 127) {
      this.bytes[this.at++] = (lower & 127) | 128;
      lower = ((lower >>> 7) | (upper << 25)) >>> 0;
      upper >>>= 7;
    }
    this.bytes[this.at++] = lower;
  }

  /** Writes the bytes from `start` to `end` of `source`. */
  copy(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.reserve(length);
    // A call costs more than a loop over a few bytes.
    if (length > 64) this.bytes.set(source.subarray(start, end), this.at);
    else for (let i = 0; i < length; i++) this.bytes[this.at + i] = source[start + i] as number;
    this.at += length;
  }
}

/** Bytes that {@link ByteWriter.varint} takes for a number below 2^32. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value >>> 0; rest > 127; rest >>>= 7) length++;
  return length;
}
