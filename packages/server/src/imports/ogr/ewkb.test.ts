import { expect, test } from "vitest";
import { firstPoint } from "./ewkb.ts";

const ONE_TWO = "000000000000f03f0000000000000040";

test.each([
  ["a point", `0101000000${ONE_TWO}`, 1],
  ["a point with a system, Z and M", `01010000e0e6100000${ONE_TWO}00000000000000000000000000000000`, 1],
  ["a point of the other byte order", "00000000013ff00000000000004000000000000000", 1],
  ["a line", `010200000001000000${ONE_TWO}`, 2],
  ["a polygon", `01030000000100000001000000${ONE_TWO}`, 3],
  ["points", `0104000000010000000101000000${ONE_TWO}`, 4],
  ["polygons", `01060000000100000001030000000100000001000000${ONE_TWO}`, 6],
  ["a collection", `0107000000010000000101000000${ONE_TWO}`, 7],
])("%s begins with its first coordinates", (_, hex, kind) => {
  expect(firstPoint(hex)).toEqual({ kind, at: { x: 1, y: 2 } });
});

test("an empty geometry has none, and what is cut off is none", () => {
  expect(firstPoint("0101000000000000000000f87f000000000000f87f")).toEqual({ kind: 1, at: undefined });
  expect(firstPoint("010300000000000000")).toEqual({ kind: 3, at: undefined });
  expect(firstPoint("0102000000")).toBeUndefined();
});
