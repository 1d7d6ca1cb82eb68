import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestDatabase, type TestDatabase } from "../../../../../test/support/engine.ts";
import { inSession, pointLayer } from "../../../../../test/support/layer-rows.ts";
import { engines } from "../../../../../test/support/world.ts";
import type { MapConfig } from "../map-config/map-config.ts";
import type { MapError } from "../map-error.ts";
import { type ClusterRequest, clusterFeatures } from "./cluster.ts";

interface Cluster {
  rows: Record<string, unknown>[];
  fields: { name: string; dataTypeID: number }[];
}

describe.each(engines)("rows of a cell on %s", (id) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase(id);
    // Ids 1 to 3 are within a pixel of zoom 0, and 1 and 2 within one of zoom 10.
    await database.run(`create table pts as select id as cartodb_id, kind as "Kind", value,
      public.ST_SetSRID(public.ST_MakePoint(x, 10), 3857) as the_geom_webmercator,
      public.ST_SetSRID(public.ST_MakePoint(0, 0), 4326) as the_geom
      from (values (1, 'a', 1.5::float8, 10), (2, 'b', 'NaN', 20), (3, 'a', 3, 1000), (4, 'a', 4, -10), (-5, null, 5, 1e6))
        as v (id, kind, value, x)`);
  });
  afterAll(() => database?.[Symbol.asyncDispose]());

  async function ask(
    given: Partial<ClusterRequest> & { options?: unknown; vectorOnly?: boolean } = {},
  ): Promise<Cluster> {
    const { options = { threshold: 1 }, vectorOnly = false, ...request } = given;
    const sql = "select * from pts";
    const layer = await pointLayer(database, sql, { aggregation: options as object, givenType: "cartodb" });
    const config = { layers: [layer.layer], vectorOnly } as unknown as MapConfig;
    return inSession(database, async (session) => {
      const whole = { mapId: "abc", config, layer, source: sql, zoom: "0", clusterId: "1", aggregation: undefined };
      const encoding = await clusterFeatures({ ...whole, ...request }, session);
      const chunks: Buffer[] = [];
      for await (const chunk of encoding.chunks) chunks.push(chunk);
      return JSON.parse(Buffer.concat(chunks).toString()) as Cluster;
    });
  }
  const idsOf = ({ rows }: Cluster): unknown[] => rows.map((row) => row["cartodb_id"]).toSorted();

  test("are all that the cell of the row has at the zoom, without geometries", async () => {
    const { rows, fields } = await ask();
    expect(rows.toSorted((a, b) => Number(a["cartodb_id"]) - Number(b["cartodb_id"]))).toEqual([
      { cartodb_id: 1, Kind: "a", value: 1.5 },
      { cartodb_id: 2, Kind: "b", value: "NaN" },
      { cartodb_id: 3, Kind: "a", value: 3 },
    ]);
    expect(fields.map(({ name, dataTypeID }) => [name, dataTypeID])).toEqual([
      ["cartodb_id", 23],
      ["Kind", 25],
      ["value", 701],
    ]);
  });

  test("are fewer at higher zooms, and more in larger cells", async () => {
    expect(idsOf(await ask({ zoom: "10" }))).toEqual([1, 2]);
    expect(idsOf(await ask({ zoom: "10", options: { resolution: 8 } }))).toEqual([1, 2, 3]);
    expect(idsOf(await ask({ zoom: "99" }))).toEqual([1]);
    expect(idsOf(await ask({ clusterId: "4" }))).toEqual([4]);
    expect(idsOf(await ask({ clusterId: "-5" }))).toEqual([-5]);
    expect(await ask({ clusterId: "99" })).toMatchObject({ rows: [], fields: [{ name: "cartodb_id" }, {}, {}] });
  });

  test("are there in maps of vector tiles alone that say nothing", async () => {
    expect(idsOf(await ask({ options: null, vectorOnly: true }))).toEqual([1, 2, 3]);
  });

  test("can be grouped", async () => {
    const aggregation = JSON.stringify({
      columns: ["Kind"],
      expressions: { 'to"tal': { aggregate_function: "sum", aggregated_column: "cartodb_id" } },
    });
    const { rows, fields } = await ask({ aggregation });
    expect(rows.toSorted((a, b) => String(a["Kind"]).localeCompare(String(b["Kind"])))).toEqual([
      { _cdb_feature_count: 2, Kind: "a", 'to"tal': 4 },
      { _cdb_feature_count: 1, Kind: "b", 'to"tal': 2 },
    ]);
    expect(fields.map(({ name }) => name)).toEqual(["_cdb_feature_count", "Kind", 'to"tal']);
    expect((await ask({ aggregation: '{"columns":["kind"]}' }).catch(String)) as unknown).toContain(
      '"kind" does not exist',
    );
  });

  const COLUMNS = "Invalid aggregation input, columns should be and array of column names";
  const EXPRESSIONS = "Invalid aggregation input, expressions should be and object with valid functions";
  const columns = ["Kind"];
  test.each([
    ["{", "Invalid aggregation input, should be a a valid JSON"],
    ["null", COLUMNS],
    ["[]", COLUMNS],
    ["{}", COLUMNS],
    ['{"columns":[]}', COLUMNS],
    ['{"columns":[1]}', COLUMNS],
    ...[[], "a", 1, true, null].map((expressions) => [JSON.stringify({ columns, expressions }), EXPRESSIONS]),
    [
      JSON.stringify({ columns, expressions: { n: {} } }),
      "Invalid aggregation input, aggregated column should be an string",
    ],
    [
      JSON.stringify({ columns, expressions: { n: { aggregated_column: "value" } } }),
      "Invalid aggregation input, aggregate function should be an string",
    ],
    [
      JSON.stringify({ columns, expressions: { n: { aggregated_column: "1", aggregate_function: "pg_sleep" } } }),
      EXPRESSIONS,
    ],
  ])("%s is refused", async (aggregation, message) => {
    const layer = { index: "0", type: "cartodb" };
    await expect(ask({ aggregation })).rejects.toMatchObject({
      status: 400,
      contexts: [{ type: "layer", subtype: "aggregation", message, layer }],
    } as Partial<MapError>);
  });

  test("are refused for layers without aggregation, and by addresses that are no numbers", async () => {
    const none = "Map abc has no aggregation defined for layer 0";
    await expect(ask({ options: false, vectorOnly: true })).rejects.toThrow(none);
    await expect(ask({ options: null })).rejects.toThrow(none);
    await expect(ask({ clusterId: "1 or true" })).rejects.toMatchObject({ status: 400 });
    await expect(ask({ clusterId: "1.5" })).rejects.toThrow('Invalid cluster id "1.5", should be an integer');
    await expect(ask({ zoom: "a" })).rejects.toThrow('Invalid zoom "a", should be an integer');
    await expect(ask({ zoom: "-1" })).rejects.toMatchObject({ status: 400 });
  });
});
