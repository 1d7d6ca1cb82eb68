import type { AbortSource } from "../../../db/engine.ts";
import type { Pictures } from "../pictures.ts";
import type { Piece } from "../render-job.ts";
import type { StaticShape } from "./static-params.ts";
import { type PlacedTile, type StaticView, tilesOf } from "./static-view.ts";

const TILE = 256;
/** Tiles that are made for one picture at once. */
const WIDTH = 4;

/** What a picture is made with. */
export interface StaticImageParts {
  pictures: Pictures;
  /** Makes one tile, a PNG. */
  tile(address: PlacedTile["address"]): Promise<Uint8Array>;
}

/** Makes a picture of any size of tiles, a few at a time. */
export async function drawStatic(
  { view, shape, signal }: { view: StaticView; shape: StaticShape; signal: AbortSource },
  { pictures, tile }: StaticImageParts,
): Promise<Buffer> {
  const waiting = tilesOf(view, shape);
  const pieces: Piece[] = [];
  const work = async (): Promise<void> => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const { address, x, y } = next;
      pieces.push({ kind: "image", bytes: await tile(address), x, y, size: TILE });
    }
  };
  try {
    await Promise.all(Array.from({ length: WIDTH }, work));
  } finally {
    // One that failed ends the others.
    waiting.length = 0;
  }
  const { width, height, encoding } = shape;
  return pictures.blend({ width, height, pieces, encoding }, signal);
}
