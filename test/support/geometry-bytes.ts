/** A geometry as nested coordinates. */
export type Shape =
  | { type: "point"; at: readonly number[] | undefined }
  | { type: "line"; vertices: readonly (readonly number[])[] }
  | { type: "polygon"; rings: readonly (readonly (readonly number[])[])[] }
  | { type: "multipoint" | "multiline" | "multipolygon" | "collection"; parts: readonly Shape[] };

/** How {@link ewkb} writes. */
export interface EwkbOptions {
  littleEndian?: boolean;
  srid?: number;
  /** Numbers of a vertex besides x and y: they are given as 7. */
  more?: 0 | 1 | 2;
}

const TYPES = { point: 1, line: 2, polygon: 3, multipoint: 4, multiline: 5, multipolygon: 6, collection: 7 };
const MORE_FLAGS = [0, 0x8000_0000, 0xc000_0000];
const HAS_SRID = 0x2000_0000;

/** Writes a geometry as PostGIS gives it in binary form. */
export function ewkb(shape: Shape, options: EwkbOptions = {}): Buffer {
  const { littleEndian = true, srid, more = 0 } = options;
  const word = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    if (littleEndian) bytes.writeUInt32LE(value);
    else bytes.writeUInt32BE(value);
    return bytes;
  };
  const double = (value: number): Buffer => {
    const bytes = Buffer.alloc(8);
    if (littleEndian) bytes.writeDoubleLE(value);
    else bytes.writeDoubleBE(value);
    return bytes;
  };
  const vertex = ([x, y]: readonly number[]): Buffer =>
    Buffer.concat([x ?? Number.NaN, y ?? Number.NaN, ...[7, 7].slice(0, more)].map(double));
  const vertices = (list: readonly (readonly number[])[]): Buffer =>
    Buffer.concat([word(list.length), ...list.map(vertex)]);
  const body = (): Buffer => {
    if (shape.type === "point") return vertex(shape.at ?? []);
    if (shape.type === "line") return vertices(shape.vertices);
    if (shape.type === "polygon") return Buffer.concat([word(shape.rings.length), ...shape.rings.map(vertices)]);
    const parts = shape.parts.map((part) => ewkb(part, { littleEndian, more }));
    return Buffer.concat([word(shape.parts.length), ...parts]);
  };
  const flags = ((MORE_FLAGS[more] as number) | (srid === undefined ? 0 : HAS_SRID)) >>> 0;
  return Buffer.concat([
    Buffer.from([littleEndian ? 1 : 0]),
    word((TYPES[shape.type] + flags) >>> 0),
    ...(srid === undefined ? [] : [word(srid)]),
    body(),
  ]);
}

/** Rows as `COPY … TO STDOUT (FORMAT binary)` gives them; null is NULL. */
export function copyBinary(rows: readonly (readonly (Buffer | null)[])[]): Buffer {
  const parts: Buffer[] = [Buffer.from("PGCOPY\n\u00ff\r\n\0\0\0\0\0\0\0\0\0", "latin1")];
  for (const row of rows) {
    const head = Buffer.alloc(2);
    head.writeInt16BE(row.length);
    parts.push(head);
    for (const value of row) {
      const length = Buffer.alloc(4);
      length.writeInt32BE(value === null ? -1 : value.length);
      parts.push(length, value ?? Buffer.alloc(0));
    }
  }
  return Buffer.concat([...parts, Buffer.from([0xff, 0xff])]);
}
