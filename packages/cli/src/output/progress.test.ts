import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import type { Terminal } from "../io.ts";
import { createProgress, type ProgressMode } from "./progress.ts";

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
