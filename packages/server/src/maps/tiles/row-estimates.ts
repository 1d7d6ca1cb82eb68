import type { Session, StatementOptions } from "../../db/engine.ts";
import { estimate } from "./explain.ts";
import type { TileAddress, TileLayer } from "./tile.ts";
import { tileFrame } from "./tile-frame.ts";
import { inBbox, layerSource } from "./tile-sql.ts";

/** Milliseconds that an estimate is good for. */
const FRESH_MS = 60_000;
/** Layers, and tiles of each, that are remembered. */
const LAYERS = 200;
const TILES = 2_000;
/** Zooms above a tile where one estimate may do for all that are below: 64 tiles. */
const STEP = 3;

/** Whose rows are counted, and how the planner is asked. */
export interface EstimateContext extends StatementOptions {
  session: Session;
  /** Name of the session's role: names of tables may mean others in another's. */
  role: string;
  /** Pixels around the tile that are in it as well. */
  buffer: number;
}

interface LayerEstimates {
  since: number;
  tiles: Map<string, number>;
}

/**
 * The planner's estimates of the rows that layers have in tiles.
 *
 * A tile has no more rows than the larger one that it is part of: where that has few, nobody asks further.
 */
export class RowEstimates {
  readonly #layers = new Map<string, LayerEstimates>();

  /** Rows of `tile` at `address`, or a number up to `enough` that they don't exceed. */
  async rows(tile: TileLayer, address: TileAddress, enough: number, context: EstimateContext): Promise<number> {
    const known = this.#known(tile, context);
    for (let up = 0; up <= address.z; up++) {
      const rows = known.get(keyOf(above(address, up)));
      if (rows !== undefined && (up === 0 || rows <= enough)) return rows;
    }
    const wide = above(address, STEP);
    if (address.z > STEP && !known.has(keyOf(wide))) {
      const rows = await this.#ask(tile, wide, known, context);
      if (rows <= enough) return rows;
    }
    return this.#ask(tile, address, known, context);
  }

  async #ask(
    tile: TileLayer,
    address: TileAddress,
    known: Map<string, number>,
    { session, buffer, ...options }: EstimateContext,
  ): Promise<number> {
    const frame = tileFrame(address, buffer);
    const q = `SELECT 1 FROM ${layerSource(tile, frame)} WHERE ${inBbox(tile, frame)}`;
    const { rows } = await estimate(session, q, options);
    if (known.size >= TILES) known.clear();
    known.set(keyOf(address), rows);
    return rows;
  }

  #known({ layer }: TileLayer, { role, buffer }: EstimateContext): Map<string, number> {
    const key = [role, buffer, layer.geomColumn, layer.srid, layer.sql].join("\n");
    const now = performance.now();
    const known = this.#layers.get(key);
    if (known && now - known.since < FRESH_MS) return known.tiles;
    if (this.#layers.size >= LAYERS) this.#layers.clear();
    const tiles = new Map<string, number>();
    this.#layers.set(key, { since: now, tiles });
    return tiles;
  }
}

const above = ({ z, x, y }: TileAddress, zooms: number): TileAddress => ({
  z: z - zooms,
  x: Math.floor(x / 2 ** zooms),
  y: Math.floor(y / 2 ** zooms),
});

const keyOf = ({ z, x, y }: TileAddress): string => `${z}/${x}/${y}`;
