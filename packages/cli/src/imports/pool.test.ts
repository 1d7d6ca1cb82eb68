import { RateLimitError } from "@carto-ts/sdk";
import { describe, expect, it } from "vitest";
import { runPool } from "./pool.ts";

const REFUSED = new RateLimitError({ status: 429, messages: ["your allowed 1 import slots"] });
const endsAll = (): boolean => false;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("runPool", () => {
  it("works on so many at a time, and keeps their order", async () => {
    let [running, most] = [0, 0];
    const run = async (item: number): Promise<number> => {
      most = Math.max(most, ++running);
      for (let at = item; at < 6; at++) await turn();
      running--;
      return item * 2;
    };
    expect(await runPool([1, 2, 3, 4, 5], { width: 3, run, endsAll })).toEqual(
      [2, 4, 6, 8, 10].map((value) => ({ value })),
    );
    expect(most).toBe(3);
  });

  it("goes on after a failure", async () => {
    const broken = new Error("broken");
    const run = async (item: number): Promise<number> => {
      if (item === 1) throw broken;
      return item;
    };
    expect(await runPool([1, 2], { width: 1, run, endsAll })).toEqual([{ error: broken }, { value: 2 }]);
  });

  it("begins no other after a failure that is one of all", async () => {
    const run = async (): Promise<never> => {
      throw REFUSED;
    };
    const outcomes = await runPool([1, 2, 3], { width: 1, run, endsAll: () => true });
    expect(outcomes).toEqual([{ error: REFUSED }, undefined, undefined]);
  });

  it("tries what was refused again when another one has ended, and not before", async () => {
    const tried: number[] = [];
    let busy = false;
    const run = async (item: number): Promise<number> => {
      tried.push(item);
      await turn();
      if (busy) throw REFUSED;
      busy = true;
      for (let at = 0; at < 20; at++) await turn();
      busy = false;
      return item;
    };
    expect(await runPool([1, 2, 3], { width: 3, run, endsAll })).toEqual([1, 2, 3].map((value) => ({ value })));
    expect(tried).toHaveLength(6);
  });

  it("gives up on a refusal when nothing of ours is running", async () => {
    let tries = 0;
    const run = async (): Promise<never> => {
      tries += 1;
      await turn();
      throw REFUSED;
    };
    expect(await runPool([1, 2, 3], { width: 3, run, endsAll })).toEqual(Array(3).fill({ error: REFUSED }));
    expect(tries).toBeLessThanOrEqual(6);
  });
});
