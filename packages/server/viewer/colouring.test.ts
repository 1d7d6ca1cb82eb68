import { describe, expect, test } from "vitest";
import { byCategory, byQuantile, byTopCategories, legendOf, toExpression } from "./colouring.ts";

describe("a ramp", () => {
  test("has as many values in each step, numbers in text among them", () => {
    const values = [...Array(100).keys()].map((value) => (value % 2 ? value : String(value)));
    expect(byQuantile("n", values)).toMatchObject({ kind: "ramp", least: 0, breaks: [20, 40, 60, 80], most: 99 });
  });

  test("has fewer steps where values are equal, and one colour for one value", () => {
    expect(byQuantile("n", [1, 1, 1, 1, 1, 1, 1, 9, 9, 9])).toMatchObject({
      breaks: [9],
      colors: { length: 2 },
    } as object);
    expect(byQuantile("n", [5, 5, null])).toMatchObject({ breaks: [], colors: ["#21918c"], least: 5, most: 5 });
  });

  test("is of numbers alone", () => {
    expect(byQuantile("n", [null, undefined, "", "x", Number.NaN, Number.POSITIVE_INFINITY, true])).toBeUndefined();
  });

  test("leaves features without a value aside", () => {
    const ramp = { kind: "ramp", column: "n", least: 0, breaks: [5], most: 9, colors: ["#000", "#fff"] } as const;
    expect(toExpression(ramp)).toEqual([
      "case",
      ["has", "n"],
      ["step", ["to-number", ["get", "n"], 0], "#000", 5, "#fff"],
      "#9aa0a6",
    ]);
    expect(legendOf(ramp)).toEqual([
      { color: "#000", label: "0 – 5" },
      { color: "#fff", label: "5 – 9" },
    ]);
  });
});

describe("categories", () => {
  test("are the most frequent values, eight at most", () => {
    const values = [..."aabbbcdefghij", null, undefined];
    const colouring = byCategory("c", values);
    expect(colouring).toMatchObject({
      entries: { length: 8, 0: { value: "b" }, 1: { value: "a" }, 7: { value: "h" } },
    });
    expect(legendOf(colouring).at(-1)).toEqual({ color: "#9aa0a6", label: "other or none" });
  });

  test("compare values as text, whatever their type", () => {
    expect(toExpression(byTopCategories("c", ["true", ""]))).toEqual([
      "match",
      ["to-string", ["get", "c"]],
      "true",
      "#0072b2",
      "",
      "#e69f00",
      "#9aa0a6",
    ]);
    expect(toExpression(byCategory("c", []))).toBe("#9aa0a6");
  });
});
