import type { MapLayerMetadataOptions } from "@carto-ts/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestDatabase, type TestDatabase } from "../../../../../test/support/engine.ts";
import { inSession, pointLayer } from "../../../../../test/support/layer-rows.ts";
import { engines } from "../../../../../test/support/world.ts";
import { layerStats } from "./layer-stats.ts";

describe.each(engines)("facts of a layer on %s", (engine) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase(engine);
    await database.run(`create table pts as select id as cartodb_id, kind, value, flag, at, extract(epoch from at)::float8 as seconds,
      public.ST_SetSRID(public.ST_MakePoint(x, 10), 3857) as the_geom_webmercator
      from (values (1, 'a', 1::int8, true, timestamptz '2007-02-15T01:02:03Z', 10),
        (2, 'a', 2, false, '2017-07-01T23:59:59Z', 20), (3, 'b', null, null, null, 1e6), (4, null, 4, null, null, -10))
        as v (id, kind, value, flag, at, x)`);
  });
  afterAll(() => database?.[Symbol.asyncDispose]());

  interface Asked {
    sql?: string;
    aggregation?: object;
    estimatedRows?: number;
  }
  async function ask(metadata: MapLayerMetadataOptions, asked: Asked = {}): Promise<Record<string, unknown>> {
    const { sql = "select * from pts -- all", aggregation, estimatedRows = 4 } = asked;
    const layer = await pointLayer(database, sql, {
      metadata,
      aggregation,
      aggregated: aggregation !== undefined,
      facts: { estimatedRows },
    });
    const { spatialTypes } = database.engine;
    return inSession(database, (session) => layerStats({ layer, source: sql, spatialTypes }, session));
  }
  /** What JSON says of them. */
  const told = async (...asked: Parameters<typeof ask>): Promise<unknown> =>
    JSON.parse(JSON.stringify(await ask(...asked)));

  test("are the estimated rows alone where nothing is asked for", async () => {
    expect(await told({}, { estimatedRows: -1 })).toEqual({ estimatedFeatureCount: -1 });
  });

  test("have counts and the geometry's type", async () => {
    expect(await told({ featureCount: true, geometryType: true })).toEqual({
      estimatedFeatureCount: 4,
      featureCount: 4,
      geometryType: "ST_Point",
    });
  });

  test("count the cells of a zoom in layers that are aggregated, and rows in others", async () => {
    expect(await told({ aggrFeatureCount: 0 })).toMatchObject({ aggrFeatureCount: 4 });
    expect(await told({ aggrFeatureCount: 0 }, { aggregation: { threshold: 1 } })).toMatchObject({
      aggrFeatureCount: 3,
    });
    expect(await told({ aggrFeatureCount: 20 }, { aggregation: { threshold: 1 } })).toMatchObject({
      aggrFeatureCount: 4,
    });
  });

  test.each([
    ["far beyond what can be counted", "9007199254740993 + cartodb_id * 100000"],
    ["further apart than numbers go", "case when cartodb_id > 2 then 1e308 else -1e308 end"],
    ["fractions", "cartodb_id / 2.0"],
  ])("have a sample where the ids are %s", async (_, id) => {
    const { sample } = await ask(
      { sample: 3 },
      { sql: `select ${id} as cartodb_id, kind, the_geom_webmercator from pts` },
    );
    expect(sample).toHaveLength(3);
  });

  test("have the columns' types", async () => {
    expect(await told({ columns: true })).toEqual({
      estimatedFeatureCount: 4,
      columns: {
        cartodb_id: { type: "number" },
        kind: { type: "string" },
        value: { type: "number" },
        flag: { type: "boolean" },
        at: { type: "date" },
        seconds: { type: "number" },
        the_geom_webmercator: { type: "geometry" },
      },
    });
  });

  test("have what columns hold", async () => {
    expect(await told({ columnStats: true })).toMatchObject({
      columns: {
        cartodb_id: { type: "number", min: 1, max: 4, avg: 2.5, sum: 10 },
        value: { type: "number", min: 1, max: 4, sum: 7 },
        at: { type: "date", min: "2007-02-15T01:02:03Z", max: "2017-07-01T23:59:59Z" },
        flag: { type: "boolean" },
        kind: {
          type: "string",
          categories: [
            { category: "a", frequency: 2 },
            { category: "b", frequency: 1 },
            { category: null, frequency: 1 },
          ],
        },
      },
    });
  });

  test("have as many categories as asked for, with NULL or without", async () => {
    expect(await told({ columnStats: { topCategories: 1 } })).toMatchObject({
      columns: { kind: { categories: [{ category: "a", frequency: 2 }] } },
    });
    expect(await told({ columnStats: { includeNulls: false } })).toMatchObject({
      columns: { kind: { categories: [{ category: "a" }, { category: "b" }] } },
    });
  });

  test("have strings for numbers that JSON has no word for, and nothing of empty columns", async () => {
    const sql = `select 1 as "a""$1", 'NaN'::float8 as __proto__, null::int as "toString" limit 1`;
    expect(Object.entries((await ask({ columnStats: true }, { sql }))["columns"] as object)).toEqual([
      ['a"$1', { type: "number", min: 1, max: 1, avg: 1, sum: 1 }],
      ["__proto__", { type: "number", min: "NaN", max: "NaN", avg: "NaN", sum: "NaN" }],
      ["toString", { type: "number", min: null, max: null, avg: null, sum: null }],
    ]);
  });

  test("have the first and the last group of dimensions of time", async () => {
    const dimensions = {
      year: { column: "seconds", group: { units: "year" } },
      week: { column: "seconds", group: { units: "week" }, format: "iso" },
      kind: "kind",
    };
    expect(await told({ dimensions: true }, { aggregation: { dimensions } })).toEqual({
      estimatedFeatureCount: 4,
      dimensions: {
        year: {
          params: {
            time: 'to_timestamp("seconds")',
            units: "year",
            count: 1,
            timezone: "utc",
            starting: "0001-01-01T00:00:00",
          },
          min: 2007,
          max: 2017,
          type: "number",
        },
        week: {
          params: { time: 'to_timestamp("seconds")', units: "week", count: 1, timezone: "utc", format: "iso" },
          min: "2007-W07",
          max: "2017-W26",
          type: "string",
        },
        kind: { type: null },
      },
    });
  });

  test("have random rows, of the columns asked for", async () => {
    const sorted = async (sample: MapLayerMetadataOptions["sample"], sql?: string): Promise<unknown[]> => {
      const rows = (await ask({ sample } as MapLayerMetadataOptions, sql ? { sql } : {}))["sample"] as {
        cartodb_id: number;
      }[];
      return rows.toSorted((a, b) => a.cartodb_id - b.cartodb_id);
    };
    expect(await sorted({ include_columns: ["cartodb_id", "kind"] })).toEqual([
      { cartodb_id: 1, kind: "a" },
      { cartodb_id: 2, kind: "a" },
      { cartodb_id: 3, kind: "b" },
      { cartodb_id: 4, kind: null },
    ]);
    const many = "select i * 3 as cartodb_id from generate_series(1, 1000) i";
    const rows = (await sorted({ num_rows: 20 }, many)) as { cartodb_id: number }[];
    expect(rows.length).toBeGreaterThan(5);
    expect(rows.length).toBeLessThanOrEqual(20);
    expect(rows.every(({ cartodb_id }) => cartodb_id % 3 === 0)).toBe(true);
    expect(await told({ sample: {} }, { sql: "select * from pts where false" })).toMatchObject({ sample: {} });
    await expect(ask({ sample: { include_columns: ["1; drop table pts"] } })).rejects.toThrow(
      'column "1; drop table pts" does not exist',
    );
  });

  test("are refused where they would fill the answer", async () => {
    const sql = "select i as cartodb_id, repeat(i::text, 100000) as long from generate_series(1, 100) i";
    await expect(ask({ columnStats: true }, { sql })).rejects.toMatchObject({
      status: 400,
      contexts: [{ type: "layer" }],
    });
  });
});
