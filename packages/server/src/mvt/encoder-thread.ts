import { createDeferred, type Deferred } from "../deferred.ts";
import { Thread } from "../thread.ts";
import type { FromEncoder, ToEncoder } from "./encoder-messages.ts";
import type { LayerPlan } from "./layer-encoder.ts";

/** Bytes of a layer's rows that may wait for the thread before its sender has to. */
const FULL = 1024 ** 2;

/** A layer that is encoded in another thread. */
export interface RemoteLayer {
  /** Sends rows, as `LayerEncoder.push` takes them; resolves once more may come. @throws where the encoding failed. */
  push(piece: Uint8Array): Promise<void>;
  /** The layer's bytes. */
  finish(): Promise<Uint8Array>;
  /** Gives the layer up, for `reason`; of no effect once it is finished. */
  drop(reason: Error): void;
}

/** A thread that encodes layers of vector tiles, many at a time; started at the first one. */
export class EncoderThread implements AsyncDisposable {
  readonly #thread = new Thread<ToEncoder, FromEncoder>({
    module: "encoder-worker",
    beside: import.meta.url,
    onMessage: (message) => this.#layers.get(message.id)?.hear(message),
    onLost: (error) => {
      for (const layer of this.#layers.values()) layer.fail(error);
      this.#layers.clear();
    },
  });
  readonly #layers = new Map<number, Layer>();
  #next = 0;

  /** Begins a layer. */
  begin(plan: LayerPlan): RemoteLayer {
    const id = this.#next++;
    this.#thread.post({ type: "begin", id, plan });
    const layer = new Layer(id, {
      post: (message, transfer) => this.#thread.post(message, transfer),
      done: () => this.#layers.delete(id),
    });
    this.#layers.set(id, layer);
    return layer;
  }

  /** Ends the thread; layers at work fail. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread[Symbol.asyncDispose]();
  }
}

/** What a layer needs of its thread. */
interface Line {
  post(message: ToEncoder, transfer: ArrayBuffer[]): void;
  /** To be called when nothing is awaited any more. */
  done(): void;
}

class Layer implements RemoteLayer {
  readonly #id: number;
  readonly #line: Line;
  #waiting = 0;
  #error: Error | undefined;
  #room: Deferred<void> | undefined;
  #result: Deferred<Uint8Array> | undefined;
  #over = false;

  constructor(id: number, line: Line) {
    this.#id = id;
    this.#line = line;
  }

  async push(piece: Uint8Array): Promise<void> {
    if (this.#error) throw this.#error;
    // A piece is mostly a part of a larger buffer, which can't be given away, and would be copied as a whole.
    const bytes = new Uint8Array(piece);
    this.#waiting += bytes.length;
    this.#line.post({ type: "rows", id: this.#id, bytes }, [bytes.buffer]);
    if (this.#waiting <= FULL) return;
    this.#room ??= createDeferred();
    await this.#room.promise;
  }

  async finish(): Promise<Uint8Array> {
    if (this.#error) throw this.#error;
    this.#result = createDeferred();
    this.#line.post({ type: "finish", id: this.#id }, []);
    return this.#result.promise;
  }

  drop(reason: Error): void {
    if (this.#over) return;
    this.#line.post({ type: "drop", id: this.#id }, []);
    this.fail(reason);
  }

  hear(message: FromEncoder): void {
    if (message.type === "taken") {
      this.#waiting -= message.taken;
      if (this.#waiting > FULL / 2) return;
      this.#room?.resolve(undefined);
      this.#room = undefined;
    } else if (message.type === "layer") {
      this.#end();
      this.#result?.resolve(message.bytes);
    } else this.fail(new Error(`a layer could not be encoded: ${message.message}`));
  }

  fail(error: Error): void {
    if (this.#over) return;
    this.#end();
    this.#error = error;
    this.#room?.reject(error);
    this.#result?.reject(error);
  }

  #end(): void {
    this.#over = true;
    this.#line.done();
  }
}
