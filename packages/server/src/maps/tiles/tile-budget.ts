import type { Session } from "../../db/engine.ts";
import { cellsAtMost, resolutionOf } from "../aggregation/aggregate-sql.ts";
import {
  canBeMerged,
  featuresAtMost,
  occupied,
  type Reduction,
  reductionTo,
  resolutionFor,
  shareOut,
  TILE_BYTES,
} from "./budget.ts";
import { layerBytes } from "./feature-bytes.ts";
import { type EstimateContext, type LayerRowsFacts, RowEstimates } from "./row-estimates.ts";
import type { TileLayer, TileRequest } from "./tile.ts";

/** A layer on a tile with what the planner knows of it. */
interface Asked {
  tile: TileLayer;
  all: LayerRowsFacts;
  /** Bytes that the layer has in any tile at most. */
  bound: number;
}

/** Keeps tiles from being too large, by what the planner says of them. */
export class TileBudget {
  readonly #estimates = new RowEstimates();

  /**
   * What holds the layers to their parts of the tile, in their order; undefined where nothing is needed.
   *
   * Layers that may be too large for a tile, whatever the planner expects, are held to a number of bytes while they are
   * read. Points of which it expects too many are merged. @param role Name of the session's role.
   */
  async reductions(request: TileRequest, session: Session, role: string): Promise<(Reduction | undefined)[]> {
    const { layers, buffer, harmless = false, maxBytes: room = TILE_BYTES } = request;
    const context = { session, role, buffer, harmless };
    const asked: Asked[] = [];
    for (const tile of layers) {
      const all = await this.#estimates.all(tile, context);
      asked.push({ tile, all, bound: layerBytes(tile, featuresAtMost(tile, all.most, buffer), request) });
    }
    if (asked.reduce((sum, { bound }) => sum + bound, 0) <= room) return [];
    const needs: number[] = [];
    for (const layer of asked) needs.push(await this.#needOf(layer, request, context));
    const shares = shareOut(needs, room);
    const found: (Reduction | undefined)[] = [];
    for (const [at, { tile, all, bound }] of asked.entries()) {
      const bytes = shares[at] ?? 0;
      const isMerged = canBeMerged(tile) && (needs[at] ?? 0) > bytes;
      const parts = isMerged ? await this.#parts({ tile, all }, request, context) : [];
      const resolution = isMerged ? resolutionFor(tile, { bytes, parts, buffer }) : undefined;
      found.push(bound <= bytes ? undefined : reductionTo(bytes, tile, resolution));
    }
    return found;
  }

  /** Bytes that a layer is expected to have in the tile; its bound where nobody needs to know better. */
  async #needOf({ tile, bound }: Asked, request: TileRequest, context: EstimateContext): Promise<number> {
    const { layers, address, buffer, maxBytes: room = TILE_BYTES } = request;
    const isAlone = layers.length === 1 && !canBeMerged(tile);
    if (isAlone || bound <= room / layers.length) return bound;
    const rows = await this.#estimates.rows(tile, address, context);
    const features = tile.aggregated ? occupied(cellsAtMost(resolutionOf(tile), buffer), [rows]) : rows;
    return Math.min(bound, layerBytes(tile, features, request));
  }

  /** Rows in parts of the tile; where the planner would be busy with them for long, in the whole. */
  async #parts(
    { tile, all }: Pick<Asked, "tile" | "all">,
    { address }: TileRequest,
    context: EstimateContext,
  ): Promise<readonly number[]> {
    if (all.ofOneTable) return this.#estimates.parts(tile, address, context);
    return [await this.#estimates.rows(tile, address, context)];
  }
}
