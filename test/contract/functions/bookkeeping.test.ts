import { SqlError } from "@carto-ts/sdk";
import { describe, expect, test } from "vitest";
import { rows, value } from "../../support/sql.ts";
import { engines, startWorld } from "../../support/world.ts";

const CHANGED_AT = "select updated_at::text from CDB_TableMetadata where tabname = 't'::regclass";

describe.each(engines)("when tables were changed, on %s", (engine) => {
  test.each(["insert into t (a) values (1)", "update t set a = 2", "delete from t", "truncate t"])(
    "%s moves the table's time",
    async (change) => {
      await using world = await startWorld(engine);
      await rows(world, "create table t (a int); insert into t values (1); select CDB_CartodbfyTable('t')");
      const before = String(await value(world, CHANGED_AT));

      await rows(world, change);

      expect(String(await value(world, CHANGED_AT)) > before).toBe(true);
      expect(await rows(world, "select tabname from CDB_TableMetadata_Text")).toEqual([
        { tabname: `"${world.account}".t` },
      ]);
    },
  );

  test("a key that may only insert moves the time, and needs no right on the table's sequence", async () => {
    await using world = await startWorld(engine);
    await rows(world, "create table t (a int); select CDB_CartodbfyTable('t')");
    const keys = [{ name: "writer", token: "writer", grants: [{ table: "t", permissions: ["insert"] }] }];
    await world.server.createAccount({ name: world.account, keys });
    const before = String(await value(world, CHANGED_AT));

    await world.client({ apiKey: "writer" }).sql.query("insert into t (a, the_geom) values (5, CDB_LatLng(2, 1))");

    expect(await rows(world, "select cartodb_id, a, round(st_x(the_geom_webmercator)) as x from t")).toEqual([
      { cartodb_id: 1, a: 5, x: 111_319 },
    ]);
    expect(String(await value(world, CHANGED_AT)) > before).toBe(true);
  });

  test("a table without triggers has no time until it is touched", async () => {
    await using world = await startWorld(engine);
    await rows(world, 'create table t (a int); create table "T x" (a int)');
    const q = `select schema_name, table_name, updated_at is null as never
      from CDB_QueryTables_Updated_At('select * from t, "T x"')`;
    const schema_name = `"${world.account}"`;
    expect(await rows(world, q)).toEqual([
      { schema_name, table_name: '"T x"', never: true },
      { schema_name, table_name: "t", never: true },
    ]);

    await rows(world, "select CDB_TableMetadataTouch('t')");

    expect(await rows(world, q)).toEqual([
      { schema_name, table_name: '"T x"', never: true },
      { schema_name, table_name: "t", never: false },
    ]);
    expect(await value(world, `select CDB_Last_Updated_Time(array['t', 'nowhere']) ::text = (${CHANGED_AT})`)).toBe(
      true,
    );
    expect(await value(world, "select CDB_Last_Updated_Time(array['nowhere'])")).toBe(null);
  });

  test("tables that are gone leave when the next one comes", async () => {
    await using world = await startWorld(engine);
    await rows(world, "create table t (a int); select CDB_TableMetadataTouch('t'); drop table t");
    await rows(world, "create table u (a int); select CDB_TableMetadataTouch('u')");

    expect(await rows(world, "select tabname from CDB_TableMetadata_Text")).toEqual([
      { tabname: `"${world.account}".u` },
    ]);
  });

  test("a public table's time is everybody's to read, another one's is not", async () => {
    await using world = await startWorld(engine);
    await rows(world, "create table t (a int); create table u (a int); grant select on t to publicuser");
    await rows(world, "select CDB_TableMetadataTouch('t'), CDB_TableMetadataTouch('u')");

    const anonymous = world.client({}).sql;
    const q = `select count(*) as n from CDB_TableMetadata_Text where tabname like '"${world.account}".%'`;
    expect((await anonymous.query(q)).rows).toEqual([{ n: 1 }]);
    expect((await anonymous.query(`select tabname from CDB_TableMetadata where tabname::text = 't'`)).rows).toEqual([
      { tabname: "t" },
    ]);
  });
});

