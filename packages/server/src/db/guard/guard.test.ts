import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Guard } from "./guard.ts";
import { isHarmless, refuseForbidden } from "./policy.ts";

let guard: Guard;
beforeAll(async () => {
  guard = await Guard.load();
});
afterAll(async () => {
  await guard[Symbol.asyncDispose]();
});

const reader = { isMaster: false, sharedSession: true };
const master = { isMaster: true, sharedSession: true };

describe("what a key may send", () => {
  test.each([
    "select 1",
    "with x as (insert into t values (1) returning *) select * from x",
    "insert into t select * from u",
    "update t set a = 1",
    "delete from t",
    "explain analyze select 1",
    "begin; insert into t values (1); commit",
    "create table t (a int)",
    "create table t as select 1",
    "show work_mem",
    "",
  ])("%s", async (q) => {
    const inspection = await guard.inspect(q);
    expect(() => refuseForbidden(inspection, reader)).not.toThrow();
  });
});

describe("what a key other than master may not send", () => {
  test.each([
    ["set role postgres", "SET role"],
    ["select 1; set role postgres", "SET role"],
    ['/* */ReSeT/* */ "role"', "SET role"],
    ["reset all", "SET"],
    ["set statement_timeout = 0", "SET"],
    ["set local work_mem = '1GB'", "SET"],
    ["begin; set local role postgres", "SET role"],
    ["set session authorization default", "SET session_authorization"],
    ["discard all", "DISCARD ALL"],
    ["do $$ begin execute 'reset role'; end $$", "DO"],
    ["create function f() returns int language sql as 'select 1'", "CREATE FUNCTION"],
    ["create trigger t before insert on x for each row execute function f()", "CREATE TRIG"],
    ["prepare p as select 1", "PREPARE"],
    ["listen x", "LISTEN"],
    ["notify x", "NOTIFY"],
    ["alter role x superuser", "ALTER ROLE"],
    ["grant select on t to x", "GRANT"],
    ["alter system set work_mem = '1GB'", "ALTER SYSTEM"],
    ["load 'x'", "LOAD"],
    ["create extension dblink", "CREATE EXTENSION"],
    ["declare c cursor with hold for select 1", "DECLARE CURSOR"],
    ["lock table t", "LOCK"],
    ["explain analyze execute p", "EXECUTE"],
    ["call p()", "CALL"],
    ["select query_to_xml('select * from pg_class', true, true, '')", "function query_to_xml"],
    ["select * from pg_catalog.ts_stat('select * from pg_class')", "function ts_stat"],
    ["select ('select * from pg_class').ts_stat", "function ts_stat"],
    ["create view v as select table_to_xml('pg_class', true, true, '') as x", "function table_to_xml"],
  ])("%s", async (q, name) => {
    const inspection = await guard.inspect(q);
    expect(() => refuseForbidden(inspection, reader)).toThrow(`permission denied for ${name}`);
  });
});

test("the master key may do what an owner does, but not become another role", async () => {
  for (const q of [
    "do $$ begin end $$",
    "set work_mem = '10MB'",
    "create function f() returns int language sql as 'select 1'",
  ]) {
    const inspection = await guard.inspect(q);
    expect(() => refuseForbidden(inspection, master), q).not.toThrow();
  }
  for (const q of [
    "set role x",
    "reset role",
    "set session authorization x",
    "discard all",
    "alter role x password 'y'",
  ]) {
    const inspection = await guard.inspect(q);
    expect(() => refuseForbidden(inspection, master), q).toThrow("permission denied");
  }
});

test("relations are found wherever they stand, and names of CTEs are none", async () => {
  const { relations } = await guard.inspect(
    "with c as (select * from a.b) select (select max(x) from pg_class) from c join d on true where exists (select from e)",
  );

  expect(relations).toEqual([
    { schema: "a", name: "b" },
    { schema: undefined, name: "pg_class" },
    { schema: undefined, name: "d" },
    { schema: undefined, name: "e" },
  ]);
});

test.each([
  ["with t as (select * from t) select * from t", ["t"]],
  ["with recursive t as (select 1 union all select * from t) select * from t", []],
  ["with t as (select * from u), u as (select * from t) select * from t, u", ["u"]],
  ["with recursive t as (select * from u), u as (select 1) select * from t, u", []],
  ["select * from (with t as (select 1) select * from t) s, t", ["t"]],
  ["with t as (select 1) select * from (with u as (select * from t) select * from u) s, u", ["u"]],
  ["(with t as (select 1) select * from t) union all select * from t", ["t"]],
  ["with t as (select 1) select * from x.t", ["t"]],
  ["with t as (select 1) insert into t select * from t", ["t"]],
  ["with t as (select 1), u as (delete from t using t as v returning *) select * from u", ["t"]],
])("a table is told from a CTE of its name: %s", async (q, names) => {
  const { relations } = await guard.inspect(q);
  expect(relations.map(({ name }) => name)).toEqual(names);
});

test("the text of the only statement is cut out by bytes", async () => {
  expect((await guard.inspect("  select 'é💥' as x ; -- done")).single?.trim()).toBe("select 'é💥' as x");
  expect((await guard.inspect("select 1; select 2")).single).toBeUndefined();
});

test("a query that can't change its connection is told from one that may", async () => {
  for (const [q, harmless] of [
    ["select count(*), st_area(the_geom) from t where name = lower('X')", true],
    ["select pg_catalog.now(), public.ST_Area(the_geom), cartodb.CDB_LatLng(1, 2) from t", true],
    ["select other.st_area(the_geom) from t", false],
    ['select "ST_Area"(the_geom) from t', false],
    ["select (t).label from t", false],
    ["select a ==> b from t", false],
    ["select a operator(other.=) b from t", false],
    [
      "select a + -b, c || 'x', j -> 'a' from t where d between 1 and 2 and e in (1) and f not like 'g' and h && i",
      true,
    ],
    ["select (array[1])[1], (t).* from t", true],
    ["select set_config('a.b', 'c', false)", false],
    ["select nextval('s')", false],
    ["with x as (delete from t returning *) select * from x", false],
    ["insert into t values (1)", false],
  ] as const) {
    expect(isHarmless(await guard.inspect(q)), q).toBe(harmless);
  }
});

test("long texts are parsed off the event loop, deep ones are refused in words", async () => {
  const long = `select ${Array.from({ length: 30_000 }, (_, n) => n).join(", ")}`;
  expect((await guard.inspect(long)).statements).toHaveLength(1);

  const deep = await guard.inspect(`select ${"(".repeat(30_000)}1${")".repeat(30_000)}`);
  expect(deep.parsed).toBe(false);
  expect(deep.syntaxError).toMatch(/stack|memory|depth|syntax/i);
});
