import { Client } from "pg";
import { describe, expect, test } from "vitest";
import { rows, value } from "../support/sql.ts";
import { createDatabase, databaseUrl, engines, startTestServer, startWorld, type World } from "../support/world.ts";

/** Sends a statement as it is. */
async function send(world: World, q: string, key: string): Promise<{ status: number; text: string }> {
  const body = new URLSearchParams({ q, api_key: key });
  const response = await fetch(`${world.url}/api/v2/sql`, { method: "POST", body });
  return { status: response.status, text: await response.text() };
}

/** An account with a secret table, one that is public, and one that a key may write. */
async function startAttacked(engine: (typeof engines)[number]): Promise<World> {
  const keys = [{ name: "writer", token: "writer", grants: [{ table: "mine", permissions: ["select", "insert"] }] }];
  const world = await startWorld(engine);
  await rows(world, "create table secret (cartodb_id int, s text); insert into secret values (1, 'hidden-word')");
  await rows(
    world,
    "create table open (cartodb_id int, s text); grant select on open to publicuser; create table mine (cartodb_id int)",
  );
  await world.server.createAccount({ name: world.account, keys });
  return world;
}

/** Calls by which a key would read, change or learn of what is not its own. */
const ATTACKS = [
  "select CDB_CartodbfyTable('secret')",
  "select CDB_CartodbfyTable('open')",
  "select CDB_RegenerateTable('open'::regclass)",
  "select CDB_TableMetadataTouch('secret')",
  "select CDB_TableMetadataTouch('open')",
  "select _CDB_NoteChange('secret'::regclass)",
  "insert into cartodb.CDB_TableMetadata values ('mine', now())",
  "update cartodb.CDB_TableMetadata set updated_at = now()",
  "delete from cartodb.CDB_TableMetadata",
  "update cartodb.CDB_TableMetadata_Text set updated_at = now()",
  "truncate cartodb.CDB_TableMetadata",
  "select * from cartodb.CDB_CONF",
  "select CDB_Conf_SetConf('a', '1')",
  "select CDB_SetUserQuotaInBytes(current_schema()::text, 5)",
  "select CDB_ApplyQueriesSafe(array['reset role', 'drop table secret'])",
  "select CDB_SyncTable('secret', current_schema()::regnamespace, 'stolen')",
  "select CDB_SyncTable('open', current_schema()::regnamespace, 'secret')",
  "select CDB_DigitSeparator('secret', 's')",
  "select CDB_EstimateRowCount('select * from secret')",
  "select CDB_QueryTablesText('select * from secret')",
  "select CDB_QueryTablesText('select 1 from open where 1 = (select count(*) from secret)')",
  "select _CDB_PlanOf('select 1; drop table secret')",
  "select _CDB_PlanOf('select 1; reset role; drop table secret')",
  "select _CDB_WriteTable(current_schema()::text, 'mine', 'kept')",
  "select _CDB_WriteTable(current_schema()::text, 'secret', '1 from secret; reset role; --')",
  "select _CDB_DropReplaced('secret')",
  "select _CDB_GiveTriggers('x'', 1); reset role; --', 'secret')",
];

/** Texts that would run as more than they are, where a splitter and PostgreSQL read them differently. */
const SMUGGLED = [
  "select E'\\'; insert into mine values (1); --'",
  "select $a$ $b$ ; insert into mine values (1); $a$",
  "select 1 /* /* */ ; insert into mine values (1) */",
  "analyze insert into mine values (1)",
  "(analyze) insert into mine values (1)",
  "with w as (insert into mine values (1) returning *) select * from w",
  "begin; insert into mine values (1); commit",
  "reset role",
  "set role postgres",
];

