import { expect, test } from "vitest";
import { ConfigError } from "../errors.ts";
import { json } from "../json-value.ts";
import { rowHead, rowWriter } from "./row-csv.ts";

test.each<[string, unknown, string]>([
  ["text", "a", '"a"'],
  ["text that looks like a number", "007", '"007"'],
  ["text with quotes, commas and newlines", 'a"b,\nc', '"a""b,\nc"'],
  ["no text", "", '""'],
  ["null", null, ""],
  ["undefined", undefined, ""],
  ["a number", -1.5e300, "-1.5e+300"],
  ["a bigint", 2n ** 64n, "18446744073709551616"],
  ["a boolean", true, "true"],
  ["a date", new Date(0), "1970-01-01T00:00:00.000Z"],
  ["bytes", new Uint8Array([1, 255]), '"\\x01ff"'],
  ["a geometry", { type: "Point", coordinates: [2.17, 41.38] }, '"{""type"":""Point"",""coordinates"":[2.17,41.38]}"'],
  ["an object", { a: [1] }, '"{""a"":[1]}"'],
  ["an array", ["a", 1], '"[""a"",1]"'],
  ["JSON", json("a"), '"""a"""'],
])("%s is written so that its type is kept", (_, value, expected) => {
  expect(rowWriter(["v"])({ v: value })).toBe(`${expected}\n`);
});

test("a row has the values of the columns, in their order", () => {
  expect(rowHead(["b", 'a "x"'])).toBe('"b","a ""x"""\n');
  expect(rowWriter(["b", "a", "c"])({ a: 1, b: 2, z: 3 })).toBe("2,1,\n");
});

test.each<[string, unknown]>([
  ["a function", () => {}],
  ["a symbol", Symbol("x")],
  ["a Map", new Map()],
  ["an invalid date", new Date(Number.NaN)],
  ["a NUL", "a\0"],
])("%s can't be imported", (_, value) => {
  expect(() => rowWriter(["v"])({ v: value })).toThrow(ConfigError);
});
