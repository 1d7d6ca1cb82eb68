import { describe, expect, test } from "vitest";
import { askDataview, dataviewsOf, oneDataview } from "../support/dataviews.ts";
import { instantiate, postMaps } from "../support/maps.ts";
import { engines, startWorld } from "../support/world.ts";

const HOSTILE = [
  "x'; drop table target; --",
  '"; drop table target; --',
  '"n" FROM target) q; drop table target; --',
  "n) from target; --",
  "$1",
  "$$",
  "E'\\'",
  "\\",
  "/*",
  "--",
  "n\n--",
  "a\u2028b",
  "x".repeat(5_000),
];

const rowsOf = (column: string): string =>
  `select 1.5::float8 as "${column.replaceAll('"', '""')}", 'k' as kind, timestamp '2020-01-01' as at`;

describe.each(engines)("dataviews on %s", (engine) => {
  test.each(HOSTILE)("take %j for a name or a value, wherever it stands", async (text) => {
    await using world = await startWorld(engine);
    await world.carto.sql.query("create table target as select 1 as n");
    const of = (type: string, options: object): object => ({ type, options });
    const dataviews = {
      f: of("formula", { operation: "sum", column: text }),
      c: of("aggregation", { aggregation: "sum", column: text, aggregationColumn: text }),
      k: of("aggregation", { aggregation: "count", column: "kind" }),
      h: of("histogram", { column: text }),
      d: of("histogram", { column: text, aggregation: "day" }),
      t: of("histogram", { column: "at", aggregation: text }),
      o: of("formula", { operation: text, column: "n" }),
    };
    const filters = { dataviews: { k: { accept: [text, "k"], reject: [text] } } };
    const map = await instantiate(world, {
      ...dataviewsOf("select 1 as n, 'k' as kind, now() as at", dataviews),
      filters,
    });
    for (const name of Object.keys(dataviews)) {
      const { status } = await askDataview(world, map, name);
      expect([name, status]).toEqual([
        name,
        name === "k" ? 200 : expect.toSatisfy((got) => got === 400 || got === 404),
      ]);
      await askDataview(world, map, `${name}/search?q=${encodeURIComponent(text)}`);
      await askDataview(world, map, `${name}?aggregation=${encodeURIComponent(text)}&bbox=${encodeURIComponent(text)}`);
    }
    expect((await world.carto.sql.query("select n from target")).rows).toEqual([{ n: 1 }]);
  });

  test.each(HOSTILE.filter((text) => text.length < 60 && !text.startsWith('"')))(
    "find a column of the name %j",
    async (column) => {
      await using world = await startWorld(engine);
      const query = rowsOf(column);
      expect(await oneDataview(world, { query, type: "formula", options: { operation: "sum", column } })).toMatchObject(
        {
          result: 1.5,
          nans: 0,
        },
      );
      const options = { aggregation: "max", column: "kind", aggregationColumn: column };
      expect(await oneDataview(world, { query, type: "aggregation", options })).toMatchObject({ max: 1.5 });
      expect(await oneDataview(world, { query, type: "histogram", options: { column } })).toMatchObject({ avg: 1.5 });
    },
  );

  test.each(HOSTILE)("analyses take %j for a name or a value", async (text) => {
    await using world = await startWorld(engine);
    await world.carto.sql.query("create table target as select 1 as n");
    const source = {
      type: "source",
      params: { query: "select 1 as cartodb_id, 'k' as kind, st_setsrid(st_makepoint(1, 1), 4326) as the_geom" },
    };
    const analyses = [
      { type: "filter-category", params: { source, column: "kind", accept: [text], reject: [text] } },
      { type: "filter-category", params: { source, column: text, accept: [text] } },
      { type: "filter-grouped-rank", params: { source, column: text, rank: "top", group: text, max: 1 } },
      { type: "intersection", params: { source, target: source, source_columns: [text] } },
      {
        type: "aggregate-intersection",
        params: { source, target: source, aggregate_function: "sum", aggregate_column: text },
      },
      { type: "centroid", params: { source, category_column: text, aggregation: "sum", aggregation_column: text } },
      { type: "convex-hull", params: { source, aggregation: "sum", aggregation_column: text } },
      { type: "georeference-long-lat", params: { source, longitude: text, latitude: text } },
      {
        type: "merge",
        params: {
          left_source: source,
          right_source: source,
          left_source_column: text,
          right_source_column: text,
          left_source_columns: [text],
          right_source_columns: [text],
        },
      },
    ];
    for (const [at, analysis] of analyses.entries()) {
      const config = { layers: [{ options: { source: { id: "a" } } }], analyses: [{ id: "a", ...analysis }] };
      const { status } = await postMaps(world, `?api_key=${world.masterKey}`, config);
      expect(at === 0 ? [200] : [400, 404]).toContain(status);
    }
    expect((await world.carto.sql.query("select n from target")).rows).toEqual([{ n: 1 }]);
  });

  test("write nothing, whatever their queries call", async () => {
    await using world = await startWorld(engine);
    await world.carto.sql.query(`create table target as select 1 as n;
      create function sneaky() returns int language plpgsql as 'begin delete from target; return 1; end'`);
    const d = { type: "formula", options: { operation: "count", column: "n" } };
    const map = await instantiate(world, dataviewsOf("select sneaky() as n", { d }));
    expect(await askDataview(world, map, "d")).toMatchObject({
      status: 400,
      body: { errors: ["cannot execute DELETE in a read-only transaction"] },
    });
    expect((await world.carto.sql.query("select n from target")).rows).toEqual([{ n: 1 }]);
  });

  test("show system tables to no other key than the master's", async () => {
    await using world = await startWorld(engine);
    const d = { type: "formula", options: { operation: "count" } };
    const config = dataviewsOf("select rolname from pg_roles", { d });
    expect((await postMaps(world, "", config)).status).toBe(403);
    const { layergroupid } = await instantiate(world, config);
    const answer = await fetch(`${world.url}/api/v1/map/${layergroupid}/dataview/d`);
    expect([answer.status, await answer.json()]).toMatchObject([403, { errors: ["system tables are forbidden"] }]);
  });

  test("are not larger than memory has room for", async () => {
    await using world = await startWorld(engine);
    const query = "select repeat('x', 100000) || i as kind from generate_series(1, 400) as i";
    const d = { type: "aggregation", options: { column: "kind", aggregation: "count" } };
    const map = await instantiate(world, dataviewsOf(query, { d }));
    expect(await askDataview(world, map, "d?own_filter=1")).toMatchObject({
      status: 400,
      body: { errors: [expect.stringMatching(/^The dataview is larger than 16 MB/)] },
    });
    const t = { type: "histogram", options: { column: "at", aggregation: "second" } };
    const ages = "select unnest(array['0001-01-01', '9999-12-31']::timestamp[]) as at";
    const far = await instantiate(world, dataviewsOf(ages, { t }));
    expect((await askDataview(world, far, "t")).body).toMatchObject({ bins: [{ freq: 1 }, { freq: 1 }] });
  });

  test("of analyses that would be without end are refused", async () => {
    await using world = await startWorld(engine);
    let node: object = { type: "source", params: { query: `select 1 as n /* ${"x".repeat(100_000)} */` } };
    for (let depth = 0; depth < 6; depth++) {
      node = { type: "point-in-polygon", params: { points_source: node, polygons_source: node } };
    }
    const { status, body } = await postMaps(world, `?api_key=${world.masterKey}`, { layers: [], analyses: [node] });
    expect([status, body.errors_with_context[0]?.type]).toEqual([400, expect.any(String)]);
  });
});
