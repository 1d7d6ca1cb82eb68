import type { Engine, Role, SessionOptions } from "../../db/engine.ts";
import { throwIfAborted } from "../../db/session.ts";
import { EncoderThread } from "../../mvt/encoder-thread.ts";
import { LayerSink } from "../../mvt/layer-sink.ts";
import { layerPlan, layerRows } from "./layer-rows.ts";
import type { TileRequest, TileSource, VectorTile } from "./tile.ts";

/**
 * Makes vector tiles of databases without `ST_AsMVT`: they clip and simplify the geometries, the server encodes them.
 *
 * Many rows are encoded in a thread of its own, while the database goes on.
 */
export class EncodedTiles implements TileSource, AsyncDisposable {
  readonly #engine: Engine;
  readonly #thread = new EncoderThread();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async mvt(request: TileRequest, role: Role, options: SessionOptions): Promise<VectorTile> {
    const { z, y } = request.address;
    const layers = request.layers.filter(({ layer }) => layer.minzoom <= z && z <= layer.maxzoom);
    if (layers.length === 0 || y >= 2 ** z) return { bytes: Buffer.alloc(0), dropped: undefined };
    const { signal } = options;
    const sinks = layers.map((layer) => new LayerSink(this.#thread, layerPlan(layer, request)));
    const drop = (): void => {
      for (const sink of sinks) sink.drop(new Error("the tile was given up"));
    };
    signal.addEventListener("abort", drop);
    try {
      await this.#read(
        layers.map((layer, i) => ({ sql: layerRows(layer, request), sink: sinks[i] as LayerSink })),
        { role, options },
      );
      return { bytes: Buffer.concat(await Promise.all(sinks.map((sink) => sink.finish()))), dropped: undefined };
    } catch (error) {
      throwIfAborted(signal);
      throw error;
    } finally {
      signal.removeEventListener("abort", drop);
      drop();
    }
  }

  /** Runs the queries in turn; a layer's rows are encoded while the next one's query runs. */
  async #read(
    queries: readonly { sql: string; sink: LayerSink }[],
    { role, options }: { role: Role; options: SessionOptions },
  ): Promise<void> {
    const session = await this.#engine.session(role, { ...options, readOnly: true });
    try {
      for (const { sql, sink } of queries) {
        const pieces = await session.copyOut(`COPY (${sql}\n) TO STDOUT (FORMAT binary)`);
        for await (const piece of pieces) await sink.push(piece);
      }
    } finally {
      await session[Symbol.asyncDispose]();
    }
  }

  /** Ends the thread; tiles at work fail. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#thread[Symbol.asyncDispose]();
  }
}
