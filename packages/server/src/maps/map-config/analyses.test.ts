import { expect, test } from "vitest";
import { readAnalyses } from "./analyses.ts";

test("gives queries by their ids, and keeps those without", () => {
  const list = [
    { id: "a0", type: "source", params: { query: "select 1;" } },
    { type: "source", params: { query: "select 2" } },
  ];
  const analyses = readAnalyses(list);
  expect(analyses.list).toEqual(list);
  expect([...analyses.queries]).toEqual([["a0", "select 1"]]);
});

test.each([
  [{}, '"analyses" must be an array'],
  [[null], 'Unknown analysis type: "undefined". This server has analyses of type "source" alone'],
  [[{ id: "b", type: "buffer" }], 'Unknown analysis type: "buffer". This server has analyses of type "source" alone'],
  [[{ id: "b", type: "source", params: {} }], 'Missing required param "query"'],
  [
    [{ id: "b", type: "source", params: { query: 5 } }],
    'Invalid type for param "query", expects "string" type, got `5`',
  ],
])("%j: %s", (given, message) => {
  expect(() => readAnalyses(given)).toThrow(expect.objectContaining({ message }));
});

test("tells long ids apart, and has none that are empty", () => {
  const long = "x".repeat(500);
  const list = [`${long}1`, `${long}2`, "", 5].map((id) => ({
    id,
    type: "source",
    params: { query: `select '${id}'` },
  }));
  const { queries } = readAnalyses(list);
  expect([...queries.keys()]).toEqual([`${long}1`, `${long}2`, "5"]);
});

test("names the analysis that is wrong", () => {
  expect(() => readAnalyses([{ id: "b", type: "source" }])).toThrow(
    expect.objectContaining({
      contexts: [
        { type: "analysis", message: 'Missing required param "query"', analysis: { id: "b", type: "source" } },
      ],
    }),
  );
});
