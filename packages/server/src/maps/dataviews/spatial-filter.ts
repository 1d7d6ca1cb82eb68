import { quoteLiteral } from "../../db/identifier.ts";
import type { NodeRows } from "../analyses/analysis-node.ts";
import { type Fields, isFields } from "../map-config/fields.ts";
import { mapError } from "../map-error.ts";

/** A place that a dataview's rows must meet, as SQL of a condition; it has the geometry's column in it. */
export type SpatialFilter = string;

/** What a request says of a place, as it came. */
export interface SpatialParams {
  bbox: string | undefined;
  circle: string | undefined;
  polygon: string | undefined;
}

const HIGHEST_LATITUDE = 85.0511287798066;
const COLUMN = "the_geom_webmercator";
/** Bytes of a polygon, and the values in it. */
const MOST_POLYGON = 256 * 1024;

/** Reads the place: of several the box, else the circle. @throws MapError for one that is none */
export function readSpatialFilter({ bbox, circle, polygon }: SpatialParams): SpatialFilter | undefined {
  if (bbox) return readBox(bbox);
  if (circle) return readCircle(circle);
  return polygon ? readPolygon(polygon) : undefined;
}

/** The rows that meet a place. */
export const rowsWithin = (rows: NodeRows, filter: SpatialFilter): NodeRows => ({
  ...rows,
  sql: `SELECT * FROM (${rows.sql}\n) AS _cdb_within WHERE ${filter}`,
});

const meets = (place: string): string => `ST_Intersects(${COLUMN}, ST_Transform(${place}, 3857))`;

function readBox(text: string): string {
  const numbers = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  const [west = 0, south = 0, east = 0, north = 0] = numbers;
  if (numbers.length !== 4 || !numbers.every(Number.isFinite)) {
    throw mapError('Invalid bbox filter, expected format="west,south,east,north"', { status: 400 });
  }
  const bottom = Math.max(south, -HIGHEST_LATITUDE);
  const top = Math.min(north, HIGHEST_LATITUDE);
  const boxes = spansOf(west, east).map(([from, to]) =>
    meets(`ST_MakeEnvelope(${from}, ${bottom}, ${to}, ${top}, 4326)`),
  );
  return `(${boxes.join(" OR ")})`;
}

/** Longitudes within -180 and 180: two spans where the box lies across their end. */
function spansOf(west: number, east: number): readonly (readonly [number, number])[] {
  const width = Math.min(east - west, 360);
  if (width === 360) return [[-180, 180]];
  const from = west - 360 * Math.floor((west + 180) / 360);
  const to = from + width;
  if (to <= 180) return [[from, to]];
  return [
    [from, 180],
    [-180, to - 360],
  ];
}

function readCircle(text: string): string {
  const { lng, lat, radius } = parseFields(text, "Invalid circle parameter. Expected a valid JSON");
  if (![lng, lat, radius].every(Number.isFinite)) {
    throw filterError('Missing parameter for Circle Filter, expected: "lng", "lat", and "radius"');
  }
  const centre = `ST_SetSRID(ST_MakePoint(${Number(lng)}, ${Number(lat)}), 4326)`;
  return meets(`ST_Buffer(${centre}::geography, ${Number(radius)})::geometry`);
}

function readPolygon(text: string): string {
  if (text.length > MOST_POLYGON) throw filterError(`A polygon may have ${MOST_POLYGON} characters`);
  const { type, coordinates } = parseFields(text, "Invalid polygon parameter. Expected a valid GeoJSON");
  if (type !== "Polygon") throw filterError('Invalid type of geometry. Valid ones: "Polygon"');
  if (!Array.isArray(coordinates) || coordinates.length === 0 || !coordinates.every(isClosed)) {
    throw filterError("Invalid geometry, it must be a closed polygon");
  }
  const geojson = quoteLiteral(JSON.stringify({ type, coordinates }));
  return meets(`ST_SetSRID(ST_GeomFromGeoJSON(${geojson}), 4326)`);
}

/** Whether a value is a ring of positions that ends where it begins. */
function isClosed(ring: unknown): boolean {
  if (!Array.isArray(ring) || ring.length < 4 || !ring.every(isPosition)) return false;
  return JSON.stringify(ring[0]) === JSON.stringify(ring.at(-1));
}

const isPosition = (value: unknown): boolean =>
  Array.isArray(value) && value.length >= 2 && value.length <= 3 && value.every(Number.isFinite);

function parseFields(text: string, wrong: string): Fields {
  try {
    const value: unknown = JSON.parse(text);
    if (isFields(value)) return value;
  } catch {
    // Told below, as what is JSON and no object.
  }
  throw filterError(wrong);
}

const filterError = (message: string): Error => mapError(message, { type: "filter", status: 400 });
