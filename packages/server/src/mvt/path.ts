import type { EwkbReader } from "./ewkb-reader.ts";

/** How a tile's units lie on the map. */
export interface TileGrid {
  /** The tile's north-west corner, in the units of the geometries. */
  west: number;
  north: number;
  /** Units of the tile per unit of the geometries. */
  scale: number;
}

/** Vertices further away are put there: commands hold differences of 32 bits. Nothing visible is as far. */
const FARTHEST = 2 ** 29;
/** Added and taken away again, it rounds a double to an integer, halves to even ones, as PostGIS rounds. */
const ROUNDING = 1.5 * 2 ** 52;

/** Vertices in a tile's units, y down. It is filled again and again. */
export class Path {
  /** x and y in turn. */
  units: Int32Array = new Int32Array(256);
  /** Numbers in {@link units} that count: two a vertex. */
  length = 0;
  /** Extent of what was read since {@link forget}, not rounded. */
  #left = 0;
  #right = 0;
  #top = 0;
  #bottom = 0;
  /** Where a ring is cut into. */
  #spare: Int32Array = new Int32Array(0);
  readonly #grid: TileGrid;

  constructor(grid: TileGrid) {
    this.#grid = grid;
  }

  /** Forgets the vertices and their extent. */
  forget(): void {
    this.length = 0;
    this.#left = this.#top = Number.POSITIVE_INFINITY;
    this.#right = this.#bottom = Number.NEGATIVE_INFINITY;
  }

  /** Whether the diagonal of what was read since {@link forget} is shorter than one unit. */
  get isTiny(): boolean {
    return (this.#right - this.#left) ** 2 + (this.#bottom - this.#top) ** 2 < 1;
  }

  /** Replaces the vertices by those that the reader is at, of which none equals the one before. */
  read(reader: EwkbReader): void {
    const count = reader.readCount();
    this.length = 0;
    this.#makeRoom(count * 2);
    this.#append(reader, count);
  }

  /** Adds the one vertex that the reader is at; returns whether it is one: empty points have no coordinates. */
  readPoint(reader: EwkbReader): boolean {
    const isEmpty = Number.isNaN(reader.view.getFloat64(reader.at, reader.littleEndian));
    if (isEmpty) reader.at += reader.stride;
    else {
      this.#makeRoom(this.length + 2);
      this.#append(reader, 1);
    }
    return !isEmpty;
  }

  /** Takes away the last vertices while they equal the first. */
  open(): void {
    const { units } = this;
    while (this.length > 2 && units[0] === units[this.length - 2] && units[1] === units[this.length - 1]) {
      this.length -= 2;
    }
  }

  /**
   * Cuts a ring to the square whose sides are `lowest` and `highest`. Parts of it that only hang together outside stay
   * joined along the square's sides.
   */
  clipRing(lowest: number, highest: number): void {
    if (this.#isWithin(lowest, highest)) return;
    for (const axis of [0, 1] as const) {
      this.#cut(axis, lowest, -1);
      this.#cut(axis, highest, 1);
    }
    this.open();
  }

  #isWithin(lowest: number, highest: number): boolean {
    const { units, length } = this;
    for (let i = 0; i < length; i++) {
      const unit = units[i] as number;
      if (unit < lowest || unit > highest) return false;
    }
    return true;
  }

  /** Takes away the part of the ring that is beyond `limit` on one axis: above it with a `sign` of 1, below with -1. */
  #cut(axis: 0 | 1, limit: number, sign: 1 | -1): void {
    const { units, length } = this;
    if (this.#spare.length < 2 * length) this.#spare = new Int32Array(2 * length);
    this.units = this.#spare;
    this.#spare = units;
    this.length = 0;
    for (let i = 0, before = length - 2; i < length; before = i, i += 2) {
      const from = ((units[before + axis] as number) - limit) * sign;
      const to = ((units[i + axis] as number) - limit) * sign;
      if (from > 0 !== to > 0) {
        const other = units[before + 1 - axis] as number;
        const crossing = other + (((units[i + 1 - axis] as number) - other) * from) / (from - to);
        this.#push(axis === 0 ? limit : rounded(crossing), axis === 0 ? rounded(crossing) : limit);
      }
      if (to <= 0) this.#push(units[i] as number, units[i + 1] as number);
    }
  }

  /** Adds a vertex where there is room, unless it equals the one before. */
  #push(x: number, y: number): void {
    const { units, length } = this;
    if (length > 0 && x === units[length - 2] && y === units[length - 1]) return;
    units[length] = x;
    units[length + 1] = y;
    this.length = length + 2;
  }

  /** Turns the order of the vertices round. */
  reverse(): void {
    const { units, length } = this;
    for (let i = 0, j = length - 2; i < j; i += 2, j -= 2) {
      const x = units[i] as number;
      const y = units[i + 1] as number;
      units[i] = units[j] as number;
      units[i + 1] = units[j + 1] as number;
      units[j] = x;
      units[j + 1] = y;
    }
  }

  /** Twice the area of the vertices as a ring; positive where it turns clockwise on the screen. */
  doubledArea(): number {
    const { units, length } = this;
    let sum = 0;
    let x = units[length - 2] as number;
    let y = units[length - 1] as number;
    for (let i = 0; i < length; i += 2) {
      const nextX = units[i] as number;
      const nextY = units[i + 1] as number;
      sum += x * nextY - nextX * y;
      x = nextX;
      y = nextY;
    }
    return sum;
  }

  // The loop over all vertices of a tile: everything it needs is local.
  #append(reader: EwkbReader, count: number): void {
    const { view, littleEndian, stride } = reader;
    const { west, north, scale } = this.#grid;
    const { units } = this;
    let { length } = this;
    let left = this.#left;
    let right = this.#right;
    let top = this.#top;
    let bottom = this.#bottom;
    let at = reader.at;
    for (const end = at + count * stride; at < end; at += stride) {
      const x = (view.getFloat64(at, littleEndian) - west) * scale;
      const y = (north - view.getFloat64(at + 8, littleEndian)) * scale;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      if (y > bottom) bottom = y;
      const unitX = rounded(x);
      const unitY = rounded(y);
      if (length > 0 && unitX === units[length - 2] && unitY === units[length - 1]) continue;
      units[length] = unitX;
      units[length + 1] = unitY;
      length += 2;
    }
    reader.at = at;
    this.length = length;
    this.#left = left;
    this.#right = right;
    this.#top = top;
    this.#bottom = bottom;
  }

  #makeRoom(length: number): void {
    if (length <= this.units.length) return;
    const grown = new Int32Array(Math.max(length, this.units.length * 2));
    grown.set(this.units.subarray(0, this.length));
    this.units = grown;
  }
}

function rounded(value: number): number {
  if (value > FARTHEST) return FARTHEST;
  if (value < -FARTHEST) return -FARTHEST;
  return (value + ROUNDING - ROUNDING) | 0;
}
