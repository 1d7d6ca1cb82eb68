import type { AbortSource } from "./db/engine.ts";
import { createDeferred, type Deferred } from "./deferred.ts";

/** Whom a turnstile lets in. */
export interface TurnstileOptions {
  /** How many may be in at once. */
  width: number;
  maxWaiting: number;
  /** Milliseconds that one may wait. */
  waitMs: number;
  /** Makes the error for one who would be one too many to wait. */
  full(): Error;
  /** Makes the error for one who has waited too long. */
  late(): Error;
}

/** Lets so many in at a time, in the order in which they came; bounded in number and in waiting time. */
export class Turnstile {
  readonly #options: TurnstileOptions;
  #waiting: Deferred<void>[] = [];
  #inside = 0;

  constructor(options: TurnstileOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Whether somebody is in. */
  get taken(): boolean {
    return this.#inside > 0;
  }

  /** Resolves when it is the caller's turn. @throws what the options make, and the signal's reason. */
  async enter(signal?: AbortSource): Promise<void> {
    const { width, maxWaiting, waitMs, full, late } = this.#options;
    if (this.#inside < width) {
      this.#inside++;
      return;
    }
    if (this.#waiting.length >= maxWaiting) throw full();
    const turn = createDeferred();
    this.#waiting.push(turn);
    const leave = (error: unknown): void => {
      const at = this.#waiting.indexOf(turn);
      if (at < 0) return; // its turn has come
      this.#waiting.splice(at, 1);
      turn.reject(error);
    };
    const onAbort = (): void => leave(signal?.reason);
    const timer = setTimeout(() => leave(late()), waitMs);
    signal?.addEventListener("abort", onAbort);
    try {
      await turn.promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** Lets the next one in. */
  leave(): void {
    const next = this.#waiting.shift();
    if (next) next.resolve(undefined);
    else this.#inside--;
  }
}
