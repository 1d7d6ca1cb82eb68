import type { Runtime } from "./runtime.ts";

/**
 * How long one attempt may live: until the caller aborts or a time limit passes.
 *
 * Must be released when the answer has been read, or the caller's signal keeps it in memory.
 */
export class Lifetime {
  readonly #controller = new AbortController();
  readonly #runtime: Runtime;
  readonly #outer: AbortSignal | undefined;
  /** Told of an abort by hand: a listener on the signal for each costs several times as much. */
  readonly #waiting = new Set<(reason: unknown) => void>();
  #disarm: (() => void) | undefined;

  constructor(runtime: Runtime, outer?: AbortSignal) {
    this.#runtime = runtime;
    this.#outer = outer;
    if (outer?.aborted) this.#controller.abort(outer.reason);
    else outer?.addEventListener("abort", this.#onAbort);
  }

  /** Aborts with the caller's reason or with the error of the limit that passed. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  readonly #onAbort = (): void => {
    this.abort(this.#outer?.reason);
  };

  /** Ends the attempt. */
  abort(reason: unknown): void {
    this.#controller.abort(reason);
    this.release();
    for (const reject of this.#waiting) reject(this.signal.reason);
  }

  /** Sets the time limit, in place of the one before; without `ms` there is none. */
  arm(ms: number | undefined, error: () => Error): void {
    this.disarm();
    if (ms !== undefined) this.#disarm = this.#runtime.schedule(() => this.abort(error()), ms);
  }

  /** Takes the time limit back. */
  disarm(): void {
    this.#disarm?.();
    this.#disarm = undefined;
  }

  /** Lets go of the clock and of the caller's signal. */
  release(): void {
    this.disarm();
    this.#outer?.removeEventListener("abort", this.#onAbort);
  }

  /** Settles as `promise` does, or rejects at once on an abort that whoever made the promise may not heed. */
  race<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this;
    return new Promise<T>((resolve, reject) => {
      const settle = (): void => {
        this.#waiting.delete(reject);
      };
      if (signal.aborted) reject(signal.reason);
      else this.#waiting.add(reject);
      promise.then(
        (value) => {
          settle();
          resolve(value);
        },
        (error) => {
          settle();
          reject(signal.aborted ? signal.reason : error);
        },
      );
    });
  }
}