describe.each(engines)("CARTO's functions under attack on %s", (engine) => {
  test("no call reads, changes or removes what the key has no right to", async () => {
    await using world = await startAttacked(engine);
    const before = await value(world, "select 'secret'::regclass::oid");

    for (const key of ["default_public", "writer"]) {
      for (const attack of ATTACKS) {
        const { status, text } = await send(world, attack, key);
        expect(`${key} ${attack} ${status}`).toMatch(/ 40[03]$/);
        expect(text).not.toContain("hidden-word");
      }
    }

    expect(await value(world, "select 'secret'::regclass::oid")).toBe(before);
    expect(await rows(world, "select s from secret")).toEqual([{ s: "hidden-word" }]);
    expect(await value(world, "select _CDB_UserQuotaInBytes()")).toBe(0);
    expect(await rows(world, "select tabname from CDB_TableMetadata_Text")).toEqual([]);
  });

  test("explaining a text runs none of it", async () => {
    await using world = await startAttacked(engine);

    for (const text of SMUGGLED) {
      const literal = `$smuggled$${text}$smuggled$`;
      for (const call of ["CDB_QueryTablesText", "CDB_EstimateRowCount", "CDB_QueryTables_Updated_At", "_CDB_PlanOf"]) {
        await send(world, `select ${call}(${literal})`, "writer");
        await send(world, `select ${call}(${literal})`, world.masterKey);
      }
    }

    expect(await rows(world, "select * from mine")).toEqual([]);
    expect((await send(world, "select s from secret", "writer")).status).toBe(403);
  });

  test("tables are analysed for nobody who may not read them", async () => {
    await using world = await startAttacked(engine);
    const rowsOf = (table: string): Promise<unknown> =>
      value(world, `select reltuples from pg_class where oid = '${table}'::regclass`);

    await send(world, "select _CDB_AnalyzeOnce('secret'), _CDB_AnalyzeOnce('mine')", "writer");

    expect(await rowsOf("secret")).toBe(-1);
    expect(await rowsOf("mine")).toBe(0);
  });

  test("functions that an account makes under PostgreSQL's names don't mislead those that have the server's rights", async () => {
    await using victim = await startWorld(engine);
    await using world = await startWorld(engine);
    await rows(victim, "create table t (a int); insert into t values (1)");
    const oid = await value(victim, "select 't'::regclass::oid");
    for (const [name, result, body] of [
      ["has_table_privilege(name, oid, text)", "boolean", "select true"],
      ["has_table_privilege(regclass, text)", "boolean", "select true"],
      ["pg_has_role(name, oid, text)", "boolean", "select true"],
      ["current_setting(text)", "text", "select ''postgres''::text"],
      ["_cdb_caller()", "name", "select ''postgres''::name"],
      ["now()", "timestamptz", "select ''2000-01-01''::timestamptz"],
    ]) {
      await rows(world, `create function ${name} returns ${result} language sql as '${body}'`);
    }

    for (const key of [world.masterKey, "default_public"]) {
      const path = key === world.masterKey ? `set search_path to "${world.account}", pg_catalog, cartodb; ` : "";
      expect((await send(world, `${path}select CDB_TableMetadataTouch(${oid}::regclass)`, key)).status).toBe(403);
      await send(world, `${path}select _CDB_AnalyzeOnce(${oid}::regclass)`, key);
    }
    await rows(
      world,
      `set search_path to "${world.account}", pg_catalog, cartodb, public; select CDB_Username() as name`,
    );

    expect(await value(victim, "select reltuples from pg_class where oid = 't'::regclass")).toBe(-1);
    expect(await value(victim, "select count(*) from CDB_TableMetadata")).toBe(0);
  });

  test("an account sees another one's tables nowhere", async () => {
    await using victim = await startWorld(engine);
    await using world = await startWorld(engine);
    await rows(victim, "create table t (a int); select CDB_CartodbfyTable('t')");
    const oid = await value(victim, "select 't'::regclass::oid");

    expect(await rows(world, `select * from CDB_TableMetadata where tabname = ${oid}`)).toEqual([]);
    const leak =
      "create function leak(text) returns boolean language plpgsql cost 0.0001 as $$ begin raise notice '%', $1; return true; end $$";
    await rows(world, leak);
    const { notices } = await world.carto.sql.query("select * from CDB_TableMetadata_Text where leak(tabname)");
    expect(notices ?? []).toEqual([]);
    await expect(world.carto.sql.query(`select CDB_CartodbfyTable(${oid}::regclass)`)).rejects.toThrow(
      /must be owner|permission denied/,
    );
    expect(await rows(world, "select CDB_UserTables()")).toEqual([]);
  });
});

test.skipIf(databaseUrl === undefined)(
  "a quota that an account made for itself is replaced at the next start",
  async () => {
    const url = await createDatabase();
    const first = await startTestServer("postgres", { databaseUrl: url });
    const admin = new Client({ connectionString: url });
    await admin.connect();
    const { rows: roles } = await admin.query("select role_name from carto.api_key where type = 'master'");
    // As it was with servers that knew no quota.
    await admin.query("drop function public._cdb_userquotainbytes()");
    const api = `${first.url}/api/v2/sql`;
    const q =
      "create function _cdb_userquotainbytes() returns int8 language sql as 'select 7::int8'; create view v as select _cdb_userquotainbytes()";
    const made = await fetch(api, { method: "POST", body: new URLSearchParams({ q, api_key: first.masterKey }) });
    expect(made.status).toBe(200);
    await first.close();

    const second = await startTestServer("postgres", { databaseUrl: url });
    const owner =
      "select pg_get_userbyid(proowner) as owner, _cdb_userquotainbytes() as quota from pg_proc where proname = '_cdb_userquotainbytes' and pronamespace = 'public'::regnamespace";
    const { rows: found } = await admin.query(owner);
    expect(found).toEqual([{ owner: expect.not.stringMatching(roles[0].role_name), quota: "0" }]);

    // One that the operator set is kept.
    await admin.query("select cartodb.CDB_SetUserQuotaInBytes('public', 12345)");
    await second.close();
    const third = await startTestServer("postgres", { databaseUrl: url });
    expect((await admin.query(owner)).rows).toMatchObject([{ quota: "12345" }]);
    await third.close();
    await admin.end();
  },
);
