import type { AggregationResult, FormulaResult } from "@carto-ts/sdk";
import { describe, expect, test } from "vitest";
import { askDataview, dataviewsOf, oneDataview } from "../support/dataviews.ts";
import { askMaps, instantiate, makePlaces, postMaps } from "../support/maps.ts";
import { engines, startWorld } from "../support/world.ts";

const NUMBERS =
  "select * from (values (1, 1.5::float8, 'a'), (2, 'NaN', 'b'), (3, 'Infinity', 'b'), (4, '-Infinity', null), (5, null, 'b'), (6, 2.5, 'c')) as t (n, x, kind)";

/** Twelve rows of seven kinds: six of a, one of each other. */
const KINDS =
  "select i as n, case when i <= 6 then 'a' else chr(91 + i) end as kind, (i * 10)::int as worth from generate_series(1, 12) as i";

describe.each(engines)("dataviews on %s", (engine) => {
  test("are where the map says, for layers or without any, and are kept as long as tiles", async () => {
    await using world = await startWorld(engine);
    await makePlaces(world, "places");
    const f = { type: "formula", options: { operation: "max", column: "cartodb_id" } };
    const map = await instantiate(world, dataviewsOf("select * from places", { f }));
    const { url } = map.metadata.dataviews["f"] ?? {};
    expect(url?.https).toBe(`${world.url}/api/v1/map/${map.layergroupid}/dataview/f`);

    const answer = await fetch(`${url?.http}?&api_key=${world.masterKey}`);
    expect([answer.status, await answer.text()]).toEqual([
      200,
      '{"operation":"max","result":2,"nulls":0,"type":"formula"}',
    ]);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "cache-control": "public,max-age=31536000",
      "content-type": "application/json; charset=utf-8",
      "x-cache-channel": expect.stringMatching(/:[\w.-]+\.places$/),
      "surrogate-key": expect.stringMatching(/^t:/),
      "carto-map-id": map.layergroupid.split(":")[0],
      "access-control-allow-origin": "*",
    });
    expect(
      (await fetch(String(url?.http), { headers: { Authorization: `Bearer ${world.masterKey}` } })).headers.get(
        "cache-control",
      ),
    ).toBe("private,max-age=31536000");
    await world.carto.sql.query("insert into places values (9, 'new', null)");
    const after = await fetch(`${url?.http}?api_key=${world.masterKey}`);
    expect([await after.json(), after.headers.get("cache-control")]).toMatchObject([
      { result: 9 },
      "public,max-age=0,must-revalidate",
    ]);
  });

  test("answer calls of a callback, errors too", async () => {
    await using world = await startWorld(engine);
    const map = await instantiate(
      world,
      dataviewsOf(NUMBERS, { f: { type: "formula", options: { operation: "count" } } }),
    );
    const ask = async (path: string): Promise<[number, string]> => {
      const answer = await fetch(`${world.url}/api/v1/map/${map.layergroupid}/dataview/${path}`);
      return [answer.status, await answer.text()];
    };
    expect(await ask(`f?callback=cb&api_key=${world.masterKey}`)).toEqual([
      200,
      `/**/ typeof cb === 'function' && cb({"operation":"count","result":6,"nulls":0,"type":"formula"});`,
    ]);
    expect(await ask(`nope?callback=cb&api_key=${world.masterKey}`)).toEqual([
      200,
      `/**/ typeof cb === 'function' && cb({"errors":["Dataview 'nope' does not exist"],"errors_with_context":[{"type":"dataview","message":"Dataview 'nope' does not exist"}]});`,
    ]);
  });

  test.each([
    [{ operation: "count" }, { result: 6, nulls: 0 }],
    [
      { operation: "count", column: "kind" },
      { result: 5, nulls: 1 },
    ],
    [
      { operation: "sum", column: "n" },
      { result: 21, nulls: 0 },
    ],
    [
      { operation: "avg", column: "N" },
      { result: 3.5, nulls: 0 },
    ],
    [
      { operation: "max", column: "kind" },
      { result: "c", nulls: 1 },
    ],
    [
      { operation: "sum", column: "x" },
      { result: 4, nulls: 1, nans: 1, infinities: 2 },
    ],
    [
      { operation: "min", column: "x" },
      { result: 1.5, nulls: 1, nans: 1, infinities: 2 },
    ],
    [
      { operation: "count", column: "x" },
      { result: 2, nulls: 1, nans: 1, infinities: 2 },
    ],
  ])("formula %j gives %j", async (options, expected) => {
    await using world = await startWorld(engine);
    expect(await oneDataview(world, { query: NUMBERS, type: "formula", options })).toEqual({
      operation: options.operation,
      ...expected,
      type: "formula",
    });
  });

  test("of numeric columns tell special values, as of floats", async () => {
    await using world = await startWorld(engine);
    const query = "select x::numeric from (values ('1'), ('NaN'), ('2')) as t (x)";
    const options = { operation: "avg", column: "x" };
    expect(await oneDataview(world, { query, type: "formula", options })).toMatchObject({ result: 1.5, nans: 1 });
  });

  test("of nothing are empty", async () => {
    await using world = await startWorld(engine);
    const map = await instantiate(
      world,
      dataviewsOf("select 1 as n, now() as t where false", {
        f: { type: "formula", options: { operation: "sum", column: "n" } },
        c: { type: "aggregation", options: { aggregation: "count", column: "n" } },
        h: { type: "histogram", options: { column: "n" } },
        t: { type: "histogram", options: { column: "t", aggregation: "auto" } },
      }),
    );
    const ask = async (name: string): Promise<unknown> => (await askDataview(world, map, name)).body;
    expect(await ask("f")).toEqual({ operation: "sum", result: null, nulls: 0, type: "formula" });
    expect(await ask("c")).toEqual({
      aggregation: "count",
      count: 0,
      nulls: 0,
      nans: 0,
      infinities: 0,
      min: 0,
      max: 0,
      categoriesCount: 0,
      categories: [],
      type: "aggregation",
    });
    expect(await ask("h")).toMatchObject({ bins_count: 0, bin_width: 0, bins_start: 0, avg: 0, bins: [] });
    expect(await ask("h?start=1&end=5&bins=4")).toMatchObject({ bins_count: 4, bin_width: 1, bins_start: 1, bins: [] });
    expect(await ask("t")).toEqual({
      aggregation: "day",
      offset: 0,
      bin_width: 86400,
      bins_count: 0,
      nulls: 0,
      bins: [],
      type: "histogram",
    });
  });

  test("aggregations tell the first five categories and the others as one", async () => {
    await using world = await startWorld(engine);
    const options = { column: "kind", aggregation: "count" };
    expect(await oneDataview(world, { query: KINDS, type: "aggregation", options })).toEqual({
      aggregation: "count",
      count: 12,
      nulls: 0,
      nans: 0,
      infinities: 0,
      min: 1,
      max: 6,
      categoriesCount: 7,
      categories: [
        { category: "a", value: 6, agg: false },
        { category: "b", value: 1, agg: false },
        { category: "c", value: 1, agg: false },
        { category: "d", value: 1, agg: false },
        { category: "e", value: 1, agg: false },
        { category: "Other", value: 2, agg: true },
      ],
      type: "aggregation",
    });
    expect(
      await oneDataview(world, { query: KINDS, type: "aggregation", options, params: "?categories=2" }),
    ).toMatchObject({
      categories: [
        { category: "a", value: 6, agg: false },
        { category: "Other", value: 6, agg: true },
      ],
    });
    expect(
      await oneDataview(world, { query: KINDS, type: "aggregation", options, params: "?own_filter=1" }),
    ).toMatchObject({
      categories: ["a", "b", "c", "d", "e", "f", "g"].map((category) => ({ category, agg: false })),
    });
  });

  test.each([
    ["sum", 210, 340, "sum"],
    ["avg", 35, 120, "avg"],
    ["min", 10, 120, "min"],
    ["max", 60, 120, "max"],
  ])("aggregations have the %s of another column", async (aggregation, ofA, highest) => {
    await using world = await startWorld(engine);
    const options = { column: "kind", aggregation, aggregationColumn: "worth" };
    const { categories, max } = await oneDataview<{ categories: { category: string; value: number }[]; max: number }>(
      world,
      { query: KINDS, type: "aggregation", options, params: "?own_filter=1" },
    );
    expect(categories.find(({ category }) => category === "a")?.value).toBe(ofA);
    expect(max).toBe(aggregation === "sum" ? 210 : highest);
  });

  test("aggregations leave special values out and count them", async () => {
    await using world = await startWorld(engine);
    const options = { column: "kind", aggregation: "sum", aggregationColumn: "x" };
    expect(await oneDataview(world, { query: NUMBERS, type: "aggregation", options })).toMatchObject({
      count: 6,
      nulls: 1,
      nans: 1,
      infinities: 2,
      min: 1.5,
      max: 2.5,
      categoriesCount: 4,
      categories: [
        { category: "c", value: 2.5, agg: false },
        { category: "a", value: 1.5, agg: false },
      ],
    });
  });

  test("counts are of the values of another column, where one is named", async () => {
    await using world = await startWorld(engine);
    const options = { column: "kind", aggregation: "count", aggregationColumn: "x" };
    expect(await oneDataview(world, { query: NUMBERS, type: "aggregation", options })).toMatchObject({
      nans: 0,
      categories: [
        { category: "b", value: 2 },
        { category: "a", value: 1 },
        { category: "c", value: 1 },
      ],
    });
  });

  test("categories of any type are told as what they are", async () => {
    await using world = await startWorld(engine);
    const query =
      "select * from (values (1, true, timestamp '2020-01-02 03:04:05'), (1, false, null)) as t (n, flag, at)";
    const categories = async (column: string): Promise<unknown> => {
      const options = { column, aggregation: "count" };
      return (await oneDataview(world, { query, type: "aggregation", options }))["categories"];
    };
    expect(await categories("n")).toEqual([{ category: 1, value: 2, agg: false }]);
    expect(await categories("flag")).toMatchObject([{ category: false }, { category: true }]);
    expect(await categories("at")).toMatchObject([{ category: "2020-01-02T03:04:05Z" }]);
  });

  test("searches find text in categories, whatever it is", async () => {
    await using world = await startWorld(engine);
    const query =
      "select unnest(array['Hawai', 'El Pico', 'el lacón', '50%', 'a\\b', '5a%', 'El Pico']) as name, 2 as n";
    const c = { type: "aggregation", options: { column: "name", aggregation: "count" } };
    const s = { type: "aggregation", options: { column: "name", aggregation: "sum", aggregationColumn: "n" } };
    const f = { type: "formula", options: { operation: "count" } };
    const map = await instantiate(world, dataviewsOf(query, { c, s, f }));
    const search = async (name: string, q: string): Promise<unknown> =>
      (await askDataview(world, map, `${name}/search?q=${encodeURIComponent(q)}`)).body;
    expect(await search("c", "EL")).toEqual({
      type: "aggregation",
      categories: [
        { category: "El Pico", value: 2 },
        { category: "el lacón", value: 1 },
      ],
    });
    expect(await search("s", "pico")).toEqual({ type: "aggregation", categories: [{ category: "El Pico", value: 4 }] });
    expect(await search("c", "0%")).toMatchObject({ categories: [{ category: "50%" }] });
    expect(await search("c", "a\\b")).toMatchObject({ categories: [{ category: "a\\b" }] });
    expect(await search("c", "'; drop table x --")).toEqual({ type: "aggregation", categories: [] });
    expect(await search("f", "x")).toEqual({ type: "formula", categories: [] });
    expect(await search("nope", "x")).toMatchObject({ errors: ["Dataview 'nope' does not exist"] });
  });

  test("histograms have as many bins as the spread of the values wants, or as are asked for", async () => {
    await using world = await startWorld(engine);
    const options = { column: "n", bins: 3 };
    const query = "select * from generate_series(1, 5) as n";
    const ask = (params = ""): Promise<unknown> => oneDataview(world, { query, type: "histogram", options, params });
    const bin = (at: number, min: number, max: number, freq: number): object => ({
      bin: at,
      min,
      max,
      avg: (min + max) / 2,
      freq,
    });
    expect(await ask()).toEqual({
      bin_width: 0.8,
      bins_count: 5,
      bins_start: 1,
      nulls: 0,
      infinities: 0,
      nans: 0,
      avg: 3,
      bins: [1, 2, 3, 4, 5].map((n) => bin(n - 1, n, n, 1)),
      type: "histogram",
    });
    expect(await ask("?bins=3")).toMatchObject({
      bin_width: 4 / 3,
      bins_count: 3,
      bins: [bin(0, 1, 2, 2), bin(1, 3, 3, 1), bin(2, 4, 5, 2)],
    });
    expect(await ask("?bins=2&start=4&end=2")).toMatchObject({
      bin_width: 1,
      bins_start: 2,
      avg: 3,
      bins: [bin(0, 2, 2, 1), bin(1, 3, 4, 2)],
    });
    expect(await ask("?bins=10&start=0&end=100")).toMatchObject({
      bins_start: 0,
      bin_width: 10,
      bins: [bin(0, 1, 5, 5)],
    });
  });

  test("histograms leave out what is no number, and have one bin where all are the same", async () => {
    await using world = await startWorld(engine);
    expect(
      await oneDataview(world, { query: NUMBERS, type: "histogram", options: { column: "x" }, params: "?bins=2" }),
    ).toEqual({
      bin_width: 0.5,
      bins_count: 2,
      bins_start: 1.5,
      nulls: 1,
      infinities: 2,
      nans: 1,
      avg: 2,
      bins: [
        { bin: 0, min: 1.5, max: 1.5, avg: 1.5, freq: 1 },
        { bin: 1, min: 2.5, max: 2.5, avg: 2.5, freq: 1 },
      ],
      type: "histogram",
    });
    const query = "select 7 as n from generate_series(1, 9)";
    expect(await oneDataview(world, { query, type: "histogram", options: { column: "n" } })).toMatchObject({
      bin_width: 0,
      bins_count: 1,
      bins: [{ bin: 0, min: 7, max: 7, avg: 7, freq: 9 }],
    });
    const spread = "select power(i, 4) as n from generate_series(1, 1000) as i";
    expect(await oneDataview(world, { query: spread, type: "histogram", options: { column: "n" } })).toMatchObject({
      bins_count: 6,
    });
  });

  test.each([
    ["formula", {}, "Formula expects 'operation' in dataview options"],
    ["formula", { operation: "mode" }, "Formula does not support 'mode' operation"],
    ["formula", { operation: "sum" }, "Formula expects 'column' in dataview options"],
    ["aggregation", {}, "Aggregation expects 'column' in dataview options"],
    ["aggregation", { column: "n" }, "Aggregation expects 'aggregation' operation in dataview options"],
    ["aggregation", { column: "n", aggregation: "mode" }, "Aggregation does not support 'mode' operation"],
    [
      "aggregation",
      { column: "n", aggregation: "sum" },
      "Aggregation 'sum' is missing some options: aggregationColumn",
    ],
    ["histogram", {}, "Histogram expects `column` in widget options"],
    [
      "histogram",
      { column: "n", aggregation: "eon" },
      "Invalid aggregation value. Valid ones: auto, second, minute, hour, day, week, month, quarter, year, decade, century, millennium",
    ],
    ["list", { columns: ["n"] }, 'Invalid dataview type: "list"'],
    ["constructor", {}, 'Invalid dataview type: "constructor"'],
  ])("%s of %j: %s", async (type, options, message) => {
    await using world = await startWorld(engine);
    const map = await instantiate(world, dataviewsOf(NUMBERS, { d: { type, options } }));
    const { status, body } = await askDataview(world, map, "d");
    expect([status, body]).toEqual([400, { errors: [message], errors_with_context: [{ type: "dataview", message }] }]);
  });

  test.each([
    ["own_filter=0&no_filters=0", "dataview", "Both own_filter and no_filters cannot be sent in the same request"],
    ["bins=many", "dataview", "Invalid number format for parameter 'bins'"],
    ["start=1e999", "dataview", "Invalid number format for parameter 'start'"],
    ["bbox=1,2,3", "unknown", 'Invalid bbox filter, expected format="west,south,east,north"'],
    ["bbox=1,2,3,x", "unknown", 'Invalid bbox filter, expected format="west,south,east,north"'],
    ["circle=x", "filter", "Invalid circle parameter. Expected a valid JSON"],
    [
      'circle={"lng":1,"lat":"1)","radius":5}',
      "filter",
      'Missing parameter for Circle Filter, expected: "lng", "lat", and "radius"',
    ],
    ["polygon=x", "filter", "Invalid polygon parameter. Expected a valid GeoJSON"],
    ['polygon={"type":"Point","coordinates":[1,2]}', "filter", 'Invalid type of geometry. Valid ones: "Polygon"'],
    [
      'polygon={"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1]]]}',
      "filter",
      "Invalid geometry, it must be a closed polygon",
    ],
  ])("refuse %s", async (params, type, message) => {
    await using world = await startWorld(engine);
    const map = await instantiate(world, dataviewsOf(NUMBERS, { d: { type: "histogram", options: { column: "n" } } }));
    const { status, body } = await askDataview(world, map, `d?${params}`);
    expect([status, body]).toEqual([400, { errors: [message], errors_with_context: [{ type, message }] }]);
  });

  test("a column that isn't there is told when it is asked for", async () => {
    await using world = await startWorld(engine);
    const d = { type: "formula", options: { column: "nocol", operation: "sum" } };
    const map = await instantiate(world, dataviewsOf(NUMBERS, { d }));
    expect(await askDataview(world, map, "d")).toMatchObject({
      status: 404,
      body: { errors: ['column "nocol" does not exist'] },
    });
  });

  test("go on where a column is of another type than before", async () => {
    await using world = await startWorld(engine);
    await world.carto.sql.query("create table changing as select 1 as n, 'a' as kind");
    const d = { type: "formula", options: { column: "n", operation: "max" } };
    const map = await instantiate(world, dataviewsOf("select * from changing", { d }));
    expect((await askDataview(world, map, "d")).body).toEqual({
      operation: "max",
      result: 1,
      nulls: 0,
      type: "formula",
    });
    await world.carto.sql.query("alter table changing alter n type float8; insert into changing values ('NaN')");
    expect((await askDataview(world, map, "d")).body).toMatchObject({ result: 1, nans: 1, infinities: 0 });
  });

  test("are read in the role of whoever asks", async () => {
    await using world = await startWorld(engine);
    await world.carto.sql.query("create table secrets as select 1 as n");
    const d = { type: "formula", options: { operation: "count" } };
    const config = dataviewsOf("select * from secrets", { d });
    const map = await instantiate(world, config);
    const { status, body } = await askMaps(world, `/${map.layergroupid}/dataview/d`);
    expect([status, body.errors]).toEqual([
      403,
      [expect.stringMatching(/^permission denied for (table|relation) secrets$/)],
    ]);
    expect(await postMaps(world, "", config)).toMatchObject({
      status: 403,
      body: { errors_with_context: [{ type: "analysis", analysis: { id: "a0", type: "source" } }] },
    });
  });

  test("of named maps are opened by the template's tokens", async () => {
    await using world = await startWorld(engine);
    await world.carto.sql.query("create table private_rows as select 1 as n");
    const d = { type: "formula", options: { operation: "count" } };
    const layers = [{ options: { sql: "select 1 as n, null::geometry as the_geom_webmercator" } }];
    const layergroup = { ...dataviewsOf("select * from private_rows", { d }), layers };
    const auth = { method: "token" as const, valid_tokens: ["t1"] };
    await world.carto.maps.named.create({ name: "dashboard", auth, layergroup });
    const map = await postMaps<{ layergroupid: string }>(world, "/named/dashboard?auth_token=t1", {});
    const path = `/${map.body.layergroupid}/dataview/d`;
    expect((await askMaps(world, `${path}?auth_token=t1`)).body).toMatchObject({ result: 1 });
    expect((await askMaps(world, path)).status).toBe(403);
  });

  test("are read and searched by the SDK", async () => {
    await using world = await startWorld(engine);
    const count = { column: "kind", aggregation: "count" };
    const config = {
      layers: [],
      analyses: [{ id: "a0", type: "source", params: { query: KINDS } }],
      dataviews: {
        kinds: { type: "aggregation", source: { id: "a0" }, options: count },
        total: { type: "formula", source: { id: "a0" }, options: { operation: "sum", column: "worth" } },
      },
    };
    const filters = { dataviews: { kinds: { accept: ["a", "b"] } } };
    const map = await world.carto.maps.anonymous.instantiate(config, { filters });
    expect(await map.dataview<FormulaResult>("total").get()).toMatchObject({ result: 280 });
    expect(await map.dataview<FormulaResult>("total").get({ noFilters: true })).toMatchObject({ result: 780 });
    expect(await map.dataview<AggregationResult>("kinds").get({ ownFilter: true })).toMatchObject({
      categories: [
        { category: "a", value: 6 },
        { category: "b", value: 1 },
      ],
    });
    expect(await map.dataview("kinds").search("C")).toEqual({
      type: "aggregation",
      categories: [{ category: "c", value: 1 }],
    });
  });

  test("may be named by what URLs have to escape", async () => {
    await using world = await startWorld(engine);
    const name = "a/b c?ñ";
    const map = await instantiate(
      world,
      dataviewsOf(NUMBERS, { [name]: { type: "formula", options: { operation: "count" } } }),
    );
    const answer = await fetch(`${map.metadata.dataviews[name]?.url.http}?api_key=${world.masterKey}`);
    expect(await answer.json()).toMatchObject({ result: 6 });
  });
});
