const TYPES = [
  "",
  "Point",
  "LineString",
  "Polygon",
  "MultiPoint",
  "MultiLineString",
  "MultiPolygon",
  "GeometryCollection",
];
const HEADER = /^0[01][0-9A-Fa-f]{8,}$/;

/**
 * A short name for EWKB in hex, as the SQL API returns geometries: `Point(-3.7038 40.4168)`, `Polygon, 1.2 kB`.
 *
 * Undefined when `text` isn't EWKB of a type known here: it should then be shown as it is.
 */
export function geometryLabel(text: string): string | undefined {
  if (text.length % 2 !== 0 || !HEADER.test(text.slice(0, 18))) return undefined;
  const head = Buffer.from(text.slice(0, 50), "hex");
  const little = head[0] === 1;
  const type = little ? head.readUInt32LE(1) : head.readUInt32BE(1);
  const name = TYPES[type & 0xff];
  if (!name) return undefined;
  const at = type & 0x20000000 ? 9 : 5;
  if (name !== "Point" || head.length < at + 16) return `${name}, ${text.length / 2} bytes`;
  const read = (offset: number): number => (little ? head.readDoubleLE(offset) : head.readDoubleBE(offset));
  const [x, y] = [read(at), read(at + 8)];
  return Number.isNaN(x) ? "Point empty" : `Point(${round(x)} ${round(y)})`;
}

function round(coordinate: number): number {
  // Seven decimals are a centimetre in degrees: enough for the eye.
  return Number(coordinate.toFixed(7));
}
