import { type MapError, mapError } from "../map-error.ts";

/** Bytes that a tile may have: what the planner expects may be far from what comes. */
export const MOST_TILE_BYTES: number = 32 * 1024 ** 2;

/** The error for a tile that has more. */
export const tooLarge = (): MapError =>
  mapError("The tile is larger than 32 MB: select fewer columns, shorter texts or fewer rows", {
    type: "limit",
    status: 400,
  });
