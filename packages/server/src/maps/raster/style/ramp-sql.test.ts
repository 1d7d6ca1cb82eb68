import { expect, test } from "vitest";
import { refusalOf } from "./ramp-sql.ts";

test.each([
  ["foo(2)", 3, 'Invalid method "foo(2)", valid methods: [quantiles,equal,jenks,headtails,category]'],
  ["constructor", 3, 'Invalid method "constructor", valid methods: [quantiles,equal,jenks,headtails,category]'],
  ["jenks", 0, "Invalid number of buckets 0: it must be from 1 to 100"],
  ["jenks", 1.5, "Invalid number of buckets 1.5: it must be from 1 to 100"],
  ["category", 101, "Invalid number of buckets 101: it must be from 1 to 100"],
  ["jenks", 5, undefined],
])("%s of %s classes", (method, buckets, expected) => {
  expect(refusalOf({ column: "v", buckets, method })).toBe(expected);
});
