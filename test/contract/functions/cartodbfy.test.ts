import { describe, expect, test } from "vitest";
import { rows, value } from "../../support/sql.ts";
import { engines, startWorld, type World } from "../../support/world.ts";

/** Columns with their types, in order. */
async function columns(world: World, table: string): Promise<unknown[]> {
  const found = await rows(
    world,
    `select attname || ' ' || format_type(atttypid, atttypmod) as c from pg_attribute
     where attrelid = '${table}'::regclass and attnum > 0 and not attisdropped order by attnum`,
  );
  return found.map(({ c }) => c);
}

const CARTO_COLUMNS = ["the_geom geometry(Geometry,4326)", "the_geom_webmercator geometry(Geometry,3857)"];

describe.each(engines)("CDB_CartodbfyTable on %s", (engine) => {
  test("a plain table gets a key, two empty geometries, indexes and triggers, and keeps its rows", async () => {
    await using world = await startWorld(engine);
    await rows(world, "create table t (a int, b text); insert into t values (7, 'x'), (8, 'y')");

    expect(await value(world, "select CDB_CartodbfyTable('t')")).toBe("t");

    expect(await columns(world, "t")).toEqual(["cartodb_id bigint", ...CARTO_COLUMNS, "a integer", "b text"]);
    expect(await rows(world, "select * from t order by 1")).toEqual([
      { cartodb_id: 1, the_geom: null, the_geom_webmercator: null, a: 7, b: "x" },
      { cartodb_id: 2, the_geom: null, the_geom_webmercator: null, a: 8, b: "y" },
    ]);
    expect(await rows(world, "select index_name, index_keys, index_primary from CDB_TableIndexes('t')")).toEqual([
      { index_name: "t_pkey", index_keys: ["cartodb_id"], index_primary: true },
      { index_name: "t_the_geom_idx", index_keys: ["the_geom"], index_primary: false },
      { index_name: "t_the_geom_webmercator_idx", index_keys: ["the_geom_webmercator"], index_primary: false },
    ]);
    const triggers = await rows(world, "select tgname from pg_trigger where tgrelid = 't'::regclass order by 1");
    expect(triggers.map(({ tgname }) => tgname)).toEqual([
      "test_quota",
      "test_quota_per_row",
      "track_updates",
      "update_the_geom_webmercator_trigger",
    ]);
    expect(await value(world, "select pg_get_serial_sequence('t', 'cartodb_id')")).toBe(
      `"${world.account}".t_cartodb_id_seq`,
    );
  });

  test("the table stays in its schema, and a table of the first account in public", async () => {
    await using world = await startWorld(engine);
    await rows(world, "create table t (a int); select CDB_CartodbfyTable('t')");
    expect(await value(world, "select CDB_QueryTablesText('select * from t')")).toEqual([`"${world.account}".t`]);

    const first = { ...world, carto: world.client({ baseUrl: world.server.url, apiKey: world.server.masterKey }) };
    await rows(first, "drop table if exists in_public; create table in_public (a int)");
    await rows(first, "select CDB_CartodbfyTable('in_public')");
    expect(await columns(first, "public.in_public")).toContain("cartodb_id bigint");
  });

  test("a second run changes nothing, not even the table's oid", async () => {
    await using world = await startWorld(engine);
    await rows(world, "create table t (a int); insert into t values (1), (2); select CDB_CartodbfyTable('t')");
    const before = await rows(world, "select 't'::regclass::oid as oid, t.* from t order by 2");

    expect(await value(world, "select CDB_CartodbfyTable(current_schema, 't')")).toBe("t");

    expect(await rows(world, "select 't'::regclass::oid as oid, t.* from t order by 2")).toEqual(before);
    expect(await value(world, "select count(*) from CDB_TableIndexes('t')")).toBe(3);
  });

  test("new rows are numbered from the largest id on and have their second geometry computed", async () => {
    await using world = await startWorld(engine);
    await rows(world, "create table t (cartodb_id int, a int); insert into t values (41, 1), (3, 2)");
    await rows(world, "select CDB_CartodbfyTable('t')");

    await rows(world, "insert into t (the_geom) values (CDB_LatLng(2, 1))");
    const point = "round(st_x(the_geom_webmercator)) as x, round(st_y(the_geom_webmercator)) as y";
    expect(await rows(world, `select cartodb_id, ${point} from t order by 1 desc limit 1`)).toEqual([
      { cartodb_id: 42, x: 111_319, y: 222_684 },
    ]);

    await rows(world, "update t set the_geom = CDB_LatLng(0, 0)");
    expect(await rows(world, `select distinct ${point} from t`)).toEqual([{ x: 0, y: 0 }]);
    await rows(world, "update t set the_geom = null");
    expect(await value(world, "select count(the_geom_webmercator) from t")).toBe(0);
  });

  test("an empty table is numbered from 1", async () => {
    await using world = await startWorld(engine);
    await rows(world, "create table t (a int); select CDB_CartodbfyTable('t'); insert into t (a) values (5)");

    expect(await rows(world, "select cartodb_id, a from t")).toEqual([{ cartodb_id: 1, a: 5 }]);
  });

  test("a column declared in degrees becomes the_geom, whatever its name", async () => {
    await using world = await startWorld(engine);
    await rows(world, "create table t (geom geometry(point, 4326), x int); insert into t values (CDB_LatLng(1, 2), 9)");

    await rows(world, "select CDB_CartodbfyTable('t')");

    expect(await columns(world, "t")).toEqual(["cartodb_id bigint", ...CARTO_COLUMNS, "x integer"]);
    expect(await rows(world, "select st_astext(the_geom) as g, round(st_x(the_geom_webmercator)) as x from t")).toEqual(
      [{ g: "POINT(2 1)", x: 222_639 }],
    );
  });

  test.each([
    ["geometry(point, 25830)", "st_transform(CDB_LatLng(40, -3), 25830)"],
    ["geometry", "st_transform(CDB_LatLng(40, -3), 25830)"],
    ["geometry", "st_setsrid(st_makepoint(-3, 40), 0)"],
    ["geometry(pointz, 25830)", "st_transform(st_setsrid(st_makepoint(-3, 40, 7), 4326), 25830)"],
    ["geometry(point, 3857)", "st_transform(CDB_LatLng(40, -3), 3857)"],
  ])("a column of type %s with %s is put into degrees and metres, and disappears", async (type, point) => {
    await using world = await startWorld(engine);
    await rows(world, `create table t (x int, shape ${type}); insert into t values (1, ${point}), (2, null)`);

    await rows(world, "select CDB_CartodbfyTable('t')");

    expect(await columns(world, "t")).toEqual(["cartodb_id bigint", ...CARTO_COLUMNS, "x integer"]);
    const q = "select st_astext(the_geom, 3) as g, st_astext(the_geom_webmercator, 0) as w from t order by cartodb_id";
    expect(await rows(world, q)).toEqual([
      { g: "POINT(-3 40)", w: "POINT(-333958 4865942)" },
      { g: null, w: null },
    ]);
  });

  test("geometries that have each other's name change it", async () => {
    await using world = await startWorld(engine);
    await rows(world, "create table t (the_geom geometry(point, 3857), the_geom_webmercator geometry(point, 4326))");
    await rows(world, "insert into t values (st_transform(CDB_LatLng(2, 1), 3857), CDB_LatLng(2, 1))");

    await rows(world, "select CDB_CartodbfyTable('t')");

    expect(await rows(world, "select st_astext(the_geom) as g, round(st_x(the_geom_webmercator)) as x from t")).toEqual(
      [{ g: "POINT(1 2)", x: 111_319 }],
    );
  });

  test("a the_geom of text is read as WKT, hexadecimal WKB or GeoJSON; empty ones are none", async () => {
    await using world = await startWorld(engine);
    await rows(world, "create table t (the_geom text, n int)");
    await rows(
      world,
      `insert into t values ('POINT(1 2)', 1), ('SRID=3857;POINT(111319.49 222684.21)', 2), ('', 3), (null, 4),
         ('{"type":"Point","coordinates":[1,2]}', 5), (CDB_LatLng(2, 1)::text, 6)`,
    );

    await rows(world, "select CDB_CartodbfyTable('t')");

    const read = await rows(world, "select st_astext(the_geom, 4) as g from t order by n");
    expect(read.map(({ g }) => g)).toEqual(["POINT(1 2)", "POINT(1 2)", null, null, "POINT(1 2)", "POINT(1 2)"]);
  });

  test("columns that only have a geometry's name get another one", async () => {
    await using world = await startWorld(engine);
    await rows(world, "create table t (the_geom text, the_geom_webmercator int, the_geom_1 int)");
    await rows(world, "insert into t values ('POINT(1 2)', 5, 6), ('Soria', null, null)");

    await rows(world, "select CDB_CartodbfyTable('t')");

    const q = "select the_geom, the_geom_2, the_geom_webmercator_1, the_geom_1 from t order by cartodb_id";
    expect(await rows(world, q)).toEqual([
      { the_geom: null, the_geom_2: "POINT(1 2)", the_geom_webmercator_1: 5, the_geom_1: 6 },
      { the_geom: null, the_geom_2: "Soria", the_geom_webmercator_1: null, the_geom_1: null },
    ]);
  });

  test("a hundred thousand rows are all there afterwards, with both geometries", async () => {
    await using world = await startWorld(engine);
    await rows(
      world,
      `create table big as select i as id, st_setsrid(st_makepoint(i % 360 - 180, i % 170 - 85), 4326) as geom
       from generate_series(1, 100000) as i`,
    );

    await rows(world, "select CDB_CartodbfyTable('big')");

    const q = `select count(*) as n, count(distinct cartodb_id) as ids, max(cartodb_id) as last, sum(id) as sum,
      count(the_geom) as g, count(the_geom_webmercator) as w from big`;
    expect(await rows(world, q)).toEqual([
      { n: 100_000, ids: 100_000, last: 100_000, sum: 5_000_050_000, g: 100_000, w: 100_000 },
    ]);
  });
});
