import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { inOrder } from "./in-order.ts";

describe("inOrder", () => {
  it("gives results in the items' order, some at a time", async () => {
    let running = 0;
    let most = 0;
    const run = async (item: number): Promise<number> => {
      most = Math.max(most, ++running);
      await wait(item % 2 === 0 ? 8 : 1);
      running--;
      return item;
    };
    const seen: number[] = [];
    for await (const item of inOrder([0, 1, 2, 3, 4, 5], { width: 3, run })) seen.push(item);

    expect(seen).toEqual([0, 1, 2, 3, 4, 5]);
    expect(most).toBe(3);
  });

  it("keeps failures for a reader who is busy when they come", async () => {
    const run = async (item: number): Promise<number> => {
      if (item > 0) throw new Error(`item ${item} failed`);
      return item;
    };
    const seen: number[] = [];
    const read = async (): Promise<void> => {
      for await (const item of inOrder([0, 1, 2], { width: 2, run })) {
        seen.push(item);
        await wait(20);
      }
    };

    await expect(read()).rejects.toThrow("item 1 failed");
    expect(seen).toEqual([0]);
  });
});
