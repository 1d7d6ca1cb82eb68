import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { QueryLayer } from "../../packages/server/src/maps/map-config/map-config.ts";
import { readLayerFacts } from "../../packages/server/src/maps/tiles/facts.ts";
import type { LayerFacts } from "../../packages/server/src/maps/tiles/tile.ts";
import { openTestDatabase, type TestDatabase } from "../support/engine.ts";
import { queryLayer } from "../support/tile-layers.ts";
import { engines } from "../support/world.ts";

describe.each(engines)("facts of a layer on %s", (id) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase(id);
    await database.run(`
      create table typed (b bool, i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, n numeric(5, 2), t text, v varchar(9), c char(4),
        d date, tm time, ts timestamp, tz timestamptz, tt timetz, j json, u uuid, a int[], by bytea,
        the_geom geometry(Geometry, 4326), the_geom_webmercator geometry(Geometry, 3857));
      create table spots as select i as cartodb_id, 'abcdefghij'::text as name,
        case when i > 1 then ST_SetSRID(ST_MakePoint(i, i), 3857) end as the_geom_webmercator from generate_series(1, 1000) i;
      analyze spots`);
  });
  afterAll(() => database[Symbol.asyncDispose]());

  async function facts(sql: string, given: Partial<QueryLayer> = {}): Promise<LayerFacts> {
    const session = await database.session({ readOnly: true });
    try {
      return await readLayerFacts(queryLayer(sql, given), session);
    } finally {
      await session[Symbol.asyncDispose]();
    }
  }

  test("are the columns by what tiles can do with them", async () => {
    const { columns, allColumns, dateColumns, geometryType } = await facts("select *, 'x' as literal from typed");
    expect(columns).toEqual([
      { name: "b", oid: 16 },
      { name: "i2", oid: 21 },
      { name: "i4", oid: 23 },
      { name: "i8", oid: 20 },
      { name: "f4", oid: 700 },
      { name: "f8", oid: 701 },
      { name: "n", oid: 1700 },
      { name: "t", oid: 25 },
      { name: "v", oid: 1043 },
      { name: "c", oid: 1042 },
      { name: "literal", oid: 25 },
    ]);
    expect(allColumns).toHaveLength(22);
    expect(allColumns.slice(-3)).toEqual(["the_geom", "the_geom_webmercator", "literal"]);
    expect(dateColumns).toEqual(["d", "tm", "ts", "tz", "tt"]);
    expect(geometryType).toBeUndefined();
  });

  test("are the first geometry's type, and the planner's rows and their bytes", async () => {
    expect(await facts("select * from spots -- all of them")).toMatchObject({
      geometryType: "ST_Point",
      estimatedRows: 1_000,
      rowBytes: 15,
      geometryBytes: 32,
      values: { cartodb_id: { bytes: 4, distinct: 1_000 }, name: { bytes: 11, distinct: 1 } },
      uniqueId: true,
      curved: false,
    });
    const joined = "select a.*, b.name as other from spots a join spots b on a.name = b.name";
    expect(await facts(joined)).toMatchObject({ uniqueId: false });
    const buffered =
      "select cartodb_id, ST_Buffer(the_geom_webmercator, 1) as g from spots where cartodb_id < !pixel_width!";
    expect(await facts(buffered, { geomColumn: "g" })).toMatchObject({
      columns: [{ name: "cartodb_id", oid: 23 }],
      geometryType: "ST_Polygon",
    });
  });

  test.each([
    ["select * from nope", "42P01", 'relation "nope" does not exist'],
    ["selec", "42601", 'syntax error at or near ")"'],
    ["select 1 as a", "42703", 'column "the_geom_webmercator" does not exist'],
    ["select $1::int as a, the_geom_webmercator from spots", "42P02", "there is no parameter $1"],
    ["insert into spots values (1) returning *", "42601", 'syntax error at or near "into"'],
  ])("end with PostgreSQL's words: %s", async (sql, code, message) => {
    await expect(facts(sql)).rejects.toMatchObject({ code, message });
  });
});
