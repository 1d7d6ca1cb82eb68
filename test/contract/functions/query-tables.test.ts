import { describe, expect, test } from "vitest";
import { rows, value } from "../../support/sql.ts";
import { engines, startWorld, type World } from "../../support/world.ts";

const literal = (text: string): string => `E'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

const statements = async (world: World, text: string): Promise<unknown[]> =>
  (await rows(world, `select s from CDB_QueryStatements(${literal(text)}) as s`)).map(({ s }) => s);

const tables = (world: World, text: string): Promise<unknown> =>
  value(world, `select CDB_QueryTablesText(${literal(text)})`);

describe.each(engines)("what a query reads, on %s", (engine) => {
  test("a text is cut into its statements", async () => {
    await using world = await startWorld(engine);

    expect(await statements(world, "\n;;; select 1 ;\n select\n2 \t;")).toEqual(["select 1", "select\n2"]);
    expect(await statements(world, "")).toEqual([]);
    expect(await statements(world, "select 'a;b', '''', \"c;\"\"d\"; select 5")).toEqual([
      "select 'a;b', '''', \"c;\"\"d\"",
      "select 5",
    ]);
    expect(await statements(world, "select $$;$$, $h$ ; $$ ; $h$, '$h$', \"$\"; select a$b$c; select $é$;$é$")).toEqual(
      ["select $$;$$, $h$ ; $$ ; $h$, '$h$', \"$\"", "select a$b$c", "select $é$;$é$"],
    );
    expect(await statements(world, "select 1 -- ; '\n; select /* ; /* ; */ ; */ 2; select 3 / 4 - 5")).toEqual([
      "select 1 -- ; '",
      "select /* ; /* ; */ ; */ 2",
      "select 3 / 4 - 5",
    ]);
    expect(await statements(world, "select E'\\';', e'a''\\';'; select '\\'; select 2")).toEqual([
      "select E'\\';', e'a''\\';'",
      "select '\\'",
      "select 2",
    ]);
    expect(await statements(world, "select 'open; x")).toEqual(["select 'open; x"]);
  });

  test("a long text is cut in good time", async () => {
    await using world = await startWorld(engine);
    const q = `select count(*) as n from CDB_QueryStatements(repeat('select ''a;b'', "x;y"; ', 5000)) as s`;

    const started = performance.now();
    expect(await rows(world, q)).toEqual([{ n: 5_000 }]);
    expect(performance.now() - started).toBeLessThan(4_000);
  });

  test("tables are found as the planner finds them", async () => {
    await using world = await startWorld(engine);
    await rows(world, 'create table t (a int); create table "T x" (a int); create view v as select * from "T x"');
    const [t, x] = [`"${world.account}".t`, `"${world.account}"."T x"`];

    expect(await tables(world, "select * from t; select * from v, t as u")).toEqual([x, t]);
    expect(await tables(world, "with c as (select * from t) select 'T x' from c")).toEqual([t]);
    expect(await tables(world, 'insert into t select * from "T x"')).toEqual([x, t]);
    expect(await tables(world, "select 1; select 2")).toEqual([]);
    expect(await tables(world, "begin; select * from pg_class; commit;")).toEqual(["pg_catalog.pg_class"]);
    expect(await tables(world, "drop table t; create table n as select 1")).toEqual([]);
    expect(await value(world, "select CDB_QueryTables('select * from t')::text[]")).toEqual([t]);
    expect(await value(world, "select CDB_QueryTablesText(null)")).toBe(null);
    await expect(tables(world, "select 1 from nowhere")).rejects.toThrow('relation "nowhere" does not exist');
  });

  test("rows are estimated, also of tables that were never analysed", async () => {
    await using world = await startWorld(engine);
    await rows(world, "create table t as select i from generate_series(1, 1000) as i");

    expect(await value(world, "select CDB_EstimateRowCount('select * from t')")).toBe(1_000);
    expect(await value(world, "select CDB_EstimateRowCount('select * from t where i < 100')")).toBeLessThan(200);
    expect(await value(world, "select CDB_EstimateRowCount('drop table t')")).toBe(null);
  });
});
