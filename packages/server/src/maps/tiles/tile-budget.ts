import type { Session } from "../../db/engine.ts";
import {
  type Expected,
  featuresAtMost,
  featuresThatFit,
  fits,
  type Reduction,
  reductions,
  tellReduction,
} from "./budget.ts";
import { RowEstimates } from "./row-estimates.ts";
import type { TileLayer, TileRequest } from "./tile.ts";

/** Keeps tiles from being too large, by what the planner says of them. */
export class TileBudget {
  readonly #estimates = new RowEstimates();

  /**
   * What the layers have to give up, in their order; undefined for nothing.
   *
   * The planner is only asked where the layers might have too much in them for one tile. @param role Name of the
   * session's role.
   */
  async reductions(request: TileRequest, session: Session, role: string): Promise<(Reduction | undefined)[]> {
    const { layers, address, buffer, harmless = false } = request;
    const bounds: Expected[] = layers.map((tile) => ({ tile, features: featuresAtMost(tile, request) }));
    if (fits(bounds, request)) return [];
    const expected: Expected[] = [];
    for (const { tile, features } of bounds) {
      const enough = featuresThatFit(tile, layers.length, request);
      const context = { session, role, buffer, harmless };
      const rows = features <= enough ? features : await this.#estimates.rows(tile, address, enough, context);
      expected.push({ tile, features: Math.min(features, rows) });
    }
    return fits(expected, request) ? [] : reductions(expected, request);
  }
}

/** Of what is told, for headers have bounds. */
const MOST_CHARACTERS = 2_000;

/** What the layers of a tile gave up, in words; undefined for nothing. */
export function tellReductions(
  layers: readonly TileLayer[],
  given: readonly (Reduction | undefined)[],
): string | undefined {
  const told = layers.flatMap((tile, at) => (given[at] ? [tellReduction(tile, given[at])] : []));
  return told.length > 0 ? told.join("; ").slice(0, MOST_CHARACTERS) : undefined;
}
