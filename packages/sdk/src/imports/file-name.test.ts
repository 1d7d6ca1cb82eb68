import { expect, test } from "vitest";
import { ConfigError } from "../errors.ts";
import { fileName, rowsFileName } from "./file-name.ts";

test.each([
  [undefined, { name: "Data (1).csv" }, "Data (1).csv"],
  [undefined, { name: "data.unknown" }, "data.unknown"],
  ["cities", { name: "data.csv" }, "cities.csv"],
  ["cities", { name: "data.csv.gz" }, "cities.csv.gz"],
  ["cities", { name: "data.2024.gz" }, "cities.gz"],
  ["cities", { name: "DATA.TAR.GZ" }, "cities.TAR.GZ"],
  ["cities", { name: "data.csv", type: "application/json" }, "cities.csv"],
  ["cities", { type: "application/geo+json" }, "cities.geojson"],
  ["cities", { name: "blob", type: "text/csv; charset=utf-8" }, "cities.csv"],
  ["cities.csv", {}, "cities.csv"],
  ["cities.CSV", { name: "data.zip" }, "cities.CSV"],
  ["v1.2 of cities", { name: "data.csv" }, "v1.2 of cities.csv"],
])("%j with %j is uploaded as %s", (name, known, expected) => {
  expect(fileName(name, known)).toBe(expected);
});

test("a name or a kind that nothing tells is asked for", () => {
  expect(() => fileName(undefined, {})).toThrow(/Nothing tells the name of the table.*cities\.csv/);
  expect(() => fileName(undefined, { name: "" })).toThrow(ConfigError);
  expect(() => fileName("cities", {})).toThrow('give "cities" an extension, such as { name: "cities.csv" }');
  expect(() => fileName("cities", { name: "data", type: "application/x-odd" })).toThrow(ConfigError);
});

test.each(["", " ", "a/b.csv", "..\\b.csv", "a\0.csv", "a\n.csv"])("%j is no name", (name) => {
  expect(() => fileName(name, {})).toThrow(/can't be the name/);
  expect(() => rowsFileName(name)).toThrow(/can't be the name/);
});

test("rows are a CSV, whatever their name", () => {
  expect(rowsFileName("cities")).toBe("cities.csv");
  expect(rowsFileName("cities.csv")).toBe("cities.csv");
  expect(rowsFileName("v1.2")).toBe("v1.2.csv");
  expect(() => rowsFileName(undefined)).toThrow('Rows need a name for their table: { name: "cities" }');
});
