import { AuthenticationError, PermissionError } from "@carto-ts/sdk";
import { describe, expect, test } from "vitest";
import { engines, startWorld } from "../support/world.ts";

describe.each(engines)("accounts and keys on %s", (engine) => {
  test("me names the account, whatever the key", async () => {
    await using world = await startWorld(engine);

    for (const options of [{}, { apiKey: world.masterKey }, { apiKey: "wrong" }]) {
      expect((await world.client(options).auth.me()).config.user_name).toBe(world.account);
    }
  });

  test("a key sees itself, the master key sees all", async () => {
    await using world = await startWorld(engine, [{ name: "reader", token: "reader-token", grants: [] }]);

    const own = await world.client({ apiKey: "default_public" }).auth.apiKeys();
    expect(own).toMatchObject({ total: 1, count: 1, result: [{ name: "Default public", token: "default_public" }] });
    const all = await world.carto.auth.apiKeys();
    expect(all.result.map(({ name, type }) => [name, type])).toEqual([
      ["Master", "master"],
      ["Default public", "default"],
      ["reader", "regular"],
    ]);
    expect((await world.carto.auth.apiKeys({ type: ["default", "master"] })).total).toBe(2);
  });

  test("a key is valid or not", async () => {
    await using world = await startWorld(engine);

    expect(await world.carto.auth.isValidApiKey()).toBe(true);
    expect(await world.client({ apiKey: "default_public" }).auth.isValidApiKey()).toBe(true);
    expect(await world.client({ apiKey: "wadus" }).auth.isValidApiKey()).toBe(false);
  });

  test("a key that is not there is refused, and so is another account's name with it", async () => {
    await using world = await startWorld(engine);

    await expect(world.client({ apiKey: "wrong" }).sql.query("select 1")).rejects.toBeInstanceOf(AuthenticationError);
    const basic = { Authorization: `Basic ${Buffer.from(`other:${world.masterKey}`).toString("base64")}` };
    const response = await fetch(`${world.url}/api/v2/sql?q=select+1`, { headers: basic });
    expect([response.status, await response.json()]).toEqual([403, { error: ["permission denied"] }]);
  });

  test("an account that is not there is told in CARTO's words", async () => {
    await using world = await startWorld(engine);

    const response = await fetch(`${world.server.url.replace("/user/first", "/user/nobody")}/api/v2/sql?q=select+1`);

    expect(response.status).toBe(404);
    expect(response.headers.get("carto-user")).toBe("nobody");
    expect(await response.json()).toEqual({
      error: ["Sorry, we can't find CARTO user 'nobody'. Please check that you have entered the correct domain."],
    });
  });

  test("an account is found by /user/, by /u/, and by the host's first label", async () => {
    await using world = await startWorld(engine);
    const { origin, port } = new URL(world.url);

    for (const url of [
      `${origin}/user/${world.account}/api/v2/sql?q=select+1`,
      `${origin}/u/${world.account}/api/v1/sql/?q=select+1`,
      `http://${world.account}.localhost:${port}/api/v2/sql?q=select+1`,
    ]) {
      const response = await world.server.fetch(new Request(url, { headers: { host: new URL(url).host } }));
      expect(response.status, url).toBe(200);
    }
  });

  test("a regular key has the rights that it was given, and no more", async () => {
    await using world = await startWorld(engine);
    await world.carto.sql.query("create table t (n int); create table other (n int); insert into t values (1)");
    await world.server.createAccount({
      name: world.account,
      masterKey: world.masterKey,
      keys: [{ name: "writer", token: "writer-token", grants: [{ table: "t", permissions: ["select", "insert"] }] }],
    });
    const writer = world.client({ apiKey: "writer-token" });

    expect((await writer.sql.query("insert into t values (2)")).total_rows).toBe(1);
    expect((await writer.sql.query("select count(*) as n from t")).rows).toEqual([{ n: 2 }]);
    await expect(writer.sql.query("delete from t")).rejects.toBeInstanceOf(PermissionError);
    await expect(writer.sql.query("select * from other")).rejects.toBeInstanceOf(PermissionError);
    expect((await writer.auth.apiKeys()).result[0]?.grants[1]).toMatchObject({
      tables: [{ name: "t", permissions: ["insert", "select"], owner: false }],
    });
  });

  test("accounts don't see each other's tables, whatever their names", async () => {
    await using one = await startWorld(engine);
    await using two = await startWorld(engine);
    await one.carto.sql.query("create table secret as select 1 as n");
    await two.carto.sql.query("create table secret as select 2 as n");

    expect((await one.carto.sql.query("select n from secret")).rows).toEqual([{ n: 1 }]);
    expect((await two.carto.sql.query("select n from secret")).rows).toEqual([{ n: 2 }]);
    await expect(two.carto.sql.query(`select n from "${one.account}".secret`)).rejects.toBeInstanceOf(PermissionError);
  });
});
