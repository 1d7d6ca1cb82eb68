import { ByteWriter, varintLength } from "./byte-writer.ts";

/** How a value is read from PostgreSQL's binary form. */
export type ValueKind = "bool" | "int2" | "int4" | "int8" | "float4" | "float8" | "text";

/** Field 4 of a layer, a value, by its tag. */
const VALUE = 0x22;
/** Tags of the fields of a value. */
const STRING = 0x0a;
const FLOAT = 0x15;
const DOUBLE = 0x19;
const UINT = 0x28;
const SINT = 0x30;
const BOOL = 0x38;

/** Bytes in front of a value other than a string: {@link VALUE} and the value's length. */
const HEAD_BYTES = 2;
const INITIAL_SLOTS = 1024;
const FNV_PRIME = 0x01000193;

/**
 * The different values of a layer, encoded as its field 4, each of them once.
 *
 * A value is written behind the others and looked up by those bytes: values are equal where their types and their bits
 * are, and no object is made of any.
 */
export class ValueTable {
  readonly out: ByteWriter = new ByteWriter();
  readonly #seed: number = Math.trunc(Math.random() * 2 ** 32);
  #count = 0;
  /** Where each value begins in {@link out}, and behind the last where the next will. */
  #starts: Int32Array = new Int32Array(INITIAL_SLOTS);
  #hashes: Int32Array = new Int32Array(INITIAL_SLOTS);
  /** Numbers of values plus one by their hash, the next free slot being taken; at most half of them are. */
  #slots: Int32Array = new Int32Array(INITIAL_SLOTS * 2);

  /** The number of the value that `bytes` hold from `start` to `end`. It is added where it is new. */
  add(kind: ValueKind, bytes: Uint8Array, { start, end }: { start: number; end: number }): number {
    const { out } = this;
    const before = out.at;
    if (kind === "text") this.#writeText(bytes, start, end);
    else {
      out.byte(VALUE);
      out.byte(0);
      this.#writeNumber(kind, bytes, start);
      out.bytes[before + 1] = out.at - before - HEAD_BYTES;
    }
    return this.#intern(before);
  }

  #writeText(bytes: Uint8Array, start: number, end: number): void {
    const { out } = this;
    const length = end - start;
    out.byte(VALUE);
    out.varint(1 + varintLength(length) + length);
    out.byte(STRING);
    out.varint(length);
    out.copy(bytes, start, end);
  }

  #writeNumber(kind: Exclude<ValueKind, "text">, bytes: Uint8Array, at: number): void {
    const { out } = this;
    if (kind === "bool") {
      out.byte(BOOL);
      out.byte(bytes[at] as number);
    } else if (kind === "float4" || kind === "float8") {
      const length = kind === "float4" ? 4 : 8;
      out.byte(kind === "float4" ? FLOAT : DOUBLE);
      // PostgreSQL's first byte is the highest, protobuf's the lowest.
      for (let i = at + length - 1; i >= at; i--) out.byte(bytes[i] as number);
    } else if (kind === "int8") this.#writeInteger(readInt32(bytes, at), readInt32(bytes, at + 4));
    else {
      const value = kind === "int4" ? readInt32(bytes, at) : readInt32(bytes, at) >> 16;
      this.#writeInteger(value >> 31, value);
    }
  }

  /** Writes an integer as ST_AsMVT does: one that is not negative as unsigned, another with its sign in the lowest bit. */
  #writeInteger(high: number, low: number): void {
    const { out } = this;
    if (high >= 0) {
      out.byte(UINT);
      out.varint64(high, low);
    } else {
      out.byte(SINT);
      out.varint64(~((high << 1) | (low >>> 31)), ~(low << 1));
    }
  }

  /** Keeps the value that begins at `start` and ends the output, or takes it away where it is known. */
  #intern(start: number): number {
    const { out } = this;
    const hash = hashOf(out.bytes, this.#seed, { start, end: out.at });
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let number = this.#slots[slot] as number; number > 0; number = this.#slots[slot] as number) {
      if (this.#hashes[number - 1] === hash && this.#equals(number - 1, start)) {
        out.at = start;
        return number - 1;
      }
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = ++this.#count;
    this.#hashes[this.#count - 1] = hash;
    this.#starts[this.#count] = out.at;
    if (this.#count + 1 === this.#hashes.length) this.#grow();
    return this.#count - 1;
  }

  #equals(number: number, start: number): boolean {
    const { bytes, at } = this.out;
    const from = this.#starts[number] as number;
    const length = at - start;
    if ((this.#starts[number + 1] as number) - from !== length) return false;
    for (let i = 0; i < length; i++) if (bytes[from + i] !== bytes[start + i]) return false;
    return true;
  }

  #grow(): void {
    this.#starts = doubled(this.#starts);
    this.#hashes = doubled(this.#hashes);
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let number = 1; number <= this.#count; number++) {
      let slot = (this.#hashes[number - 1] as number) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number;
    }
    this.#slots = slots;
  }
}

function doubled(array: Int32Array): Int32Array {
  const result = new Int32Array(array.length * 2);
  result.set(array);
  return result;
}

function readInt32(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  );
}

/** FNV-1a, from another beginning in each table: nobody can prepare values that all fall into one slot. */
function hashOf(bytes: Uint8Array, seed: number, { start, end }: { start: number; end: number }): number {
  let hash = seed;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), FNV_PRIME);
  // FNV's lowest bits depend on the bytes' lowest bits alone.
  return hash ^ (hash >>> 15);
}
