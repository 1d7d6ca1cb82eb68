import { expect, test } from "vitest";
import { readDataviews } from "./dataviews.ts";

const NODES = new Map([["a0", "select 1"]]);

test("keeps what is right", () => {
  const dataviews = { f: { source: { id: "a0" }, type: "formula", options: { column: "x" } } };
  expect(readDataviews(dataviews, NODES)).toEqual(dataviews);
  expect(readDataviews(undefined, NODES)).toEqual({});
});

test("tells all that is wrong at once", () => {
  expect(() => readDataviews({ a: {}, b: { source: { id: "a0" } } }, NODES)).toThrow(
    expect.objectContaining({
      contexts: [
        { type: "dataview", message: 'Dataview "a" is missing `source.id` attribute' },
        { type: "dataview", message: 'Dataview "b" is missing `type` attribute' },
      ],
    }),
  );
});

test.each(["X", "__proto__"])("knows no source %s", (id) => {
  expect(() => readDataviews({ d: { source: { id }, type: "formula" } }, NODES)).toThrow(
    expect.objectContaining({
      contexts: [
        { type: "analysis", message: `Node with \`source.id="${id}"\` not found in analyses for dataview "d"` },
      ],
    }),
  );
});

test.each([
  ["x", '"dataviews" must be a valid JSON object: "string" type found'],
  [[], '"dataviews" must be a valid JSON object: "array" type found'],
])("%j: %s", (given, message) => {
  expect(() => readDataviews(given, NODES)).toThrow(expect.objectContaining({ message }));
});
