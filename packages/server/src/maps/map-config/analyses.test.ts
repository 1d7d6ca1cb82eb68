import { expect, test } from "vitest";
import { readAnalyses } from "./analyses.ts";

test("gives analyses by their ids, and keeps those without", () => {
  const { roots, byId } = readAnalyses([
    { id: "a0", type: "source", params: { query: "select 1;" } },
    { type: "source", params: { query: "select 2" } },
  ]);
  expect(roots.map(({ id, params }) => [id, params["query"]])).toEqual([
    ["a0", "select 1"],
    [undefined, "select 2"],
  ]);
  expect([...byId.keys()]).toEqual(["a0"]);
});

const SOURCE = { id: "a0", type: "source", params: { query: "select 1" } };
const of = (type: string, params: object): object[] => [{ id: "b", type, params: { source: SOURCE, ...params } }];

test("reads what an analysis is built upon, which has a name as well", () => {
  const { roots, byId } = readAnalyses(of("buffer", { radius: "500" }));
  expect(roots).toMatchObject([
    {
      id: "b",
      type: "buffer",
      params: { radius: 500, isolines: null, dissolved: false },
      inputs: { source: { id: "a0" } },
    },
  ]);
  expect([...byId.keys()]).toEqual(["a0", "b"]);
});

const TYPES =
  "source, buffer, filter-category, filter-range, filter-rank, filter-grouped-rank, filter-by-node-column, intersection, " +
  "aggregate-intersection, point-in-polygon, merge, centroid, weighted-centroid, convex-hull, concave-hull, bounding-box, " +
  "bounding-circle, georeference-long-lat";

test.each([
  [{}, '"analyses" must be an array'],
  [[null], `Unknown analysis type: "undefined". This server has analyses of the types ${TYPES}`],
  [of("trade-area", {}), `Unknown analysis type: "trade-area". This server has analyses of the types ${TYPES}`],
  [of("constructor", {}), `Unknown analysis type: "constructor". This server has analyses of the types ${TYPES}`],
  [[{ id: "b", type: "source", params: {} }], 'Missing required param "query"'],
  [
    [{ id: "b", type: "source", params: { query: 5 } }],
    'Invalid type for param "query", expects "string" type, got `5`',
  ],
  [of("buffer", {}), 'Missing required param "radius"'],
  [of("buffer", { radius: "1; drop" }), 'Invalid type for param "radius", expects "number" type, got `1; drop`'],
  [of("buffer", { radius: 1, isolines: 1e6 }), 'Param "isolines" may be 100 at most'],
  [of("buffer", { source: "a0", radius: 1 }), 'Invalid type for param "source", expects "node" type, got `a0`'],
  [
    of("centroid", { aggregation: "median" }),
    'Invalid value for param "aggregation", it must be one of avg, count, max, min, sum, got `median`',
  ],
  [
    of("convex-hull", { aggregation: "sum" }),
    'Param `aggregation` != "count" requires an existent `aggregation_column` column',
  ],
  [of("filter-category", { column: "a" }), "Category filter expects at least one array in accept or reject params"],
  [
    of("filter-range", { column: "a" }),
    "Range filter expect to have at least one value in greater_than, greater_than_or_equal, less_than, less_than_or_equal, min, or max numeric params",
  ],
  [
    of("filter-category", { column: "a", accept: [{}] }),
    'Invalid type for param "accept", expects "array" type, got `[{}]`',
  ],
  [Array.from({ length: 201 }, () => SOURCE), "The map has more than 200 analyses: make several maps of it"],
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
  const { byId } = readAnalyses(list);
  expect([...byId.keys()]).toEqual([`${long}1`, `${long}2`, "5"]);
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
