import { describe, expect, test } from "vitest";
import { createDeferred } from "../../deferred.ts";
import { RenderGate } from "./render-gate.ts";

const never = new AbortController().signal;

describe("tiles that are made at once", () => {
  test("are so many an account, the others wait in order", async () => {
    const gate = new RenderGate({ running: 2, waiting: 10, waitMs: 10_000 });
    const ends = [1, 2, 3, 4].map(() => createDeferred());
    const begun: number[] = [];
    const all = ends.map((end, i) =>
      gate.run("a", never, async () => {
        begun.push(i);
        await end.promise;
      }),
    );
    await gate.run("b", never, async () => {});
    expect(begun).toEqual([0, 1]);
    ends[1]?.resolve();
    await all[1];
    await gate.run("b", never, async () => {});
    expect(begun).toEqual([0, 1, 2]);
    for (const end of ends) end.resolve();
    await Promise.all(all);
    expect(begun).toEqual([0, 1, 2, 3]);
  });

  test("are refused when too many wait, or one has waited too long", async () => {
    const gate = new RenderGate({ running: 1, waiting: 1, waitMs: 20 });
    const end = createDeferred();
    const running = gate.run("a", never, () => end.promise);
    const waiting = gate.run("a", never, async () => {});
    const refused = { status: 429, contexts: [{ type: "limit", subtype: "render-capacity" }] };
    await expect(gate.run("a", never, async () => {})).rejects.toMatchObject(refused);
    await expect(waiting).rejects.toMatchObject(refused);
    end.resolve();
    await running;
    await expect(gate.run("a", never, async () => "made")).resolves.toBe("made");
  });

  test("give way when their client leaves while it waits, and when one fails", async () => {
    const gate = new RenderGate({ running: 1, waiting: 5, waitMs: 10_000 });
    const client = new AbortController();
    const end = createDeferred();
    const running = gate.run("a", never, () => end.promise);
    const left = gate.run("a", client.signal, async () => {});
    const next = gate.run("a", never, async () => "made");
    client.abort(new Error("gone"));
    await expect(left).rejects.toThrow("gone");
    end.reject(new Error("no tile"));
    await expect(running).rejects.toThrow("no tile");
    await expect(next).resolves.toBe("made");
  });
});
