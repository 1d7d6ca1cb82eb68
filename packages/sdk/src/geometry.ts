import { ConfigError } from "./errors.ts";

/** A GeoJSON geometry (RFC 7946): longitude, latitude in degrees, SRID 4326. */
export type Geometry =
  | { type: "Point"; coordinates: readonly number[] }
  | { type: "MultiPoint" | "LineString"; coordinates: readonly (readonly number[])[] }
  | { type: "MultiLineString" | "Polygon"; coordinates: readonly (readonly (readonly number[])[])[] }
  | { type: "MultiPolygon"; coordinates: readonly (readonly (readonly (readonly number[])[])[])[] }
  | { type: "GeometryCollection"; geometries: readonly Geometry[] };

/** A GeoJSON feature as `format=geojson` answers. */
export interface Feature<Properties = Record<string, unknown>> {
  type: "Feature";
  geometry: Geometry | null;
  properties: Properties;
}

/** The GeoJSON document that `format=geojson` answers. */
export interface FeatureCollection<Properties = Record<string, unknown>> {
  type: "FeatureCollection";
  features: Feature<Properties>[];
}

const TYPES = /^(?:Multi)?(?:Point|LineString|Polygon)$/;

/** Whether an object is a GeoJSON geometry rather than any other JSON. */
export function isGeometry(value: object): value is Geometry {
  const { type, coordinates, geometries } = value as Record<string, unknown>;
  if (type === "GeometryCollection") return Array.isArray(geometries);
  return typeof type === "string" && TYPES.test(type) && Array.isArray(coordinates);
}

/** Writes a geometry as EWKT, which geometry columns take as text: `SRID=4326;POINT(2.17 41.38)`. */
export function toEwkt(geometry: Geometry): string {
  return `SRID=4326;${toWkt(geometry)}`;
}

function toWkt(geometry: Geometry): string {
  const type = geometry.type.toUpperCase();
  const parts = geometry.type === "GeometryCollection" ? geometry.geometries : geometry.coordinates;
  if (parts.length === 0) return `${type} EMPTY`;
  if (geometry.type === "GeometryCollection") return `${type}(${geometry.geometries.map(toWkt).join(",")})`;
  // A point's coordinates are a position already; each further level of arrays is one of brackets.
  return geometry.type === "Point" ? `${type}(${position(geometry.coordinates)})` : type + list(geometry.coordinates);
}

type Nested = readonly (number | Nested)[];

function list(parts: Nested): string {
  const inner = parts.map((part) => {
    if (!Array.isArray(part)) throw new ConfigError("The coordinates of a geometry are not nested as its type wants");
    return typeof part[0] === "number" ? position(part) : list(part);
  });
  return `(${inner.join(",")})`;
}

function position(numbers: Nested): string {
  if (numbers.length < 2 || !numbers.every(Number.isFinite)) {
    throw new ConfigError("A position of a geometry is not two or more finite numbers");
  }
  return numbers.slice(0, 3).join(" ");
}
