import type { AbortSource } from "../../db/engine.ts";

interface Flight<T> {
  result: Promise<T>;
  waiting: number;
  stop: Stop;
}

/** Says that work is to be stopped; for the many pieces of work that are not, an AbortController costs too much. */
class Stop implements AbortSource {
  aborted = false;
  reason: unknown;
  readonly #listeners = new Set<() => void>();

  addEventListener(_type: "abort", listener: () => void): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    this.#listeners.delete(listener);
  }

  abort(reason: unknown): void {
    this.aborted = true;
    this.reason = reason;
    for (const listener of this.#listeners) listener();
  }
}

/** Work that is done once for all who ask for it at the same time. */
export class Flights<T> {
  readonly #flights = new Map<string, Flight<T>>();

  /**
   * Waits for the work of `key`, which is started where nobody does it.
   *
   * @param signal Ends the waiting; the work is aborted when nobody waits for it any more.
   */
  async join(key: string, signal: AbortSource, start: (signal: AbortSource) => Promise<T>): Promise<T> {
    if (signal.aborted) throw signal.reason;
    const flight = this.#flights.get(key) ?? this.#start(key, start);
    flight.waiting++;
    let leave = (): void => {};
    const left = new Promise<never>((_, reject) => {
      leave = () => reject(signal.reason);
    });
    signal.addEventListener("abort", leave);
    try {
      return await Promise.race([flight.result, left]);
    } finally {
      signal.removeEventListener("abort", leave);
      if (--flight.waiting === 0) this.#abandon(key, flight);
    }
  }

  #start(key: string, start: (signal: AbortSource) => Promise<T>): Flight<T> {
    const stop = new Stop();
    const flight: Flight<T> = { result: start(stop), waiting: 0, stop };
    this.#flights.set(key, flight);
    const land = (): void => void this.#forget(key, flight);
    flight.result.then(land, land);
    return flight;
  }

  /** Nobody may join work that is being stopped. What has landed is left as it is. */
  #abandon(key: string, flight: Flight<T>): void {
    if (!this.#forget(key, flight)) return;
    flight.stop.abort(new Error("nobody waits for it any more"));
  }

  #forget(key: string, flight: Flight<T>): boolean {
    return this.#flights.get(key) === flight && this.#flights.delete(key);
  }
}
