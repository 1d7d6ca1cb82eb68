import type { MapTemplate } from "@carto-ts/protocol";
import type { Api } from "./api.ts";
import { readExtent } from "./facts.ts";
import { queryOf, type Subject } from "./subject.ts";

/** West, south, east and north, in degrees. */
export type Bounds = [west: number, south: number, east: number, north: number];

/** Metres of half the equator in EPSG:3857. */
const HALF = 20_037_508.342789244;
/** Milliseconds that a map waits to know where its data is. */
const PATIENCE = 4_000;

/**
 * Where a map looks at first: where its rows are, or where a named map's owner said. Undefined where that can't be known
 * in time, or by this reader.
 */
export async function readBounds(api: Api, subject: Subject): Promise<Bounds | undefined> {
  const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), PATIENCE));
  const reading = subject.kind === "map" ? readView(api, subject.name) : readRows(api, queryOf(subject) ?? "");
  // What is wrong with the map, its tiles say better.
  return Promise.race([reading.catch(() => undefined), late]);
}

/** Only who has the master key may read how a named map was made. */
async function readView(api: Api, name: string): Promise<Bounds | undefined> {
  if (api.key === undefined) return undefined;
  const { template } = (await api.get(`/map/named/${encodeURIComponent(name)}`)) as { template: MapTemplate };
  const { west, south, east, north } = template.view?.bounds ?? {};
  if (west === undefined || south === undefined || east === undefined || north === undefined) return undefined;
  return [west, south, east, north];
}

async function readRows(api: Api, sql: string): Promise<Bounds | undefined> {
  const extent = await readExtent(api, sql);
  if (extent === undefined) return undefined;
  const [west, south, east, north] = extent;
  return [toLongitude(west), toLatitude(south), toLongitude(east), toLatitude(north)];
}

const toLongitude = (x: number): number => Math.max(-180, Math.min(180, (x / HALF) * 180));
const toLatitude = (y: number): number =>
  (Math.atan(Math.sinh(Math.max(-1, Math.min(1, y / HALF)) * Math.PI)) * 180) / Math.PI;

/** Bounds around points, in one turn of the globe; undefined for none. Pure. */
export function boundsOf(points: Iterable<readonly number[]>): Bounds | undefined {
  const bounds: Bounds = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [longitude = 0, latitude = 0] of points) {
    bounds[0] = Math.min(bounds[0], Math.max(-180, longitude));
    bounds[1] = Math.min(bounds[1], latitude);
    bounds[2] = Math.max(bounds[2], Math.min(180, longitude));
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
