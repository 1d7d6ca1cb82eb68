import { PermissionError, QueryTimeoutError, SqlError, sql } from "@carto-ts/sdk";
import { describe, expect, test } from "vitest";
import { engines, startWorld } from "../support/world.ts";

describe.each(engines)("SQL on %s", (engine) => {
  test("query returns rows in order with their total and their fields", async () => {
    await using world = await startWorld(engine);

    const result = await world.carto.sql.query<{ n: number }>("select n from generate_series(1, 3) as n");

    expect(result.rows).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(result.total_rows).toBe(3);
    expect(result.fields).toEqual({ n: { type: "number", pgtype: "int4" } });
  });

  test("a statement that the database rejects becomes a SqlError with its words", async () => {
    await using world = await startWorld(engine);

    const failure = await world.carto.sql.query("select nope").catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(SqlError);
    expect(failure).toMatchObject({ status: 400, messages: ['column "nope" does not exist'] });
  });

  test("an error that comes before 64 KB of output has status 400 whatever the timing", async () => {
    await using world = await startWorld(engine);

    const failure = await world.carto.sql
      .query("select 1/(5-x) as d from generate_series(1,10) x")
      .catch((error: unknown) => error);

    expect(failure).toMatchObject({ status: 400, messages: ["division by zero"] });
  });

  test("an error after that comes in the body, behind every row before it", async () => {
    await using world = await startWorld(engine);

    const response = await fetch(`${world.url}/api/v2/sql`, {
      method: "POST",
      body: new URLSearchParams({ q: "select 1/(50000-x) as d from generate_series(1,60000) x" }),
    });
    const body = (await response.json()) as { rows: unknown[]; error: string[] };

    expect(response.status).toBe(200);
    expect(body.error).toEqual(["division by zero"]);
    expect(body.rows.length).toBe(49_999);
  });

  test("several statements run as one, and their rows follow each other", async () => {
    await using world = await startWorld(engine);

    const result = await world.carto.sql.query("select 1 as a; select 2 as b");

    expect(result.rows).toEqual([{ a: 1 }, { b: 2 }]);
    expect(result.fields).toEqual({ b: { type: "number", pgtype: "int4" } });
    expect(result.total_rows).toBe(1);
  });

  test("an error in one of several statements undoes the others", async () => {
    await using world = await startWorld(engine);
    await world.carto.sql.query("create table t (n int)");

    await expect(world.carto.sql.query("insert into t values (1); select 1/0")).rejects.toThrow("division by zero");

    expect((await world.carto.sql.query("select * from t")).rows).toEqual([]);
  });

  test("statements that change rows tell how many, and RETURNING gives them", async () => {
    await using world = await startWorld(engine);

    expect((await world.carto.sql.query("create table t (n int)")).total_rows).toBe(0);
    expect((await world.carto.sql.query("insert into t values (1), (2)")).total_rows).toBe(2);
    expect((await world.carto.sql.query("delete from t where n = 2 returning n")).rows).toEqual([{ n: 2 }]);
  });

  test("notices and warnings come in arrays of their own", async () => {
    await using world = await startWorld(engine);

    const result = await world.carto.sql.query("do $$ begin raise notice 'one'; raise warning 'two'; end $$");

    expect(result).toMatchObject({ notices: ["one"], warnings: ["two"] });
  });

  test("a transaction left open is rolled back, and settings don't reach the next request", async () => {
    await using world = await startWorld(engine);

    await world.carto.sql.query("create table t (n int)");
    await world.carto.sql.query("begin; insert into t values (1); set work_mem = '123MB'");

    expect((await world.carto.sql.query("select * from t")).rows).toEqual([]);
    expect((await world.carto.sql.query("show work_mem")).rows).not.toEqual([{ work_mem: "123MB" }]);
  });

  test("values in a template are quoted, whatever is in them", async () => {
    await using world = await startWorld(engine);
    const nasty = `O'Hara \\ "$1" -- ; /* é 💥`;

    const result = await world.carto.sql.query(sql`select ${nasty}::text as t, ${[1, 2]}::int[] as a`);

    expect(result.rows).toEqual([{ t: nasty, a: [1, 2] }]);
  });

  test("geojson, csv and paging", async () => {
    await using world = await startWorld(engine);
    const q =
      "select n as id, st_setsrid(st_makepoint(n, n + 0.123456789), 4326) as the_geom from generate_series(1,3) n";
    const text = async (params: Record<string, string>): Promise<string> =>
      (await fetch(`${world.url}/api/v2/sql?${new URLSearchParams({ q, ...params })}`)).text();

    expect(JSON.parse(await text({ format: "geojson", dp: "2" })).features[0]).toEqual({
      type: "Feature",
      geometry: { type: "Point", coordinates: [1, 1.12] },
      properties: { id: 1 },
    });
    expect(await text({ format: "csv", skipfields: "the_geom" })).toBe("id\r\n1\r\n2\r\n3\r\n");
    expect(JSON.parse(await text({ rows_per_page: "2", page: "1", skipfields: "the_geom" })).rows).toEqual([{ id: 3 }]);
    expect(
      JSON.parse(await text({ order_by: "id", sort_order: "DESC", skipfields: "the_geom" })).rows.map(
        (row: { id: number }) => row.id,
      ),
    ).toEqual([3, 2, 1]);
  });

  test("of two columns of one name the last one counts, in every format", async () => {
    await using world = await startWorld(engine);
    const q = "select a.*, b.* from (select 1 as id, 'x' as s) a, (select 2 as id, st_makepoint(1, 2) as the_geom) b";
    const text = async (format: string): Promise<string> =>
      (await fetch(`${world.url}/api/v2/sql?${new URLSearchParams({ q, format, skipfields: "nothing" })}`)).text();

    expect(JSON.parse(await text("json")).rows[0]).toMatchObject({ id: 2, s: "x" });
    expect(JSON.parse(await text("geojson")).features[0].properties).toEqual({ id: 2, s: "x" });
    expect(await text("csv")).toMatch(/^the_geom,s,id\r\n[0-9A-F]+,x,2\r\n$/);
  });

  test("streaming yields every row while memory stays flat", async () => {
    await using world = await startWorld(engine);

    let sum = 0;
    for await (const rows of world.carto.sql
      .stream<{ n: number }>("select n from generate_series(1,200000) n")
      .batches()) {
      for (const row of rows) sum += row.n;
    }

    expect(sum).toBe(20_000_100_000);
  });

  test("a query within a loop over another one's rows does not wait for ever", async () => {
    await using world = await startWorld(engine);

    const seen: number[] = [];
    for await (const row of world.carto.sql.stream<{ n: number }>("select n from generate_series(1,5) n")) {
      const inner = await world.carto.sql.query<{ m: number }>(`select ${row.n} * 2 as m`);
      seen.push(inner.rows[0]?.m ?? 0);
    }

    expect(seen).toEqual([2, 4, 6, 8, 10]);
  });

  test("an invalid geometry is an error, never an empty result", async () => {
    await using world = await startWorld(engine);

    const bowTie = "'POLYGON((0 0,10 10,10 0,0 10,0 0))'::geometry";
    const failure = await world.carto.sql
      .query(`select st_intersection(${bowTie}, 'POLYGON((2 0,8 0,8 10,2 10,2 0))'::geometry)`)
      .then((result) => result.rows)
      .catch((error: unknown) => error);

    // A native GEOS may repair what it can; what must not be is silence.
    if (failure instanceof SqlError) expect(failure.message).toMatch(/TopologyException/);
    else expect(failure).toHaveLength(1);
  });

  test("anonymous callers read what is public, and nothing else", async () => {
    await using world = await startWorld(engine);
    const anonymous = world.client({});
    await world.carto.sql.query("create table open_t as select 1 as n; create table closed_t as select 2 as n");
    await world.carto.sql.query("grant select on open_t to publicuser");

    expect((await anonymous.sql.query("select n from open_t")).rows).toEqual([{ n: 1 }]);
    const failure = await anonymous.sql.query("select n from closed_t").catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(PermissionError);
    expect(failure).toMatchObject({ messages: ["permission denied for table closed_t"] });
  });

  test("system tables are forbidden to all keys but the master key, through views too", async () => {
    await using world = await startWorld(engine);
    const anonymous = world.client({});
    await world.carto.sql.query("create view peek as select relname from pg_class; grant select on peek to publicuser");

    for (const q of [
      "select * from pg_user",
      "select * from information_schema.tables",
      "select * from geometry_columns",
      "select relname from peek",
      "select (select count(*) from pg_catalog.pg_class)",
    ]) {
      await expect(anonymous.sql.query(q), q).rejects.toMatchObject({ messages: ["system tables are forbidden"] });
    }
    expect((await world.carto.sql.query("select count(*) > 0 as some from pg_class")).rows).toEqual([{ some: true }]);
  });

  test("a statement that takes too long ends with the contract's words", async () => {
    await using world = await startWorld(engine);
    const anonymous = world.client({ totalTimeout: 30_000 });

    const failure = await anonymous.sql.query("select pg_sleep(20)").catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(QueryTimeoutError);
    expect((await anonymous.sql.query("select 1 as n")).rows).toEqual([{ n: 1 }]);
  });
});
