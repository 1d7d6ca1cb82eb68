import { setTimeout as sleep } from "node:timers/promises";
import { Carto } from "@carto-ts/sdk/node";
import { Client } from "pg";
import { describe, expect, test } from "vitest";
import { makeDataset, platform } from "../support/platform.ts";
import { createDatabase, databaseUrl, startTestServer, type World } from "../support/world.ts";

/** The first account of a server of its own, and a connection of the database's owner. */
async function startFirst(url: string): Promise<World & { database: Client }> {
  const server = await startTestServer("postgres", { databaseUrl: url });
  const database = new Client({ connectionString: url });
  await database.connect();
  const { masterKey } = server;
  return {
    server,
    account: "public",
    url: server.url,
    masterKey,
    carto: new Carto({ baseUrl: server.url, apiKey: masterKey }),
    client: (options) => new Carto({ baseUrl: server.url, ...options }),
    database,
    async [Symbol.asyncDispose]() {
      await database.end();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe.skipIf(databaseUrl === undefined)("datasets in a database that others use too", () => {
  test("of the first account are the tables of public that its roles or the server own, not others'", async () => {
    await using world = await startFirst(await createDatabase());
    await makeDataset(world, "mine", [[1, 2]]);
    await world.database.query(
      "create table servers (the_geom geometry(Geometry, 4326)); select cartodb.CDB_CartodbfyTable('public', 'servers')",
    );
    await world.database.query(
      "create role stranger; grant all on schema public to stranger; create table strange as select * from mine limit 0; " +
        "create trigger test_quota_per_row before insert on strange for each row execute function cartodb.CDB_CheckQuota(); alter table strange owner to stranger",
    );

    const { json } = await platform(world, "v1/viz?type=table&order=name&order_direction=asc");

    expect(json.visualizations.map(({ name }: { name: string }) => name)).toEqual(["mine", "servers"]);
    await world.database.query("drop table strange; drop owned by stranger; drop role stranger");
  });

  test("are known again by their names when the OIDs are others', as after a dump was restored", async () => {
    const url = await createDatabase();
    const before = await (async () => {
      await using world = await startFirst(url);
      await makeDataset(world, "a");
      await makeDataset(world, "b");
      const ids = [];
      for (const name of ["a", "b"]) {
        const { id } = (await platform(world, `v1/viz/${name}`)).json;
        await platform(world, `v1/viz/${id}`, { method: "PUT", body: { id, description: `this is ${name}` } });
        ids.push(id);
      }
      // The other table has the OID now, and the server's own table another one too.
      await world.database.query(
        `update carto.dataset d set relation = o.relation from carto.dataset o where o.name <> d.name;
         update carto.setting set value = '1' where name = 'dataset_oid'`,
      );
      return ids;
    })();

    await using world = await startFirst(url);

    for (const [at, name] of ["a", "b"].entries()) {
      const { json } = await platform(world, `v1/viz/${name}`);
      expect([json.id, json.description]).toEqual([before[at], `this is ${name}`]);
    }
  });

  test("whose table is being altered are listed without what its rows say, and not changed", {
    timeout: 30_000,
  }, async () => {
    await using world = await startFirst(await createDatabase());
    await makeDataset(world, "busy", [[1, 2]]);
    const { id } = (await platform(world, "v1/viz/busy")).json;
    await world.database.query("begin; lock table busy in access exclusive mode");

    const list = await platform(world, "v1/viz?type=table");
    expect([list.status, list.json.visualizations[0].table]).toMatchObject([200, { geometry_types: [], size: 0 }]);
    const dropped = platform(world, `v1/viz/${id}`, { method: "DELETE" });
    const sized = platform(world, "v1/viz?type=table&order=size");
    await sleep(100);
    expect((await platform(world, "v1/viz/busy")).status).toBe(200);
    const message = "A table is in use by another statement. Try again when that has ended";
    expect(await dropped).toMatchObject({ status: 400, json: { errors: [message] } });
    expect(await sized).toMatchObject({ status: 400, json: { error: message } });

    await world.database.query("rollback");
    expect((await platform(world, `v1/viz/${id}`, { method: "DELETE" })).status).toBe(204);
  });

  test("are changed by a server whose role is no superuser", async () => {
    const url = new URL(await createDatabase());
    const owner = new Client({ connectionString: url.href });
    await owner.connect();
    const role = `plain_${url.pathname.slice(-12)}`;
    await owner.query(
      `create extension postgis; create role ${role} login createrole password 'x';
       grant create, temporary on database ${url.pathname.slice(1)} to ${role} with grant option;
       grant usage, create on schema public to ${role} with grant option`,
    );
    url.username = role;
    url.password = "x";
    try {
      await using world = await startFirst(url.href);
      await makeDataset(world, "cities", [[1, 2]]);
      const { id } = (await platform(world, "v1/viz/cities")).json;
      const put = (changes: object) => platform(world, `v1/viz/${id}`, { method: "PUT", body: { id, ...changes } });

      expect((await put({ privacy: "public", name: "towns" })).json).toMatchObject({
        name: "towns",
        privacy: "PUBLIC",
      });
      expect((await world.client({}).sql.query("select count(*)::int as n from towns")).rows).toEqual([{ n: 1 }]);
      expect((await put({ privacy: "private" })).json.privacy).toBe("PRIVATE");
      await expect(world.client({}).sql.query("select * from towns")).rejects.toThrow("permission denied");
      expect((await platform(world, `v1/viz/${id}`, { method: "DELETE" })).status).toBe(204);
    } finally {
      await owner.end();
    }
  });
});
