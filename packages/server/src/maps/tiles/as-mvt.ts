import type { Engine, Role, SessionOptions } from "../../db/engine.ts";
import { takeNotes } from "../../mvt/layer-note.ts";
import { type Reduction, tellReductions } from "./budget.ts";
import { mvtSql } from "./mvt-sql.ts";
import type { TileLayer, TileRequest, TileSource, VectorTile } from "./tile.ts";
import { TileBudget } from "./tile-budget.ts";
import { frameValues } from "./tile-frame.ts";
import { MOST_TILE_BYTES, tooLarge } from "./too-large.ts";

/** Texts of a layer that are kept; each has the layer's query in it. */
const KEPT_TEXTS = 32;

/** Makes vector tiles of databases that have `ST_AsMVT`: one prepared statement gives a tile of all layers. */
export class AsMvtTiles implements TileSource {
  readonly #engine: Engine;
  readonly #budget = new TileBudget();
  /** SQL of layers, by everything that it depends on besides. */
  readonly #texts = new WeakMap<TileLayer, Map<string, string>>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async mvt(request: TileRequest, role: Role, options: SessionOptions): Promise<VectorTile> {
    const { z, y } = request.address;
    const layers = request.layers.filter(({ layer }) => layer.minzoom <= z && z <= layer.maxzoom);
    if (layers.length === 0 || y >= 2 ** z) return { bytes: Buffer.alloc(0), dropped: undefined };
    const { harmless = false } = request;
    await using session = await this.#engine.session(role, { ...options, readOnly: true });
    const given = await this.#budget.reductions({ ...request, layers }, session, role.name);
    const parts = layers.map((tile, at) => this.#text(tile, request, given[at]));
    const bytes = await session.value(tileSql(parts), frameValues(request.address), { harmless });
    if (bytes?.length === TOO_LARGE_BYTES) throw tooLarge();
    const noted = takeNotes(bytes ?? Buffer.alloc(0));
    return { bytes: noted.bytes, dropped: tellReductions(layers, given, noted.kept) };
  }

  #text(tile: TileLayer, request: TileRequest, reduction: Reduction | undefined): string {
    const texts = this.#texts.get(tile) ?? new Map<string, string>();
    this.#texts.set(tile, texts);
    const { extent, simplifyExtent, buffer } = request;
    const key = JSON.stringify([extent, simplifyExtent, buffer, reduction]);
    const text = texts.get(key) ?? mvtSql(tile, request, reduction);
    if (texts.size >= KEPT_TEXTS) texts.clear();
    texts.set(key, text);
    return text;
  }
}

/** Length of what stands for a tile that is too large: no tile is as short. */
const TOO_LARGE_BYTES = 1;

/** A tile of the layers' parts; the database keeps back one that is too large. */
const tileSql = (parts: readonly string[]): string =>
  `SELECT CASE WHEN octet_length(tile) <= ${MOST_TILE_BYTES} THEN tile ELSE decode('00', 'hex') END
FROM (SELECT ${parts.join(" || ")} AS tile OFFSET 0) AS _cdb_tile`;
