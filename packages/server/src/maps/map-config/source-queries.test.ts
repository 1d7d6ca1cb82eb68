import { expect, test } from "vitest";
import { parseMapConfig } from "./parse.ts";
import { resolveSources } from "./resolve-sources.ts";

const SOURCE = { id: "a0", type: "source", params: { query: "select * from t -- all" } };
const COLUMNS = [
  { name: "n", oid: 23 },
  { name: "the_geom", oid: 1 },
  { name: "the_geom_webmercator", oid: 1 },
];

function resolve(json: object): ReturnType<typeof resolveSources> & { sql: string } {
  const config = parseMapConfig({
    layers: [{ options: { source: { id: "a" }, sql_wrap: "select 1 from (<%= sql %>) w" } }],
    ...json,
  });
  const hashes = [...config.analyses.byId.values()].map(({ hash }) => [hash, COLUMNS]);
  const resolved = resolveSources(config, Object.fromEntries(hashes));
  const [layer] = resolved.config.layers;
  return { ...resolved, sql: layer?.kind === "query" ? layer.sql : "" };
}

test("a layer shows a source's query, within its wrap", () => {
  expect(resolve({ analyses: [{ ...SOURCE, id: "a" }] }).sql).toBe("select 1 from (select * from t -- all) w");
});

test("rows that only pass keep their geometries, which may have an index", () => {
  const analyses = [{ id: "a", type: "filter-range", params: { source: SOURCE, column: "n", min: -1 } }];
  expect(resolve({ analyses }).sql).toBe(
    'select 1 from (SELECT * FROM (select * from t -- all\n) AS _cdb_filtered WHERE "n" >= (-1)) w',
  );
});

test("rows with other geometries get one of each projection", () => {
  const analyses = [{ id: "a", type: "buffer", params: { source: SOURCE, radius: 5 } }];
  expect(resolve({ analyses }).sql).toMatch(
    /^select 1 from \(SELECT "n", "the_geom", ST_Transform\(the_geom, 3857\) AS the_geom_webmercator FROM \(SELECT "n", ST_Buffer/,
  );
});

test("a dataview's own filter is left out where it is asked for so, here and in what is built upon", () => {
  const dataviews = { d: { type: "histogram", source: { id: "a0" }, options: { column: "n" } } };
  const analyses = [{ id: "a", type: "filter-rank", params: { source: SOURCE, column: "n", rank: "top", limit: 2 } }];
  const { sources } = resolve({ analyses, dataviews, filters: { dataviews: { d: { max: 9 } } } });
  const filtered = 'WHERE "n" <= (9)';
  expect(sources.shown("a0", "all").sql).toContain(filtered);
  expect(sources.shown("a", "all").sql).toContain(filtered);
  expect(sources.shown("a", "none").sql).not.toContain(filtered);
  expect(sources.shown("a0", { butOf: "d" }).sql).toBe("select * from t -- all");
});

test("queries that would be without end are refused", () => {
  const query = `select 1 as n /* ${"x".repeat(900_000)} */`;
  const big = { type: "source", params: { query } };
  const analyses = [
    {
      id: "a",
      type: "point-in-polygon",
      params: {
        points_source: big,
        polygons_source: { type: "point-in-polygon", params: { points_source: big, polygons_source: big } },
      },
    },
  ];
  expect(() => resolve({ analyses })).toThrow(/^An analysis' query has \d+ characters, and may have 2097152$/);
});
