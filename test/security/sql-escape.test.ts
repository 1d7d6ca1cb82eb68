import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { ApiError } from "@carto-ts/sdk";
import { describe, expect, test } from "vitest";
import { engines, startWorld, type World } from "../support/world.ts";

/** Statements by which one key would read another one's table, become another role, or reach the machine. */
const ATTACKS = [
  "select * from secret",
  "set role postgres; select * from secret",
  "reset role; select * from secret",
  "begin; commit; reset role; select * from secret",
  "select set_config('role', 'postgres', false); select * from secret",
  "select set_config('session_authorization', 'postgres', false)",
  "discard all; select * from secret",
  "do $$ begin execute 'reset role'; end $$; select * from secret",
  "create function pg_temp.f() returns setof secret language sql as 'select * from secret'; select * from pg_temp.f()",
  "copy secret to stdout",
  "copy (select * from secret) to stdout",
  "copy secret from stdin",
  "copy (select 1) to '/tmp/carto-ts-attack'",
  "copy (select 1) to program 'touch /tmp/carto-ts-attack'",
  "create table mine (t text); copy mine from '/etc/passwd'",
  "select pg_read_file('/etc/passwd')",
  "select pg_ls_dir('.')",
  "select lo_import('/etc/passwd')",
  "select lo_from_bytea(0, 'x')",
  "select pg_terminate_backend(pid) from pg_stat_activity",
  "select pg_cancel_backend(1)",
  "select pg_advisory_lock(1)",
  "select pg_notify('a', 'b')",
  "select query_to_xml('select * from secret', true, true, '')",
  "select passwd from pg_shadow",
  "select rolpassword from pg_authid",
  "select * from carto.api_key",
  "select * from carto.setting",
  "alter role current_user superuser",
  "alter role current_user password 'x'",
  "create role mine superuser",
  "grant all on secret to current_user",
  "alter system set log_statement = 'all'",
  "load '/tmp/x.so'",
  "create extension dblink",
  "select dblink('dbname=postgres', 'select 1')",
  "explain analyze select * from secret",
  "with x as (select * from secret) select * from x",
  "select (secret).* from secret",
  "create view peek as select * from secret; select * from peek",
  "prepare p as select * from secret; execute p",
  "listen x",
  `set standard_conforming_strings = off; select '\\'; reset role; --'`,
];

/** Sends a statement to a route as it is; the SDK would refuse some. */
async function send(world: World, path: string, q: string, key: string): Promise<{ status: number; text: string }> {
  const url = `${world.url}/api/v2/${path}?${new URLSearchParams({ q, api_key: key })}`;
  const response = await fetch(url, path === "sql/copyfrom" ? { method: "POST", body: "x\n" } : {});
  return { status: response.status, text: await response.text() };
}

describe.each(engines)("a hostile key on %s", (engine) => {
  test("gets nothing that it was not given, by any route, and the server goes on", async () => {
    const canary = randomUUID();
    await using world = await startWorld(engine, [{ name: "reader", token: "reader-token", grants: [] }]);
    await world.carto.sql.query(`create table secret as select '${canary}'::text as t`);

    for (const q of ATTACKS) {
      for (const path of ["sql", "sql/copyto", "sql/copyfrom"]) {
        for (const key of ["reader-token", "default_public"]) {
          const { status, text } = await send(world, path, q, key);
          expect(status, `${path} ${key}: ${q} → ${text}`).toBeGreaterThanOrEqual(400);
          expect(status, `${path} ${key}: ${q} → ${text}`).toBeLessThan(500);
          expect(text).not.toContain(canary);
        }
      }
    }

    expect((await world.carto.sql.query("select t from secret")).rows).toEqual([{ t: canary }]);
    expect((await world.client({}).sql.query("select 1 as n")).rows).toEqual([{ n: 1 }]);
  });

  test("does not end the process by a COPY where none is expected", async () => {
    await using world = await startWorld(engine);
    await world.carto.sql.query("create table t (n int); grant all on t to publicuser");

    for (const q of [
      "copy t to stdout",
      "copy t from stdin",
      "copy t from stdin; select 1",
      "select 1; copy t to stdout",
      "copy t to stdout; copy t from stdin",
      "copy t to stdout with (format binary)",
    ]) {
      for (const path of ["sql", "sql/copyto", "sql/copyfrom"]) {
        for (const key of [world.masterKey, "default_public"]) {
          expect((await send(world, path, q, key)).status, `${path}: ${q}`).toBeLessThan(500);
        }
      }
    }
    expect((await world.carto.sql.query("select 1 as n")).rows).toEqual([{ n: 1 }]);
  });

  test("leaves nothing behind for the next one", async () => {
    await using world = await startWorld(engine);
    await world.carto.sql.query("create temporary table leak as select 1 as n; set search_path to nowhere; begin");

    await expect(world.carto.sql.query("select * from leak")).rejects.toBeInstanceOf(ApiError);
    expect((await world.carto.sql.query("select current_schema() as s")).rows).toEqual([{ s: world.account }]);
  });
});

describe.each(engines)("the master key's token on %s", (engine) => {
  test("is in no error, no log line and no inspection", async () => {
    await using world = await startWorld(engine);
    const texts: string[] = [inspect(world.carto, { depth: 10 }), JSON.stringify(world.carto)];

    for (const q of ["select nope", "selec", "select 1/0", "\u0000"]) {
      const error: unknown = await world.carto.sql.query(q).catch((failure: unknown) => failure);
      texts.push(inspect(error, { depth: 10 }), String(error), JSON.stringify(error));
    }
    texts.push(await (await fetch(`${world.url}/api/v2/nothing?api_key=${world.masterKey}`)).text());

    for (const text of texts) expect(text).not.toContain(world.masterKey);
  });
});

describe.each(engines)("hostile parameters on %s", (engine) => {
  test.each([
    ["order_by", { order_by: 'n" desc; drop table t; --' }],
    ["dp", { format: "geojson", dp: "6), (select 1" }],
    ["page", { rows_per_page: "1; drop table t", page: "0" }],
    ["skipfields", { skipfields: 'n"; drop table t' }],
    ["filename", { filename: 'a"\r\nSet-Cookie: x=1' }],
    ["format", { format: "__proto__" }],
    ["a NUL", { q: "select '\u0000'" }],
  ])("%s stays a value", async (_, params) => {
    await using world = await startWorld(engine);
    await world.carto.sql.query("create table t as select 1 as n, st_makepoint(1, 2) as the_geom");
    const query = new URLSearchParams({ q: "select * from t", api_key: world.masterKey, ...params } as Record<
      string,
      string
    >);

    const response = await fetch(`${world.url}/api/v2/sql?${query}`);
    await response.text();

    expect(response.status).toBeLessThan(500);
    expect(response.headers.get("set-cookie")).toBeNull();
    expect((await world.carto.sql.query("select count(*) as n from t")).rows).toEqual([{ n: 1 }]);
  });

  test("a callback can't carry a script of its own", async () => {
    await using world = await startWorld(engine);
    const query = new URLSearchParams({ q: "select 1 as n", callback: "alert(1);//<script>" });

    const response = await fetch(`${world.url}/api/v2/sql?${query}`);

    expect(response.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(await response.text()).toMatch(/^\/\*\*\/ typeof alert1script === 'function' && alert1script\(\{/);
  });
});
