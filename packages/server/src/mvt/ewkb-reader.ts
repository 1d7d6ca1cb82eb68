/** Types of WKB. */
export const POINT = 1;
/** {@link POINT} */
export const LINE = 2;
/** {@link POINT} */
export const POLYGON = 3;
/** A collection of anything; from 4 on up to it are types that others are in. */
export const COLLECTION = 7;

const HAS_Z = 0x8000_0000;
const HAS_M = 0x4000_0000;
const HAS_SRID = 0x2000_0000;
const TYPE_BITS = 0x1fff_ffff;
const DOUBLE_BYTES = 8;

/** Walks over a geometry in PostGIS' binary form. */
export class EwkbReader {
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Where to read next. */
  at = 0;
  /** The byte order of the geometry that was begun last. */
  littleEndian = true;
  /** Bytes of one of its vertices: x, y and what it has besides. */
  stride: number = 2 * DOUBLE_BYTES;

  /** Begins a geometry; returns its type. */
  readHead(): number {
    this.littleEndian = this.view.getUint8(this.at) === 1;
    const word = this.view.getUint32(this.at + 1, this.littleEndian);
    const more = (word & HAS_Z ? 1 : 0) + (word & HAS_M ? 1 : 0);
    this.stride = (2 + more) * DOUBLE_BYTES;
    this.at += word & HAS_SRID ? 9 : 5;
    return word & TYPE_BITS;
  }

  /** Reads how many vertices, rings or geometries follow. */
  readCount(): number {
    const count = this.view.getUint32(this.at, this.littleEndian);
    this.at += 4;
    return count;
  }

  /** Reads on over the body of a point, line or polygon. */
  skipBody(type: number): void {
    if (type === POINT) this.at += this.stride;
    else if (type === LINE) this.#skipVertices();
    else for (let rings = this.readCount(); rings > 0; rings--) this.#skipVertices();
  }

  /**
   * Reads on over a geometry. Returns the type of its parts of the highest dimension, be they empty: {@link POINT},
   * {@link LINE} or {@link POLYGON}; 0 where it has none, and {@link UNKNOWN_PARTS} where it has others, as curves.
   */
  skipGeometry(): number {
    const type = this.readHead();
    if (type <= POLYGON) {
      this.skipBody(type);
      return type;
    }
    if (type > COLLECTION) return UNKNOWN_PARTS;
    let highest = 0;
    for (let count = this.readCount(); count > 0; count--) {
      highest = Math.max(highest, this.skipGeometry());
      if (highest === UNKNOWN_PARTS) return highest;
    }
    return highest;
  }

  #skipVertices(): void {
    const vertices = this.readCount();
    this.at += vertices * this.stride;
  }
}

/** {@link EwkbReader.skipGeometry} met a geometry that can't be read over. */
export const UNKNOWN_PARTS = 99;
