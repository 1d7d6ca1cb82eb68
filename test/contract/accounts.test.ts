import { AuthenticationError, PermissionError } from "@carto-ts/sdk";
import { describe, expect, test } from "vitest";
import { makeDataset, platform } from "../support/platform.ts";
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

  test("me tells everybody where the account is, and its owner what it has", async () => {
    await using world = await startWorld(engine);
    await makeDataset(world, "cities", [[1, 2]]);
    const { origin, host } = new URL(world.url);

    const anonymous = await platform(world, "v3/me", { key: undefined });
    expect(anonymous.json).toEqual({
      user_frontend_version: null,
      config: {
        user_name: world.account,
        account_host: host,
        maps_api_template: `${origin}/user/{user}`,
        sql_api_template: `${origin}/user/{user}`,
        cartodb_com_hosted: false,
      },
    });
    const basic = { Authorization: `Basic ${Buffer.from("other:x").toString("base64")}` };
    expect((await platform(world, "v3/me", { key: undefined, headers: basic })).json).toEqual(anonymous.json);
    const { user_data: data } = (await platform(world, "v3/me")).json;
    expect(data).toMatchObject({ username: world.account, table_count: 1, api_key: world.masterKey, viewer: false });
    expect(data.db_size_in_bytes).toBeGreaterThan(0);
    expect((await platform(world, "v1/users/anyone")).json).toEqual(data);
    expect((await platform(world, "v1/users/anyone", { key: "default_public" })).status).toBe(401);
    expect((await platform(world, "v4/me", { key: "default_public" })).json).toEqual({
      username: world.account,
      organization: null,
      api_endpoints: { sql: world.url, maps: world.url, import: world.url, auth: world.url, builder: world.url },
    });
    expect((await platform(world, "v4/me")).json).toMatchObject({ groups: [], username: world.account });
    expect((await platform(world, "v4/me", { key: "wrong" })).status).toBe(401);
  });

  test("keys are listed in pages and read by their names", async () => {
    const regular = ["b key", "a.key"].map((name) => ({ name, token: `token of ${name}`, grants: [] }));
    await using world = await startWorld(engine, regular);

    const first = (await platform(world, "v3/api_keys?per_page=3&order=name")).json;
    expect(first).toMatchObject({ total: 4, count: 3 });
    expect(first.result.map(({ name }: { name: string }) => name)).toEqual(["Master", "Default public", "a.key"]);
    expect(first.result[2]._links).toEqual({ self: `${world.url}/api/v3/api_keys/a.key` });
    expect(first._links).toEqual({
      first: { href: `${world.url}/api/v3/api_keys?order=name&page=1&per_page=3` },
      next: { href: `${world.url}/api/v3/api_keys?order=name&page=2&per_page=3` },
      last: { href: `${world.url}/api/v3/api_keys?order=name&page=2&per_page=3` },
    });
    const second = (await platform(world, "v3/api_keys?per_page=3&order=name&page=2")).json;
    expect([second.total, second.count, second.result[0].name]).toEqual([4, 1, "b key"]);
    const key = (await platform(world, "v3/api_keys/b%20key")).json;
    expect(key).toMatchObject({
      name: "b key",
      type: "regular",
      token: "token of b key",
      user: { username: world.account },
    });
    expect(key).not.toHaveProperty("_links");
    expect((await platform(world, "v3/api_keys/a.key", { key: "token of a.key" })).status).toBe(200);
    for (const [name, caller] of [
      ["nope", world.masterKey],
      ["Master", "token of a.key"],
    ] as const) {
      const missing = await platform(world, `v3/api_keys/${name}`, { key: caller });
      expect([missing.status, missing.json]).toEqual([
        404,
        { errors: `API key not found: ${name}`, errors_cause: null },
      ]);
    }
    expect(await platform(world, "v3/api_keys", { key: "wrong" })).toMatchObject({ status: 401, text: "" });
    for (const query of ["type=nope", "order=size", "page=0", "order_direction=up"]) {
      const wrong = await platform(world, `v3/api_keys?${query}`);
      expect([wrong.status, wrong.json.errors], query).toEqual([400, expect.stringMatching(/^Wrong '/)]);
    }
  });
});
