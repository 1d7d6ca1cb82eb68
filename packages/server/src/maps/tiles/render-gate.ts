import type { AbortSource } from "../../db/engine.ts";
import { createDeferred, type Deferred } from "../../deferred.ts";
import { mapError } from "../map-error.ts";

/** How many tiles an account may have made at once. */
export interface RenderLimits {
  running: number;
  waiting: number;
  /** Milliseconds that one waits at most. */
  waitMs: number;
}

interface Queue {
  running: number;
  waiting: Deferred<void>[];
}

/** Lets each account have some tiles made at once, so that one map that is slow leaves connections to the others. */
export class RenderGate {
  readonly #limits: RenderLimits;
  readonly #queues = new Map<string, Queue>();

  constructor(limits: RenderLimits) {
    this.#limits = limits;
  }

  /** Runs `work` when it is its turn. @throws MapError 429 when too many wait, or it takes too long. */
  async run<T>(account: string, signal: AbortSource, work: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(account) ?? { running: 0, waiting: [] };
    this.#queues.set(account, queue);
    if (queue.running < this.#limits.running) queue.running++;
    else await this.#wait(queue, signal);
    try {
      return await work();
    } finally {
      const next = queue.waiting.shift();
      if (next) next.resolve();
      else if (--queue.running === 0) this.#queues.delete(account);
    }
  }

  async #wait(queue: Queue, signal: AbortSource): Promise<void> {
    if (queue.waiting.length >= this.#limits.waiting) throw overCapacity();
    const turn = createDeferred();
    queue.waiting.push(turn);
    const leave = (error: unknown): void => {
      const at = queue.waiting.indexOf(turn);
      if (at < 0) return; // its turn has come
      queue.waiting.splice(at, 1);
      turn.reject(error);
    };
    const onAbort = (): void => leave(signal.reason);
    const timer = setTimeout(() => leave(overCapacity()), this.#limits.waitMs);
    signal.addEventListener("abort", onAbort);
    try {
      await turn.promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
  }
}

const overCapacity = (): Error =>
  mapError("You are over platform's limits: Max render capacity exceeded. Contact CARTO support for more details.", {
    type: "limit",
    subtype: "render-capacity",
    status: 429,
  });
