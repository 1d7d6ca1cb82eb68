import { type MapError, mapError } from "../map-error.ts";
import type { TileAddress } from "../tiles/tile.ts";

const MAX_ZOOM = 30;

/**
 * Reads where a tile is. Columns go on around the world; rows beyond its edges stay what they are.
 *
 * @throws MapError 400 on what is no number
 */
export function parseTileAddress(z: string, x: string, y: string): TileAddress {
  if (!/^\d+$/.test(z)) throw refusal("zoom value", z);
  if (!/^-?\d+$/.test(x)) throw mapError(`Invalid coodinate 'x' value (${x}). It should be an integer number`);
  if (!/^\d+$/.test(y)) throw refusal("coodinate 'y' value", y);
  const zoom = Number(z);
  if (zoom > MAX_ZOOM) throw mapError(`Invalid zoom value (${z}). The highest zoom is ${MAX_ZOOM}`);
  const count = 2 ** zoom;
  return { z: zoom, x: wrap(x, count), y: Math.min(Number(y), Number.MAX_SAFE_INTEGER) };
}

const refusal = (what: string, value: string): MapError =>
  mapError(`Invalid ${what} (${value}). It should be an integer number greather than or equal to 0`);

/** Numbers beyond 2^53 would be another column after rounding. */
function wrap(x: string, count: number): number {
  const column = Number.isSafeInteger(Number(x)) ? Number(x) % count : Number(BigInt(x) % BigInt(count));
  return column < 0 ? column + count : Math.abs(column);
}
