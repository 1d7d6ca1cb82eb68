import { describe, expect, it } from "vitest";
import { formatBytes, formatCount, formatDuration, plural } from "./units.ts";

describe("units", () => {
  it("formats bytes with three digits", () => {
    expect([0, 999, 1000, 1_500_000, 12_345_678, 999_600, 4.2e12].map(formatBytes)).toEqual([
      "0 B",
      "999 B",
      "1.00 kB",
      "1.50 MB",
      "12.3 MB",
      "1.00 MB",
      "4.20 TB",
    ]);
  });

  it("formats durations as people say them", () => {
    expect([0.4, 12, 999.7, 3400, 59_960, 125_000, 3_725_000].map(formatDuration)).toEqual([
      "0 ms",
      "12 ms",
      "1.0 s",
      "3.4 s",
      "1:00",
      "2:05",
      "1:02:05",
    ]);
  });

  it("formats counts", () => {
    expect(formatCount(1_234_567)).toBe("1,234,567");
    expect([plural(1, "row"), plural(0, "row"), plural(2000, "row")]).toEqual(["1 row", "0 rows", "2,000 rows"]);
  });
});
