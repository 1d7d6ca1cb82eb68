import { describe, expect, test } from "vitest";
import type { AbortSource } from "../../db/engine.ts";
import { createDeferred } from "../../deferred.ts";
import { Flights } from "./flights.ts";

const never = new AbortController().signal;

describe("work that several ask for", () => {
  test("is done once, and again for those who come later", async () => {
    const flights = new Flights<number>();
    let runs = 0;
    const start = async (): Promise<number> => ++runs;
    expect(await Promise.all([flights.join("a", never, start), flights.join("a", never, start)])).toEqual([1, 1]);
    expect(await flights.join("a", never, start)).toBe(2);
    expect(await flights.join("b", never, start)).toBe(3);
  });

  test("fails for all of them, and is tried again by the next", async () => {
    const flights = new Flights<number>();
    const fail = async (): Promise<number> => {
      throw new Error("no tile");
    };
    const all = await Promise.allSettled([flights.join("a", never, fail), flights.join("a", never, fail)]);
    expect(all.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await flights.join("a", never, async () => 7)).toBe(7);
  });

  test("goes on when one of them leaves, and is aborted when all have left", async () => {
    const flights = new Flights<number>();
    const result = createDeferred<number>();
    const [first, second] = [new AbortController(), new AbortController()];
    let seen: AbortSource | undefined;
    const start = (signal: AbortSource): Promise<number> => {
      seen = signal;
      return result.promise;
    };
    const one = flights.join("a", first.signal, start);
    const two = flights.join("a", second.signal, start);
    first.abort(new Error("gone"));
    await expect(one).rejects.toThrow("gone");
    expect(seen?.aborted).toBe(false);
    second.abort(new Error("gone too"));
    await expect(two).rejects.toThrow("gone too");
    expect(seen?.aborted).toBe(true);
    // Nobody may get what is being stopped.
    expect(await flights.join("a", never, async () => 8)).toBe(8);
    result.reject(new Error("stopped"));
  });

  test("is not begun for somebody who has left", async () => {
    const gone = AbortSignal.abort(new Error("gone"));
    await expect(new Flights<number>().join("a", gone, async () => 1)).rejects.toThrow("gone");
  });
});
