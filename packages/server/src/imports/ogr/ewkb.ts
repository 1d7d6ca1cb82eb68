/** A geometry's kind, and the first of its points. */
export interface FirstPoint {
  /** Number of its type: 1 for a point, 7 for a collection. */
  kind: number;
  /** Undefined for an empty geometry, and for one of a kind that is not known. */
  at: { x: number; y: number } | undefined;
}

const HAS_SRID = 0x20000000;
const MAX_DEPTH = 16;
/** Kinds whose parts are geometries with a header each. */
const NESTED: ReadonlySet<number> = new Set([4, 5, 6, 7, 9, 10, 11, 12, 15, 16]);
/** Reads a geometry's kind and first point from its hexadecimal EWKB, or the first kilobyte of it. */
export function firstPoint(hex: string): FirstPoint | undefined {
  const reader = new EwkbReader(Buffer.from(hex, "hex"));
  try {
    return reader.read();
  } catch {
    return undefined;
  }
}

/** Reads beyond its bytes end in a RangeError. */
class EwkbReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  read(depth = 0): FirstPoint {
    const little = this.#bytes.readUInt8(this.#position) === 1;
    this.#position++;
    const type = this.#count(little);
    if (type & HAS_SRID) this.#position += 4;
    const kind = (type & 0xffff) % 1000;
    if (kind === 1) return { kind, at: this.#point(little) };
    const parts = this.#count(little);
    if (parts === 0 || depth === MAX_DEPTH) return { kind, at: undefined };
    if (NESTED.has(kind)) return { kind, at: this.read(depth + 1).at };
    // Polygons and triangles have rings of points.
    if ((kind === 3 || kind === 17) && this.#count(little) === 0) return { kind, at: undefined };
    return { kind, at: this.#point(little) };
  }

  #count(little: boolean): number {
    const at = this.#position;
    this.#position += 4;
    return little ? this.#bytes.readUInt32LE(at) : this.#bytes.readUInt32BE(at);
  }

  #point(little: boolean): { x: number; y: number } | undefined {
    const read = (at: number): number => (little ? this.#bytes.readDoubleLE(at) : this.#bytes.readDoubleBE(at));
    const [x, y] = [read(this.#position), read(this.#position + 8)];
    return Number.isNaN(x) || Number.isNaN(y) ? undefined : { x, y };
  }
}
