import { createDeferred, type Deferred } from "../../deferred.ts";
import { type AbortSource, EngineBusyError } from "../engine.ts";

/** Lets one in at a time, in the order in which they came; bounded in number and in waiting time. */
export class Turnstile {
  readonly #maxWaiting: number;
  readonly #waitMs: number;
  #waiting: Deferred<void>[] = [];
  #taken = false;

  constructor(limits: { maxWaiting: number; waitMs: number }) {
    this.#maxWaiting = limits.maxWaiting;
    this.#waitMs = limits.waitMs;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get taken(): boolean {
    return this.#taken;
  }

  /** Resolves when it is the caller's turn. @throws {@link EngineBusyError} when too many wait, or it takes too long. */
  async enter(signal?: AbortSource): Promise<void> {
    if (!this.#taken) {
      this.#taken = true;
      return;
    }
    if (this.#waiting.length >= this.#maxWaiting)
      throw new EngineBusyError("too many requests wait for the database", 2);
    const turn = createDeferred();
    this.#waiting.push(turn);
    const leave = (error: unknown): void => {
      const at = this.#waiting.indexOf(turn);
      if (at < 0) return; // its turn has come
      this.#waiting.splice(at, 1);
      turn.reject(error);
    };
    const onAbort = (): void => leave(signal?.reason);
    const timer = setTimeout(() => leave(new EngineBusyError("the database is busy", 2)), this.#waitMs);
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
    else this.#taken = false;
  }
}
