import type { Engine, Role, Session, SessionOptions } from "../../db/engine.ts";
import {
  type Expected,
  featuresAtMost,
  featuresThatFit,
  fits,
  type Reduction,
  reductions,
  tellReduction,
} from "./budget.ts";
import { mvtSql } from "./mvt-sql.ts";
import { RowEstimates } from "./row-estimates.ts";
import type { TileLayer, TileRequest, TileSource, VectorTile } from "./tile.ts";
import { frameValues } from "./tile-frame.ts";

/**
 * Makes vector tiles of databases that have `ST_AsMVT`: one prepared statement gives a tile of all layers.
 *
 * Before, where a tile might be too large, the planner is asked what is in it.
 */
export class AsMvtTiles implements TileSource {
  readonly #engine: Engine;
  readonly #estimates = new RowEstimates();
  /** SQL of layers, by everything that it depends on besides. */
  readonly #texts = new WeakMap<TileLayer, Map<string, string>>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async mvt(request: TileRequest, role: Role, options: SessionOptions): Promise<VectorTile> {
    const { z, y } = request.address;
    const layers = request.layers.filter(({ layer }) => layer.minzoom <= z && z <= layer.maxzoom);
    if (layers.length === 0 || y >= 2 ** z) return { bytes: Buffer.alloc(0), dropped: undefined };
    const shown: TileRequest = { ...request, layers };
    const { harmless = false } = request;
    await using session = await this.#engine.session(role, { ...options, readOnly: true });
    const given = await this.#reductions(shown, session, role);
    const parts = layers.map((tile, at) => this.#text(tile, request, given[at]));
    const bytes = await session.value(`SELECT ${parts.join(" || ")}`, frameValues(request.address), { harmless });
    const told = layers.flatMap((tile, at) => (given[at] ? [tellReduction(tile, given[at])] : []));
    return { bytes: bytes ?? Buffer.alloc(0), dropped: told.length > 0 ? told.join("; ") : undefined };
  }

  /** What layers have to give up so that the tile is not too large. */
  async #reductions(request: TileRequest, session: Session, role: Role): Promise<(Reduction | undefined)[]> {
    const { layers, address, buffer, harmless = false } = request;
    const bounds: Expected[] = layers.map((tile) => ({ tile, features: featuresAtMost(tile, request) }));
    if (fits(bounds, request)) return [];
    const expected: Expected[] = [];
    for (const { tile, features } of bounds) {
      const enough = featuresThatFit(tile, layers.length, request);
      const context = { session, role: role.name, buffer, harmless };
      const rows = features <= enough ? features : await this.#estimates.rows(tile, address, enough, context);
      expected.push({ tile, features: Math.min(features, rows) });
    }
    return fits(expected, request) ? [] : reductions(expected, request);
  }

  #text(tile: TileLayer, request: TileRequest, reduction: Reduction | undefined): string {
    const texts = this.#texts.get(tile) ?? new Map<string, string>();
    this.#texts.set(tile, texts);
    const { extent, simplifyExtent, buffer } = request;
    const key = JSON.stringify([extent, simplifyExtent, buffer, reduction]);
    const text = texts.get(key) ?? mvtSql(tile, request, reduction);
    texts.set(key, text);
    return text;
  }
}
