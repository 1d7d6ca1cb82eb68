import type { Runtime } from "../src/runtime.ts";

/** A runtime in which waiting takes no time, but moves the clock; time limits beyond an hour of it never pass. */
export class ImpatientRuntime implements Runtime {
  readonly browser: boolean = false;
  /** The waits, in milliseconds. */
  readonly waits: number[] = [];
  #now = 1_700_000_000_000;
  readonly #random: number;

  constructor(random = 1) {
    this.#random = random;
  }

  readonly now = (): number => this.#now;

  readonly random = (): number => this.#random;

  readonly schedule = (callback: () => void, ms: number): (() => void) => {
    // Limits of attempts are set far above by the tests; only waits between attempts are shorter.
    if (ms >= 3_600_000) return () => {};
    this.waits.push(ms);
    const timer = setImmediate(() => {
      this.#now += ms;
      callback();
    });
    return () => clearImmediate(timer);
  };
}
