import { UnwritableError } from "./unwritable-error.ts";

/** Names of WKB's types, from 1. */
const TYPES = [
  "Point",
  "LineString",
  "Polygon",
  "MultiPoint",
  "MultiLineString",
  "MultiPolygon",
  "GeometryCollection",
] as const;
const [POINT, POLYGON] = [1, 3];
const HAS_Z = 1_000;

/** What is told of a column of geometries: which types there are, and the box around all. */
export class GeoColumn {
  readonly #types = new Set<string>();
  readonly #least = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  readonly #most = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  #hasZ = false;

  /** Looks at a geometry, in ISO's WKB, little-endian. @throws {@link UnwritableError} for a type that GeoParquet has not */
  add(wkb: Buffer): void {
    this.#types.add(typeOf(wkb.readUInt32LE(1)));
    this.#walk(wkb, 0);
  }

  /** GeoParquet's metadata of a file with this column alone. */
  metadata(name: string): string {
    const axes = this.#hasZ ? [0, 1, 2] : [0, 1];
    const bbox = [...axes.map((axis) => this.#least[axis]), ...axes.map((axis) => this.#most[axis])];
    const isKnown = bbox.every(Number.isFinite);
    const column = { encoding: "WKB", geometry_types: [...this.#types].sort(), ...(isKnown ? { bbox } : {}) };
    // Without a reference system, coordinates are longitude and latitude in WGS 84.
    return JSON.stringify({ version: "1.1.0", primary_column: name, columns: { [name]: column } });
  }

  /** @returns the position behind the geometry at `start` */
  #walk(wkb: Buffer, start: number): number {
    const code = wkb.readUInt32LE(start + 1);
    const type = code % HAS_Z;
    const axes = code >= HAS_Z ? 3 : 2;
    if (axes === 3) this.#hasZ = true;
    const at = start + 5;
    if (type === POINT) return this.#positions(wkb, at, { count: 1, axes });
    const count = wkb.readUInt32LE(at);
    let end = at + 4;
    if (type < POLYGON) return this.#positions(wkb, end, { count, axes });
    for (let part = 0; part < count; part++) {
      end =
        type === POLYGON ? this.#positions(wkb, end + 4, { count: wkb.readUInt32LE(end), axes }) : this.#walk(wkb, end);
    }
    return end;
  }

  #positions(wkb: Buffer, start: number, { count, axes }: { count: number; axes: number }): number {
    const [least, most] = [this.#least, this.#most];
    let at = start;
    for (let i = 0; i < count; i++) {
      for (let axis = 0; axis < axes; axis++, at += 8) {
        const value = wkb.readDoubleLE(at);
        // Those of an empty point are NaN, and nothing is less or more.
        if (value < (least[axis] as number)) least[axis] = value;
        if (value > (most[axis] as number)) most[axis] = value;
      }
    }
    return at;
  }
}

function typeOf(code: number): string {
  const name = TYPES[(code % HAS_Z) - 1];
  if (name === undefined || code >= 2 * HAS_Z)
    throw new UnwritableError(`a geometry has a type that GeoParquet has not (${code} in WKB): make polygons of it`);
  return code >= HAS_Z ? `${name} Z` : name;
}
