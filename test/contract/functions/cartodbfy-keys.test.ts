import { SqlError } from "@carto-ts/sdk";
import { describe, expect, test } from "vitest";
import { type Row, rows } from "../../support/sql.ts";
import { engines, startWorld } from "../../support/world.ts";

const IDS = "select cartodb_id, pg_typeof(cartodb_id)::text as type from t order by 1";

describe.each(engines)("keys and names of cartodbfied tables on %s", (engine) => {
  test.each([
    ["text", "'10', '5'", "integer", [5, 10]],
    ["numeric", "7.00, 9", "integer", [7, 9]],
    ["bigint", "5000000000, 1", "bigint", [1, 5_000_000_000]],
    ["int", "0, 2147483646", "integer", [0, 2_147_483_646]],
  ])("a cartodb_id of %s with %s is kept as %s", async (type, values, result, ids) => {
    await using world = await startWorld(engine);
    await rows(
      world,
      `create table t (cartodb_id ${type}, a int); insert into t select unnest(array[${values}])::${type}`,
    );

    await rows(world, "select CDB_CartodbfyTable('t')");

    expect(await rows(world, IDS)).toEqual(ids.map((cartodb_id) => ({ cartodb_id, type: result })));
    const [added] = (await world.carto.sql.query<Row>("insert into t (a) values (1) returning cartodb_id")).rows;
    expect(added).toEqual({ cartodb_id: (ids.at(-1) ?? 0) + 1 });
  });

  test.each([
    ["int", "1, 1"],
    ["int", "1, null"],
    ["int", "-1, 1"],
    ["text", "'1', 'nan'"],
    ["numeric", "1.5, 2"],
    ["float8", "'Infinity', '2'"],
  ])("a cartodb_id of %s with %s is refused, and the table stays as it was", async (type, values) => {
    await using world = await startWorld(engine);
    await rows(world, `create table t (cartodb_id ${type}); insert into t select unnest(array[${values}])::${type}`);

    const failure = await world.carto.sql.query("select CDB_CartodbfyTable('t')").catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(SqlError);
    expect(String((failure as SqlError).messages[0])).toContain("Error: invalid cartodb_id");
    expect(await rows(world, "select count(*) as n from t")).toEqual([{ n: 2 }]);
    expect(await rows(world, "select CDB_ColumnNames('t') as c")).toEqual([{ c: "cartodb_id" }]);
  });

  test("an integer primary key of another name is renamed, and its numbers are kept", async () => {
    await using world = await startWorld(engine);
    await rows(world, "create table t (id serial primary key, name text); insert into t values (4, 'a'), (9, 'b')");

    await rows(world, "select CDB_CartodbfyTable('t')");

    expect(await rows(world, "select cartodb_id, name from t order by 1")).toEqual([
      { cartodb_id: 4, name: "a" },
      { cartodb_id: 9, name: "b" },
    ]);
    expect(await rows(world, "insert into t (name) values ('c') returning cartodb_id")).toEqual([{ cartodb_id: 10 }]);
  });

  test("a table that has all but the name of its key is not written anew", async () => {
    await using world = await startWorld(engine);
    await rows(
      world,
      "create table t (id serial primary key, geom geometry(point, 4326), merc geometry(point, 3857)); create view v as select id, geom from t",
    );
    const before = await rows(world, "select 't'::regclass::oid as oid");

    await rows(world, "select CDB_CartodbfyTable('t')");

    expect(await rows(world, "select 't'::regclass::oid as oid")).toEqual(before);
    expect(await rows(world, "select CDB_ColumnNames('t') as c")).toEqual([
      { c: "cartodb_id" },
      { c: "the_geom" },
      { c: "the_geom_webmercator" },
    ]);
    expect(await rows(world, "select * from v")).toEqual([]);
  });

  test("a primary key of several columns gives way to cartodb_id", async () => {
    await using world = await startWorld(engine);
    await rows(world, "create table t (a int, b int, primary key (a, b)); insert into t values (1, 2)");

    await rows(world, "select CDB_CartodbfyTable('t')");

    expect(await rows(world, "select cartodb_id, a, b from t")).toEqual([{ cartodb_id: 1, a: 1, b: 2 }]);
    expect(await rows(world, "select index_keys from CDB_TableIndexes('t') where index_primary")).toEqual([
      { index_keys: ["cartodb_id"] },
    ]);
  });

  test("a table with rasters gets a key and triggers alone", async () => {
    await using world = await startWorld(engine);
    await rows(world, "create table t (the_raster_webmercator bytea); select CDB_CartodbfyTable('t')");

    expect(await rows(world, "select CDB_ColumnNames('t') as c")).toEqual([
      { c: "the_raster_webmercator" },
      { c: "cartodb_id" },
    ]);
    const triggers = await rows(world, "select tgname from pg_trigger where tgrelid = 't'::regclass order by 1");
    expect(triggers.map(({ tgname }) => tgname)).toEqual(["test_quota", "test_quota_per_row", "track_updates"]);
  });

  test("a view in the way is told of, and nothing is lost", async () => {
    await using world = await startWorld(engine);
    await rows(world, "create table t (a int); insert into t values (1); create view v as select a from t");

    const failure = await world.carto.sql.query("select CDB_CartodbfyTable('t')").catch((error: unknown) => error);

    expect(failure).toMatchObject({ messages: [expect.stringContaining("because other objects depend on it")] });
    expect(failure).toMatchObject({ detail: expect.stringContaining("view") });
    expect(await rows(world, "select * from v")).toEqual([{ a: 1 }]);
    await expect(world.carto.sql.query("select CDB_CartodbfyTable('v')")).rejects.toThrow("is not a table");
  });

  test.each([
    `Mixed "Case" é`,
    `x"; drop table keep; --`,
    "'; drop table keep; --",
    "select",
    "表".repeat(21),
    "a".repeat(63),
    "%I $$ \\ %1$s",
  ])("a table and a column called %s are cartodbfied under their names", async (name) => {
    await using world = await startWorld(engine);
    const quoted = `"${name.replaceAll('"', '""')}"`;
    await rows(world, "create table keep (a int)");
    await rows(world, `create table ${quoted} (${quoted} int, geom geometry(point, 25830))`);
    await rows(world, `insert into ${quoted} values (5, st_transform(CDB_LatLng(40, -3), 25830))`);

    const literal = `'${quoted.replaceAll("'", "''")}'`;
    await rows(world, `select CDB_CartodbfyTable(${literal})`);
    await rows(world, `select CDB_CartodbfyTable(current_schema(), ${literal})`);

    expect(await rows(world, `select cartodb_id, ${quoted} as v, st_srid(the_geom) as s from ${quoted}`)).toEqual([
      { cartodb_id: 1, v: 5, s: 4326 },
    ]);
    expect(await rows(world, "select count(*) as n from keep")).toEqual([{ n: 0 }]);
  });

  test("a schema that is not there, or has no quota, is refused in CARTO's words", async () => {
    await using world = await startWorld(engine);
    await rows(world, "create table t (a int)");

    await expect(world.carto.sql.query("select CDB_CartodbfyTable('nowhere', 't')")).rejects.toThrow(
      'Invalid schema name "nowhere"',
    );
    await expect(world.carto.sql.query("select CDB_CartodbfyTable('cartodb', 't')")).rejects.toThrow(
      "Please set user quota before cartodbfying tables.",
    );
  });
});
