import { PermissionError } from "@carto-ts/sdk";
import { describe, expect, test } from "vitest";
import { rows, value } from "../../support/sql.ts";
import { engines, startWorld, type World } from "../../support/world.ts";

const SOURCE =
  "create table src (cartodb_id int, name text, j json); insert into src values (1, 'a', '{}'), (2, 'b', null), (3, 'c', '[1]')";

describe.each(engines)("CDB_SyncTable on %s", (engine) => {
  const sync = async (world: World, args: string): Promise<unknown> =>
    (await world.carto.sql.query(`select CDB_SyncTable('src', ${args})`)).notices;

  test("the destination is made, then only what changed is written", async () => {
    await using world = await startWorld(engine);
    const dst = `'"${world.account}"', 'dst'`;
    await rows(world, SOURCE);

    expect(await sync(world, dst)).toEqual(["INSERTED 3 row(s)"]);
    expect(await sync(world, dst)).toEqual(["DELETED 0 row(s)", "INSERTED 0 row(s)", "MODIFIED 0 row(s)"]);
    await rows(world, "alter table dst add extra int; update dst set extra = 7");
    await rows(world, "delete from src where cartodb_id = 1; insert into src values (4, 'd', null), (5, null, null)");
    await rows(world, "update src set j = '[2]' where cartodb_id = 3");
    expect(await sync(world, dst)).toEqual(["DELETED 1 row(s)", "INSERTED 2 row(s)", "MODIFIED 1 row(s)"]);

    expect(await rows(world, "select cartodb_id as i, name, j::text as j, extra from dst order by 1")).toEqual([
      { i: 2, name: "b", j: null, extra: 7 },
      { i: 3, name: "c", j: "[2]", extra: 7 },
      { i: 4, name: "d", j: null, extra: null },
      { i: 5, name: null, j: null, extra: null },
    ]);
  });

  test("columns that are skipped keep what they have", async () => {
    await using world = await startWorld(engine);
    await rows(world, `${SOURCE}; select CDB_CartodbfyTable('src')`);
    await rows(world, "create table dst as select cartodb_id, name, j from src");
    await rows(world, "select CDB_CartodbfyTable('dst'); update dst set the_geom = CDB_LatLng(cartodb_id, 0)");

    const notices = await sync(world, `'"${world.account}"', 'dst', '{the_geom, the_geom_webmercator}'`);

    expect(notices).toEqual(["DELETED 0 row(s)", "INSERTED 0 row(s)", "MODIFIED 0 row(s)"]);
    expect(await value(world, "select count(the_geom_webmercator) from dst")).toBe(3);
  });

  test("names that need quotes are quoted", async () => {
    await using world = await startWorld(engine);
    await rows(world, `${SOURCE}; alter table src rename name to "n""; drop table src; --"`);

    expect(await sync(world, `'"${world.account}"', 'd"; drop table src; --'`)).toEqual(["INSERTED 3 row(s)"]);
    await rows(world, `update src set "n""; drop table src; --" = 'z'`);
    expect(await sync(world, `'"${world.account}"', 'd"; drop table src; --'`)).toContain("MODIFIED 3 row(s)");
    expect(await value(world, `select min("n""; drop table src; --") from "d""; drop table src; --"`)).toBe("z");
  });
});

describe.each(engines)("CDB_RegenerateTable on %s", (engine) => {
  const TABLE = `create table t (a int, gone int, name text not null default 'x', s serial, g int generated always as (a * 2) stored,
      check (a < 1000), unique (name));
    create index t_name_idx on t (name nulls first) with (fillfactor = 80);
    comment on table t is 'it''s'; comment on column t.name is 'n';
    alter table t drop column gone; grant select on t to publicuser; grant insert (name) on t to publicuser;
    alter table t enable row level security; create policy p on t for select to publicuser using (a > 1);
    insert into t (a, name) values (1, 'one'), (2, 'two')`;

  test("the table is another one, and all that it was", async () => {
    await using world = await startWorld(engine);
    await rows(world, TABLE);
    await rows(world, "select CDB_CartodbfyTable('t')");
    // What cartodbfying took away, given again.
    await rows(
      world,
      "alter table t add unique (name); create index t_lower_idx on t (lower(name)); comment on table t is 'it''s'",
    );
    await rows(
      world,
      "grant select on t to publicuser; alter table t add check (a < 1000), alter name set default 'x'",
    );
    await rows(
      world,
      "alter table t enable row level security; create policy p on t for select to publicuser using (a > 1)",
    );
    const state = "select CDB_GetTableQueries('t'::regclass)";
    const definition = await value(world, state);
    const oid = await value(world, "select 't'::regclass::oid");

    await rows(world, "select CDB_RegenerateTable('t'::regclass)");

    expect(await value(world, "select 't'::regclass::oid")).not.toBe(oid);
    expect(await value(world, state)).toEqual(definition);
    expect((definition as string[]).length).toBeGreaterThan(12);
    expect((await world.client({}).sql.query("select cartodb_id, name from t")).rows).toEqual([
      { cartodb_id: 2, name: "two" },
    ]);
    expect(await rows(world, "insert into t (a) values (3) returning cartodb_id, name")).toEqual([
      { cartodb_id: 3, name: "x" },
    ]);
    await expect(rows(world, "insert into t (a) values (1000)")).rejects.toThrow("check constraint");
  });

  test("sequences, generated columns and dropped ones", async () => {
    await using world = await startWorld(engine);
    await rows(world, TABLE);

    await rows(world, "select CDB_RegenerateTable('t'::regclass)");

    expect(await rows(world, "insert into t (a, name) values (3, 'three') returning a, s, g")).toEqual([
      { a: 3, s: 3, g: 6 },
    ]);
    expect(
      await value(world, "select count(*) from pg_attribute where attrelid = 't'::regclass and attisdropped"),
    ).toBe(0);
    expect(await value(world, "select col_description('t'::regclass, 2)")).toBe("n");
  });

  test("without what cartodbfying gives, a table's definition is short", async () => {
    await using world = await startWorld(engine);
    await rows(world, "create table t (a int, unique (a)); select CDB_CartodbfyTable('t')");

    expect(await value(world, "select CDB_GetTableQueries('t'::regclass, true)")).toEqual([
      expect.stringMatching(/^ALTER TABLE "t[0-9a-f-]+"\.t OWNER TO carto_/),
    ]);
  });

  test("what can't be written anew is left as it is", async () => {
    await using world = await startWorld(engine);
    await rows(world, "create table t (a int); insert into t values (1); create view v as select * from t");
    await rows(world, "create table p (a int) partition by list (a)");

    await expect(rows(world, "select CDB_RegenerateTable('t'::regclass)")).rejects.toThrow(
      "other objects depend on it",
    );
    await expect(rows(world, "select CDB_RegenerateTable('p'::regclass)")).rejects.toThrow(
      "parent of partitioned tables",
    );
    expect(await rows(world, "select * from v")).toEqual([{ a: 1 }]);
  });

  test("statements are applied one by one by the master key, and by no other", async () => {
    await using world = await startWorld(engine);
    const q = "select CDB_ApplyQueriesSafe(array['create table a (a int)', 'nonsense', 'create table b (a int)'])";

    const { warnings } = await world.carto.sql.query(q);

    expect(warnings).toEqual([expect.stringContaining("syntax error")]);
    expect(await rows(world, "select CDB_UserTables() as t")).toEqual([{ t: "a" }, { t: "b" }]);
    await expect(world.client({}).sql.query(q)).rejects.toBeInstanceOf(PermissionError);
  });
});
