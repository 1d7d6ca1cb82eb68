import type { StagedGeometry } from "../reader.ts";

/** How a geometry may be written in text. */
export type GeometryText = Exclude<StagedGeometry["kind"], "lonlat">;

const KINDS = "(?:Multi)?(?:Point|LineString|Polygon)|GeometryCollection";
const CURVES = "(?:Multi)?(?:Curve|Surface)|CircularString|CompoundCurve|CurvePolygon|PolyhedralSurface|Tin|Triangle";
const WKT = new RegExp(
  String.raw`^(?:SRID\s*=\s*\d+\s*;\s*)?(?:${KINDS}|${CURVES})\s*(?:ZM|Z|M)?\s*(?:\(|EMPTY\b)`,
  "i",
);
const KML = /^<(?:\w+:)?(?:Point|LineString|LinearRing|Polygon|MultiGeometry)[\s>]/;
// Quotes may be doubled. A whole feature is no geometry.
const GEOJSON_TYPE = new RegExp(`"type"{1,2}\\s*:\\s*"{1,2}(?:${KINDS})"`);
const GEOJSON_FEATURE = /"type"{1,2}\s*:\s*"{1,2}Feature/;
const GEOJSON_NUMBERS = /"(?:coordinates|geometries)"{1,2}\s*:/;
const HEX = /^0[01][0-9A-F]+$/i;

/** Characters that tell how a geometry is written. */
const PREFIX = 80;
/** Characters at either end of an object that hold its type: members may come in any order. */
const JSON_ENDS = 400;
/** Hex characters of the smallest geometry: byte order, type, a count of zero. */
const MIN_HEX = 18;
/** Hex characters of a point: byte order, type, two coordinates. */
const MIN_POINT_HEX = 42;
/** The largest number of a type in WKB, without the bits and thousands that stand for Z, M and the SRID. */
const MAX_WKB_TYPE = 17;

/** The bytes that a geometry's text begins with, white space included. */
const STARTS = new Uint8Array(256);
for (const byte of Buffer.from("{<0 \t\r\nSPLMGCTpslmgct")) STARTS[byte] = 1;

/**
 * Tells how the geometry in `bytes` from `start` to `end` is written; undefined where there is none.
 *
 * Quotes may still be doubled. Only the beginning is looked at: whether it can be read, the database finds out.
 */
export function geometryText(bytes: Buffer, start: number, end: number): GeometryText | undefined {
  if (STARTS[bytes[start] as number] === 0) return undefined;
  const prefix = bytes.toString("latin1", start, Math.min(end, start + PREFIX)).trimStart();
  switch (prefix[0]) {
    case "0":
      return isWkb(prefix.trimEnd()) ? "wkb" : undefined;
    case "{":
      return isGeojson(bytes, start, end) ? "geojson" : undefined;
    case "<":
      return KML.test(prefix) ? "kml" : undefined;
    default:
      return WKT.test(prefix) ? "wkt" : undefined;
  }
}

function isWkb(prefix: string): boolean {
  if (prefix.length < MIN_HEX || prefix.length % 2 !== 0 || !HEX.test(prefix)) return false;
  const head = Buffer.from(prefix.slice(0, 10), "hex");
  const type = head[0] === 1 ? head.readUInt32LE(1) : head.readUInt32BE(1);
  const plain = type & 0x1fffffff;
  const kind = plain % 1_000;
  if (kind === 1 && prefix.length < MIN_POINT_HEX) return false;
  return plain < 4_000 && kind >= 1 && kind <= MAX_WKB_TYPE;
}

function isGeojson(bytes: Buffer, start: number, end: number): boolean {
  const head = bytes.toString("latin1", start, Math.min(end, start + JSON_ENDS));
  const tail = bytes.toString("latin1", Math.max(start, end - JSON_ENDS), end);
  const ends = head + tail;
  return GEOJSON_TYPE.test(ends) && GEOJSON_NUMBERS.test(ends) && !GEOJSON_FEATURE.test(ends);
}
