import type { Engine, Role, Session, SessionOptions } from "../../db/engine.ts";
import { PgError } from "../../db/pg-error.ts";
import { throwIfAborted } from "../../db/session.ts";
import { EncoderThread } from "../../mvt/encoder-thread.ts";
import { takeNotes } from "../../mvt/layer-note.ts";
import { LayerSink } from "../../mvt/layer-sink.ts";
import { type Reduction, tellReductions } from "./budget.ts";
import { type LayerRows, layerRows } from "./layer-rows.ts";
import type { TileRequest, TileSource, VectorTile } from "./tile.ts";
import { TileBudget } from "./tile-budget.ts";
import { MOST_TILE_BYTES, tooLarge } from "./too-large.ts";

/** Bytes of a layer's rows, which are mostly longer than what they become. */
const MOST_ROW_BYTES = 2 * MOST_TILE_BYTES;

/**
 * Makes vector tiles of databases without `ST_AsMVT`: they clip and simplify the geometries, the server encodes them.
 *
 * Many rows are encoded in a thread of its own, while the database goes on.
 */
export class EncodedTiles implements TileSource, AsyncDisposable {
  readonly #engine: Engine;
  readonly #thread = new EncoderThread();
  readonly #budget = new TileBudget();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async mvt(request: TileRequest, role: Role, options: SessionOptions): Promise<VectorTile> {
    const { z, y } = request.address;
    const layers = request.layers.filter(({ layer }) => layer.minzoom <= z && z <= layer.maxzoom);
    if (layers.length === 0 || y >= 2 ** z) return { bytes: Buffer.alloc(0), dropped: undefined };
    const { signal } = options;
    const sinks: LayerSink[] = [];
    const drop = (): void => {
      for (const sink of sinks) sink.drop(new Error("the tile was given up"));
    };
    signal.addEventListener("abort", drop);
    try {
      const given = await this.#read({ ...request, layers }, sinks, { role, options });
      const { bytes, kept } = takeNotes(Buffer.concat(await Promise.all(sinks.map((sink) => sink.finish()))));
      return { bytes, dropped: tellReductions(layers, given, kept) };
    } catch (error) {
      throwIfAborted(signal);
      throw error;
    } finally {
      signal.removeEventListener("abort", drop);
      drop();
    }
  }

  /** Reads the layers' rows in turn, each into a sink that is added to `sinks`; gives what holds them to their size. */
  async #read(
    request: TileRequest,
    sinks: LayerSink[],
    { role, options }: { role: Role; options: SessionOptions },
  ): Promise<readonly (Reduction | undefined)[]> {
    await using session = await this.#engine.session(role, { ...options, readOnly: true });
    const given = await this.#budget.reductions(request, session, role.name);
    for (const [at, tile] of request.layers.entries()) {
      const reduction = given[at];
      try {
        await this.#readLayer(layerRows(tile, request, { reduction }), sinks, session);
      } catch (error) {
        if (!isGeosError(error)) throw error;
        sinks.pop()?.drop(error);
        await this.#readLayer(layerRows(tile, request, { reduction, wholeAreas: true }), sinks, session);
      }
    }
    return given;
  }

  async #readLayer({ sql, plan }: LayerRows, sinks: LayerSink[], session: Session): Promise<void> {
    const sink = new LayerSink(this.#thread, plan);
    sinks.push(sink);
    let bytes = 0;
    for await (const piece of await session.copyOut(`COPY (${sql}) TO STDOUT (FORMAT binary)`)) {
      bytes += piece.length;
      if (bytes > MOST_ROW_BYTES) throw tooLarge();
      await sink.push(piece);
    }
  }

  /** Ends the thread; tiles at work fail. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#thread[Symbol.asyncDispose]();
  }
}

/**
 * Whether GEOS threw an error, as it does for areas without any width across the box that they are clipped to. The
 * embedded engine can't go on behind it, where PostgreSQL's takes the area for NULL.
 */
function isGeosError(error: unknown): error is PgError {
  return error instanceof PgError && error.message.startsWith("GEOS Error");
}
