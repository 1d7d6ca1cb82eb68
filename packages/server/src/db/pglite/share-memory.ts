const HEADER_LENGTH = 8;
const IMPORT_SECTION = 2;
const KIND_FUNCTION = 0;
const KIND_TABLE = 1;
const KIND_MEMORY = 2;
const KIND_GLOBAL = 3;
const HAS_MAXIMUM = 1;
const HAS_MAXIMUM_AND_SHARED = 3;
/** 32,768 pages of 64 KiB, 2 GiB: the maximum that PGlite gives its own memory. */
const MAXIMUM_PAGES = 32_768;

/** Where the limits of an imported memory stand in a module. */
interface MemoryLimits {
  /** Offset of the flags byte. */
  flags: number;
  hasMaximum: boolean;
  /** Offset behind the initial size, where a maximum goes. */
  afterInitial: number;
  /** Offset and end of the import section's size, and its value. */
  size: { at: number; end: number; value: number };
}

/**
 * Rewrites a WebAssembly module so that it imports its memory as a shared one.
 *
 * A shared memory needs a maximum: where the module names none, 2 GiB is added. A module that imports no memory comes
 * back unchanged. Never writes to `module`.
 *
 * @param module The binary form, version 1.
 * @throws {RangeError} when `module` ends within its import section.
 * @see https://webassembly.github.io/spec/core/binary/modules.html#import-section
 */
export function shareMemory(module: Uint8Array): Uint8Array {
  const limits = findMemoryLimits(module);
  if (limits === undefined) return module;
  if (limits.hasMaximum) {
    const copy = module.slice();
    copy[limits.flags] = HAS_MAXIMUM_AND_SHARED;
    return copy;
  }
  const maximum = encodeLeb(MAXIMUM_PAGES);
  return Buffer.concat([
    module.subarray(0, limits.size.at),
    encodeLeb(limits.size.value + maximum.length),
    module.subarray(limits.size.end, limits.flags),
    Uint8Array.of(HAS_MAXIMUM_AND_SHARED),
    module.subarray(limits.flags + 1, limits.afterInitial),
    maximum,
    module.subarray(limits.afterInitial),
  ]);
}

function findMemoryLimits(module: Uint8Array): MemoryLimits | undefined {
  const reader = new Reader(module, HEADER_LENGTH);
  while (reader.at < module.length) {
    const id = reader.byte();
    const at = reader.at;
    const value = reader.leb();
    const end = reader.at;
    if (id === IMPORT_SECTION) return findInImports(reader, { at, end, value });
    reader.at = end + value;
  }
  return undefined;
}

function findInImports(reader: Reader, size: MemoryLimits["size"]): MemoryLimits | undefined {
  for (let count = reader.leb(); count > 0; count--) {
    reader.skip(reader.leb());
    reader.skip(reader.leb());
    const kind = reader.byte();
    if (kind === KIND_MEMORY) {
      const flags = reader.at;
      const hasMaximum = (reader.byte() & HAS_MAXIMUM) !== 0;
      reader.leb();
      return { flags, hasMaximum, afterInitial: reader.at, size };
    }
    skipDescription(reader, kind);
  }
  return undefined;
}

function skipDescription(reader: Reader, kind: number): void {
  if (kind === KIND_FUNCTION) reader.leb();
  else if (kind === KIND_TABLE) {
    reader.byte();
    const hasMaximum = (reader.byte() & HAS_MAXIMUM) !== 0;
    reader.leb();
    if (hasMaximum) reader.leb();
  } else if (kind === KIND_GLOBAL) reader.skip(2);
  else {
    // A tag: its attribute and its type.
    reader.byte();
    reader.leb();
  }
}

/** Reads bytes and unsigned LEB128 numbers. */
class Reader {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  byte(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw new RangeError("the WebAssembly module ends too early");
    return byte;
  }

  leb(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }

  skip(length: number): void {
    this.at += length;
  }
}

function encodeLeb(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; ) {
    const low = rest & 0x7f;
    rest >>>= 7;
    if (rest === 0) return Uint8Array.from([...bytes, low]);
    bytes.push(low | 0x80);
  }
}
