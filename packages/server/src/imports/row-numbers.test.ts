import { expect, test } from "vitest";
import { RowNumbers } from "./row-numbers.ts";

test("rows that follow each other line by line are known by their first", () => {
  const lines = new RowNumbers();
  for (let line = 2; line < 1_000; line++) lines.add(line);

  expect([lines.rowOf(1), lines.rowOf(500), lines.rowOf(998)]).toEqual([2, 501, 999]);
  expect(lines.count).toBe(998);
});

test("lines that are no row's, and rows of several lines, move those behind them", () => {
  const lines = new RowNumbers();
  for (const line of [2, 3, 5, 6, 10, 11]) lines.add(line);

  expect([1, 2, 3, 4, 5, 6].map((staged) => lines.rowOf(staged))).toEqual([2, 3, 5, 6, 10, 11]);
});

test("a row that was not staged has no line", () => {
  const lines = new RowNumbers();
  lines.add(2);

  expect([lines.rowOf(0), lines.rowOf(2)]).toEqual([0, 0]);
});

test("with too many places the line told is that of a row before, and never a later one", () => {
  const lines = new RowNumbers(64);
  for (let row = 1; row <= 10_000; row++) lines.add(row * 3);

  for (let row = 1; row <= 10_000; row += 97) {
    const line = lines.rowOf(row);
    expect(line).toBeLessThanOrEqual(row * 3);
    expect(line).toBeGreaterThanOrEqual(row * 3 - 2 * 512);
  }
});