describe.each(engines)("quotas on %s", (engine) => {
  test("an account has none at first, and can't give itself another one", async () => {
    await using world = await startWorld(engine);

    expect(await value(world, "select _CDB_UserQuotaInBytes()")).toBe(0);
    await expect(world.carto.sql.query("select CDB_SetUserQuotaInBytes(1)")).rejects.toThrow("must be owner");
    await expect(
      world.carto.sql.query(
        "create or replace function _CDB_UserQuotaInBytes() returns int8 language sql as 'select 9::int8'",
      ),
    ).rejects.toThrow("must be owner");
  });

  test("the size is half of what the tables take, and analyses are free", async () => {
    await using world = await startWorld(engine);
    expect(await value(world, "select CDB_UserDataSize()")).toBe(0);

    await rows(world, "create table t as select i, md5(i::text) from generate_series(1, 2000) as i");
    await rows(world, `create table analysis_0123456789_${"a".repeat(40)} as select * from t`);

    const half = await value(world, "select pg_total_relation_size('t') / 2");
    expect(half).toBeGreaterThan(10_000);
    expect(await value(world, "select CDB_UserDataSize()")).toBe(half);
    expect(await value(world, "select CDB_UserDataSize(current_schema()::text)")).toBe(half);
    expect(await value(world, "select CDB_UserDataSize('nowhere')")).toBe(0);
  });

  test("what goes over the quota is refused in CARTO's words", async () => {
    await using world = await startWorld(engine);
    await rows(world, "create table t (a int); insert into t values (1)");
    const trigger = `create trigger test_quota before insert on t execute function CDB_CheckQuota(2, '2', '${world.account}')`;
    await rows(world, trigger);
    // The account's own quota, none, counts, not the trigger's.
    await rows(world, "insert into t values (2)");

    await rows(world, "drop trigger test_quota on t");
    await rows(world, trigger.replace(`'${world.account}'`, "'cartodb'"));
    const failure = await world.carto.sql.query("insert into t values (3)").catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(SqlError);
    expect(failure).toMatchObject({ status: 400, messages: [expect.stringMatching(/^Quota exceeded by [0-9.]+KB$/)] });
  });
});

describe.each(engines)("the tables of an account on %s", (engine) => {
  test("CDB_UserTables lists those of the account alone, by who may read them", async () => {
    await using world = await startWorld(engine);
    await rows(world, "create table mine (a int); create table open (a int); grant select on open to publicuser");
    await rows(world, "create view v as select 1 as a; create table spatial_ref_sys (a int)");

    expect(await rows(world, "select CDB_UserTables()")).toEqual([
      { cdb_usertables: "mine" },
      { cdb_usertables: "open" },
    ]);
    expect(await rows(world, "select * from CDB_UserTables('public')")).toEqual([{ cdb_usertables: "open" }]);
    expect(await rows(world, "select CDB_UserTables('private')")).toEqual([{ cdb_usertables: "mine" }]);
    expect(await rows(world, "select CDB_UserTables('other')")).toEqual([]);
    expect((await world.client({}).sql.query("select CDB_UserTables()")).rows).toEqual([{ cdb_usertables: "open" }]);
  });

  test("columns, their types and indexes are told", async () => {
    await using world = await startWorld(engine);
    await rows(world, 'create table t (a int, "B b" varchar(10), g geometry(point, 4326), gone int)');
    await rows(world, 'alter table t drop column gone; create unique index i on t (a, lower("B b"))');

    expect(await rows(world, "select CDB_ColumnNames('t')")).toEqual([
      { cdb_columnnames: "a" },
      { cdb_columnnames: "B b" },
      { cdb_columnnames: "g" },
    ]);
    expect(await rows(world, "select c, CDB_ColumnType('t', c) as t from CDB_ColumnNames('t') as c")).toEqual([
      { c: "a", t: "integer" },
      { c: "B b", t: "character varying" },
      { c: "g", t: "geometry" },
    ]);
    expect(await rows(world, "select * from CDB_TableIndexes('t')")).toEqual([
      { index_name: "i", index_unique: true, index_primary: false, index_keys: ["a", 'lower("B b"::text)'] },
    ]);
  });

  test("a key's account is told by name, whatever the key", async () => {
    await using world = await startWorld(engine, [{ name: "reader", token: "reader-token", grants: [] }]);

    for (const apiKey of [world.masterKey, "reader-token", "default_public"]) {
      const { rows: found } = await world.client({ apiKey }).sql.query("select CDB_Username() as name");
      expect(found).toEqual([{ name: world.account }]);
    }
  });

  test("settings are the operator's", async () => {
    await using world = await startWorld(engine);

    for (const call of ["CDB_Conf_GetConf('a')", "CDB_Conf_SetConf('a', '1')", "CDB_Conf_RemoveConf('a')"]) {
      await expect(world.carto.sql.query(`select ${call}`)).rejects.toThrow("permission denied for table cdb_conf");
    }
  });

  test("what is not there answers that there is nothing", async () => {
    await using world = await startWorld(engine);
    await rows(world, "create table t (a int)");

    expect(await rows(world, "select * from CDB_Overviews('t'::regclass)")).toEqual([]);
    expect(await rows(world, "select * from CDB_Overviews(array['t'::regclass])")).toEqual([]);
    expect(await rows(world, "select CDB_DropOverviews('t')")).toEqual([{ cdb_dropoverviews: "" }]);
    expect(await rows(world, "select * from cdb_service_quota_info()")).toEqual([]);
    expect(await rows(world, "select CDB_CheckAnalysisQuota('t')")).toEqual([{ cdb_checkanalysisquota: "" }]);
    expect(await value(world, "select schema_exists(current_schema()::text)")).toBe(true);
    expect(await value(world, "select schema_exists('nowhere')")).toBe(false);
  });
});
