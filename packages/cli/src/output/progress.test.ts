import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import type { Terminal } from "../io.ts";
import { createProgress, ProgressBoard, type ProgressMode } from "./progress.ts";

function setup(
  mode: ProgressMode,
  total?: number,
): { written: () => string; at: (ms: number) => void; progress: ReturnType<typeof createProgress> } {
  const chunks: string[] = [];
  const stream: Terminal = Object.assign(
    new Writable({ write: (chunk, _encoding, done) => done(void chunks.push(String(chunk))) }),
    {
      columns: 200,
    },
  );
  let now = 0;
  const progress = createProgress({
    stream,
    mode,
    label: "cities.csv",
    now: () => now,
    ...(total !== undefined && { total }),
  });
  return {
    written: () => chunks.join(""),
    at: (ms) => {
      now = ms;
    },
    progress,
  };
}

describe("createProgress", () => {
  it("draws a bar with rate and time left, over and over in one line", () => {
    const { written, at, progress } = setup("bar", 10_000_000);
    at(1000);
    progress.update({ bytes: 2_500_000 });
    expect(written()).toBe(
      "\r\u001b[Kcities.csv ██████░░░░░░░░░░░░░░░░░░  25%  2.50 MB of 10.0 MB  2.50 MB/s  ETA 3.0 s",
    );
    progress.stop();
    expect(written().endsWith("\r\u001b[K")).toBe(true);
  });

  it("tells the time left by how it went of late", () => {
    const { written, at, progress } = setup("bar", 10_000_000);
    for (const [seconds, bytes] of [
      [10, 100_000],
      [20, 200_000],
      [21, 1_300_000],
    ] as const) {
      at(seconds * 1000);
      progress.update({ bytes });
    }
    expect(written().endsWith("13%  1.30 MB of 10.0 MB  109 kB/s  ETA 1:20")).toBe(true);
  });

  it("shows what there is when the size is unknown", () => {
    const { written, at, progress } = setup("bar");
    at(2000);
    progress.update({ bytes: 4_000_000, rows: 1234 });
    expect(written()).toBe("\r\u001b[Kcities.csv  4.00 MB  1,234 rows  2.00 MB/s  2.0 s");
  });

  it("redraws at most ten times a second", () => {
    const { written, at, progress } = setup("bar", 100);
    for (let ms = 0; ms < 1000; ms += 10) {
      at(ms);
      progress.update({ bytes: ms / 10 });
    }
    expect(written().split("\r").length - 1).toBeLessThanOrEqual(10);
  });

  it("writes JSON lines for machines, the last state included", () => {
    const { written, at, progress } = setup("json", 100);
    at(100);
    progress.update({ bytes: 50 });
    at(200);
    progress.update({ bytes: 100 });
    progress.stop();
    expect(
      written()
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { progress: "cities.csv", bytes: 50, total: 100, seconds: 0.1, bytes_per_second: 500 },
      { progress: "cities.csv", bytes: 100, total: 100, seconds: 0.2, bytes_per_second: 500 },
    ]);
  });

  it("is silent when off", () => {
    const { written, progress } = setup("off", 100);
    progress.update({ bytes: 50 });
    progress.stop();
    expect(written()).toBe("");
  });
});

describe("ProgressBoard", () => {
  function board(mode: ProgressMode = "bar") {
    const chunks: string[] = [];
    const write = (chunk: unknown, _encoding: unknown, done: () => void): void => {
      chunks.push(String(chunk));
      done();
    };
    const stream: Terminal = Object.assign(new Writable({ write }), { columns: 200 });
    let now = 0;
    const made = new ProgressBoard({ stream, mode, now: () => now });
    return {
      made,
      at: (ms: number) => {
        now = ms;
      },
      last: () => chunks.at(-1),
      written: () => chunks.join(""),
    };
  }

  it("draws a line for each transfer, over and over in the same place", () => {
    const { made, at, last } = board();
    const [one, two] = [made.add("a.csv"), made.add("b.csv", 200)];
    at(1000);
    one.update({ bytes: 1_000 });
    expect(last()).toBe("\r\u001b[Ka.csv  1.00 kB  1.00 kB/s  1.0 s");
    at(2000);
    two.update({ bytes: 100 });
    expect(last()).toBe(
      "\r\u001b[Ka.csv  1.00 kB  500 B/s  2.0 s\n" +
        "\r\u001b[Kb.csv ████████████░░░░░░░░░░░░  50%  100 B of 200 B  50 B/s  ETA 2.0 s",
    );
    at(3000);
    one.update({ bytes: 2_000 });
    expect(last()?.startsWith("\u001b[1A\r\u001b[Ka.csv  2.00 kB")).toBe(true);
  });

  it("takes a line away when its transfer ends, and all of them for other text", () => {
    const { made, at, last, written } = board();
    const [one, two] = [made.add("a.csv"), made.add("b.csv")];
    one.update({ bytes: 1 });
    at(1000);
    two.update({ bytes: 2 });
    one.stop();
    expect(written()).toContain("\u001b[1A\r\u001b[J");
    expect(last()).toBe("\r\u001b[Kb.csv  2 B  2 B/s  1.0 s");
    made.clear();
    expect(last()).toBe("\r\u001b[K");
    two.update({ bytes: 3 });
    expect(last()).toBe("\r\u001b[Kb.csv  3 B  3 B/s  1.0 s");
    two.stop();
    one.update({ bytes: 9 });
    expect(last()).toBe("\r\u001b[K");
  });

  it("begins anew with another phase, and learns the total late", () => {
    const { made, at, last } = board();
    const line = made.add("a.csv");
    at(1000);
    line.update({ bytes: 1_000, total: 1_000, phase: "uploading" });
    expect(last()).toBe(
      "\r\u001b[Ka.csv  uploading ████████████████████████ 100%  1.00 kB of 1.00 kB  1.00 kB/s  ETA 0 ms",
    );
    at(5000);
    line.update({ bytes: 0, phase: "queued" });
    expect(last()).toBe("\r\u001b[Ka.csv  queued  0 ms");
    at(6000);
    line.update({ bytes: 500, rows: 7, phase: "importing" });
    at(7000);
    line.update({ bytes: 750, rows: 9, phase: "importing" });
    expect(last()).toBe(
      "\r\u001b[Ka.csv  importing ██████████████████░░░░░░  75%  750 B of 1.00 kB  9 rows  750 B/s  ETA 333 ms",
    );
  });

  it("keeps a file's name from writing to the terminal", () => {
    const { made, written } = board();
    made.add("\u001b[2J.csv").update({ bytes: 1 });
    expect(written()).toContain("\\x1b[2J.csv");
  });

  it("writes JSON lines for each transfer by itself", () => {
    const { made, at, written } = board("json");
    const [one, two] = [made.add("a.csv"), made.add("b.csv")];
    at(100);
    one.update({ bytes: 1, phase: "uploading" });
    two.update({ bytes: 2 });
    at(200);
    one.update({ bytes: 2, phase: "uploading" });
    one.stop();
    two.stop();
    const lines = written().trim().split("\n");
    expect(lines.map((line) => JSON.parse(line) as { progress: string; bytes: number })).toMatchObject([
      { progress: "a.csv", phase: "uploading", bytes: 1 },
      { progress: "b.csv", bytes: 2 },
      { progress: "a.csv", phase: "uploading", bytes: 2 },
      { progress: "b.csv", bytes: 2 },
    ]);
  });
});
