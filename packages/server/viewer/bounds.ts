import type { Api } from "./api.ts";
import { queryOf, type Subject } from "./subject.ts";

/** West, south, east and north, in degrees. */
export type Bounds = [west: number, south: number, east: number, north: number];

/** Metres of half the equator in EPSG:3857. */
const HALF = 20_037_508.342789244;
/** Milliseconds that a map waits to know where its data is. */
const PATIENCE = 4_000;

/** Where the rows of a dataset or a query are; undefined where that can't be known in time, or there is none. */
export async function readBounds(api: Api, subject: Subject): Promise<Bounds | undefined> {
  const sql = queryOf(subject);
  if (sql === undefined) return undefined;
  const q = `SELECT ST_XMin(e) AS west, ST_YMin(e) AS south, ST_XMax(e) AS east, ST_YMax(e) AS north
    FROM (SELECT ST_Extent(the_geom_webmercator) AS e FROM (${sql}\n) AS q) AS e`;
  const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), PATIENCE));
  // What is wrong with the query, its map says better.
  const read = api.get("/sql", { q }).catch(() => undefined);
  const answer = (await Promise.race([read, late])) as { rows?: Record<string, number | null>[] } | undefined;
  const { west, south, east, north } = answer?.rows?.[0] ?? {};
  if (west == null || south == null || east == null || north == null) return undefined;
  return [toLongitude(west), toLatitude(south), toLongitude(east), toLatitude(north)];
}

const toLongitude = (x: number): number => Math.max(-180, Math.min(180, (x / HALF) * 180));
const toLatitude = (y: number): number =>
  (Math.atan(Math.sinh(Math.max(-1, Math.min(1, y / HALF)) * Math.PI)) * 180) / Math.PI;

/** Bounds around points; undefined for none. Pure. */
export function boundsOf(points: Iterable<readonly number[]>): Bounds | undefined {
  const bounds: Bounds = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [longitude = 0, latitude = 0] of points) {
    bounds[0] = Math.min(bounds[0], longitude);
    bounds[1] = Math.min(bounds[1], latitude);
    bounds[2] = Math.max(bounds[2], longitude);
    bounds[3] = Math.max(bounds[3], latitude);
  }
  return bounds[0] <= bounds[2] ? bounds : undefined;
}

/** Every point of GeoJSON coordinates, however deep they are. */
export function* pointsOf(coordinates: unknown): Generator<readonly number[]> {
  if (!Array.isArray(coordinates)) return;
  if (typeof coordinates[0] === "number") yield coordinates as number[];
  else for (const part of coordinates) yield* pointsOf(part);
}
