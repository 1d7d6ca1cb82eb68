/** Number types of a part. The names are those that end a column's name; the order is that of their numbers on the wire. */
export type NumberType = "int8" | "uint8" | "uintclamp8" | "int16" | "uint16" | "int32" | "uint32" | "float32";

interface NumberKind {
  /** Number of the type in a part's header. */
  code: number;
  bytes: number;
  min: number;
  max: number;
  write(out: Buffer, value: number, at: number): void;
}

/** What is known of each number type. */
export const NUMBER_KINDS: Readonly<Record<NumberType, NumberKind>> = {
  int8: { code: 1, bytes: 1, min: -128, max: 127, write: (out, value, at) => out.writeInt8(value, at) },
  uint8: { code: 2, bytes: 1, min: 0, max: 255, write: (out, value, at) => out.writeUInt8(value, at) },
  uintclamp8: { code: 3, bytes: 1, min: 0, max: 255, write: (out, value, at) => out.writeUInt8(value, at) },
  int16: { code: 4, bytes: 2, min: -32_768, max: 32_767, write: (out, value, at) => out.writeInt16LE(value, at) },
  uint16: { code: 5, bytes: 2, min: 0, max: 65_535, write: (out, value, at) => out.writeUInt16LE(value, at) },
  int32: {
    code: 6,
    bytes: 4,
    min: -(2 ** 31),
    max: 2 ** 31 - 1,
    write: (out, value, at) => out.writeInt32LE(value, at),
  },
  uint32: { code: 7, bytes: 4, min: 0, max: 2 ** 32 - 1, write: (out, value, at) => out.writeUInt32LE(value, at) },
  float32: { code: 8, bytes: 4, min: -Infinity, max: Infinity, write: (out, value, at) => out.writeFloatLE(value, at) },
};

const STRING = 10;
const BUFFER = 11;
const HEADER = 8;
/** Parts within a part begin at multiples of this. */
const ALIGNMENT = 4;

/**
 * A part of a binary document under construction: a header of type and size in bytes, both big-endian in 32 bits, and
 * numbers, little-endian, or further parts.
 */
export class Part {
  readonly #code: number;
  #bytes: Buffer = Buffer.alloc(64);
  #length = HEADER;

  private constructor(code: number) {
    this.#code = code;
  }

  /** A part of numbers of one type. */
  static numbers(type: NumberType): Part {
    return new Part(NUMBER_KINDS[type].code);
  }

  /** A part of texts. */
  static texts(): Part {
    return new Part(STRING);
  }

  /** A part of parts. */
  static parts(): Part {
    return new Part(BUFFER);
  }

  /** Bytes so far, with the header. */
  get length(): number {
    return this.#length;
  }

  /** Adds a number that the type can hold. */
  number(type: NumberType, value: number): void {
    const { bytes, write } = NUMBER_KINDS[type];
    const at = this.#claim(bytes);
    write(this.#bytes, value, at);
  }

  /** Adds a text: a part of its UTF-16 units. */
  text(text: string): void {
    this.#align();
    const size = text.length * 2;
    const at = this.#claim(HEADER + size);
    writeHeader(this.#bytes, at, NUMBER_KINDS.uint16.code, size);
    this.#bytes.write(text, at + HEADER, "utf16le");
  }

  /** Adds a part that is complete. */
  part(part: Part): void {
    this.#align();
    const bytes = part.bytes();
    const at = this.#claim(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** The whole of it. */
  bytes(): Buffer {
    writeHeader(this.#bytes, 0, this.#code, this.#length - HEADER);
    return this.#bytes.subarray(0, this.#length);
  }

  #align(): void {
    const padding = -this.#length & (ALIGNMENT - 1);
    const at = this.#claim(padding);
    this.#bytes.fill(0, at, at + padding);
  }

  #claim(more: number): number {
    const at = this.#length;
    this.#length += more;
    if (this.#length > this.#bytes.length) {
      const bytes = Buffer.allocUnsafe(Math.max(this.#length, this.#bytes.length * 2));
      this.#bytes.copy(bytes, 0, 0, at);
      this.#bytes = bytes;
    }
    return at;
  }
}

function writeHeader(out: Buffer, at: number, code: number, size: number): void {
  out.writeUInt32BE(code, at);
  out.writeUInt32BE(size, at + 4);
}
