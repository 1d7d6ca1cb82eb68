import type { Bounds } from "./pmtiles.ts";
import { MAX_ZOOM, tileId } from "./tile-id.ts";

/** Which tiles are wanted. */
export interface Pyramid {
  minzoom: number;
  /** Up to 24. */
  maxzoom: number;
  /** Tiles that meet it; one that goes over the antimeridian has a west greater than its east. */
  bounds: Bounds;
}

/** Columns and rows of a zoom, both ends included. */
interface Rectangle {
  columns: readonly [number, number];
  rows: readonly [number, number];
}

/** The latitude where the world's square ends. */
const EDGE_LATITUDE = 85.051128779807;

/** How many tiles a pyramid has. */
export function countTiles(pyramid: Pyramid): number {
  let count = 0;
  for (let z = pyramid.minzoom; z <= pyramid.maxzoom; z++) {
    for (const { columns, rows } of rectangles(pyramid.bounds, z)) {
      count += (columns[1] - columns[0] + 1) * (rows[1] - rows[0] + 1);
    }
  }
  return count;
}

/** Numbers of a pyramid's tiles of one zoom, in order. */
export function tilesOfZoom(bounds: Bounds, z: number): Float64Array {
  if (z > MAX_ZOOM) throw new RangeError(`zoom ${z} is deeper than ${MAX_ZOOM}`);
  const ids = new Float64Array(countTiles({ minzoom: z, maxzoom: z, bounds }));
  let n = 0;
  for (const { columns, rows } of rectangles(bounds, z)) {
    for (let x = columns[0]; x <= columns[1]; x++) {
      for (let y = rows[0]; y <= rows[1]; y++) ids[n++] = tileId({ z, x, y });
    }
  }
  return ids.sort();
}

function rectangles([west, south, east, north]: Bounds, z: number): Rectangle[] {
  const side = 2 ** z;
  const column = (longitude: number): number => clamp(Math.floor(((longitude + 180) / 360) * side), side);
  const rows = [rowOf(north, side), rowOf(south, side)] as const;
  if (west <= east) return [{ columns: [column(west), column(east)], rows }];
  const [last, first] = [column(east), column(west)];
  // At low zooms the two halves meet.
  if (last >= first) return [{ columns: [0, side - 1], rows }];
  return [
    { columns: [0, last], rows },
    { columns: [first, side - 1], rows },
  ];
}

function rowOf(latitude: number, side: number): number {
  const radians = (Math.max(-EDGE_LATITUDE, Math.min(EDGE_LATITUDE, latitude)) * Math.PI) / 180;
  return clamp(Math.floor(((1 - Math.asinh(Math.tan(radians)) / Math.PI) / 2) * side), side);
}

const clamp = (value: number, side: number): number => Math.max(0, Math.min(side - 1, value));
