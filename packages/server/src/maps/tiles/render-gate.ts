import type { AbortSource } from "../../db/engine.ts";
import { Turnstile } from "../../turnstile.ts";
import { mapError } from "../map-error.ts";

/** How many tiles an account may have made at once. */
export interface RenderLimits {
  running: number;
  waiting: number;
  /** Milliseconds that one waits at most. */
  waitMs: number;
}

/** Lets each account have some tiles made at once, so that one map that is slow leaves connections to the others. */
export class RenderGate {
  readonly #limits: RenderLimits;
  readonly #turnstiles = new Map<string, Turnstile>();

  constructor(limits: RenderLimits) {
    this.#limits = limits;
  }

  /** Runs `work` when it is its turn. @throws MapError 429 when too many wait, or it takes too long. */
  async run<T>(account: string, signal: AbortSource, work: () => Promise<T>): Promise<T> {
    const turnstile = this.#turnstiles.get(account) ?? this.#turnstileOf(account);
    await turnstile.enter(signal);
    try {
      return await work();
    } finally {
      turnstile.leave();
      if (!turnstile.taken) this.#turnstiles.delete(account);
    }
  }

  #turnstileOf(account: string): Turnstile {
    const { running, waiting, waitMs } = this.#limits;
    const turnstile = new Turnstile({
      width: running,
      maxWaiting: waiting,
      waitMs,
      full: overCapacity,
      late: overCapacity,
    });
    this.#turnstiles.set(account, turnstile);
    return turnstile;
  }
}

const overCapacity = (): Error =>
  mapError("You are over platform's limits: Max render capacity exceeded. Contact CARTO support for more details.", {
    type: "limit",
    subtype: "render-capacity",
    status: 429,
  });
