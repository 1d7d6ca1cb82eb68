import type { EncoderThread, RemoteLayer } from "./encoder-thread.ts";
import { LayerEncoder, type LayerPlan } from "./layer-encoder.ts";

/** Bytes of rows up to which a layer is encoded at once: as long as it takes to hand it to the thread and back. */
const INLINE_BYTES = 64 * 1024;

/** Takes the rows of a layer and has them encoded: here where they are few, else in the thread, while more come. */
export class LayerSink {
  readonly #thread: EncoderThread;
  readonly #plan: LayerPlan;
  #pieces: Uint8Array[] = [];
  #length = 0;
  #remote: RemoteLayer | undefined;
  #dropped: Error | undefined;

  constructor(thread: EncoderThread, plan: LayerPlan) {
    this.#thread = thread;
    this.#plan = plan;
  }

  /** Takes rows, as `LayerEncoder.push` does; resolves once more may come. @throws where the encoding failed. */
  async push(piece: Uint8Array): Promise<void> {
    if (this.#dropped) throw this.#dropped;
    if (this.#remote) return this.#remote.push(piece);
    this.#pieces.push(piece);
    this.#length += piece.length;
    if (this.#length <= INLINE_BYTES) return;
    this.#remote = this.#thread.begin(this.#plan);
    for (const earlier of this.#pieces) await this.#remote.push(earlier);
    this.#pieces = [];
  }

  /** The layer's bytes, once all rows are encoded; empty where there is no feature. */
  async finish(): Promise<Uint8Array> {
    if (this.#dropped) throw this.#dropped;
    if (this.#remote) return this.#remote.finish();
    const encoder = new LayerEncoder(this.#plan);
    for (const piece of this.#pieces) encoder.push(piece);
    return encoder.finish();
  }

  /** Gives the layer up, for `reason`; of no effect once it is finished. */
  drop(reason: Error): void {
    this.#dropped ??= reason;
    this.#pieces = [];
    this.#remote?.drop(reason);
  }
}
