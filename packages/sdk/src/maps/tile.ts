import { refusePage, toBodyError } from "../response.ts";
import type { ResponseContext } from "../response-context.ts";

/** A tile's bytes, and what is not in them. */
export interface Tile {
  /** undefined for a tile that nothing is in. */
  bytes: Uint8Array | undefined;
  /** What the server left out or merged so that the tile is not too large. */
  dropped: string | undefined;
}

/** Reads a tile to its end. */
export async function readTile(response: Response, context: ResponseContext): Promise<Tile> {
  try {
    refusePage(response, context);
    const data = await context.lifetime.race(response.arrayBuffer()).catch((error) => {
      throw toBodyError(error, context);
    });
    const bytes = data.byteLength === 0 ? undefined : new Uint8Array(data);
    return { bytes, dropped: response.headers.get("carto-tile-dropped") ?? undefined };
  } finally {
    context.lifetime.release();
  }
}
