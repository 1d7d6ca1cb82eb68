import { mapError } from "../map-error.ts";
import { isFields, isNothing, numberOf } from "./fields.ts";
import type { MapConfig } from "./map-config.ts";

const DEFAULT_PIXELS = 64;
/** Eight tiles to each side: what is beyond them is no buffer any more. */
const MAX_PIXELS = 2048;

/** Reads how many pixels around a tile are in it as well, by format. @throws MapError 400 on what is no number of them */
export function readBufferSize(given: unknown): Record<string, number> {
  const sizes: Record<string, number> = Object.create(null);
  if (isNothing(given)) return sizes;
  if (!isFields(given)) throw mapError('"buffersize" must be an object of formats and numbers');
  for (const [format, value] of Object.entries(given)) {
    const pixels = numberOf(value);
    if (pixels === undefined) throw mapError(`Buffer size of format "${format}" must be a number`);
    if (pixels < 0 || pixels > MAX_PIXELS) {
      throw mapError(`Buffer size of format "${format}" must be between 0 and ${MAX_PIXELS}`);
    }
    sizes[format] = pixels;
  }
  return sizes;
}

/** Pixels of a 256 pixel tile around a vector tile that are in it as well. */
export const vectorBuffer = ({ bufferSize }: MapConfig): number => bufferSize["mvt"] ?? DEFAULT_PIXELS;
