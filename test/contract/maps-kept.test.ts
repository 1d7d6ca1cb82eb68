import type { InstantiatedMap } from "@carto-ts/protocol";
import { startServer } from "@carto-ts/server";
import { describe, expect, test } from "vitest";
import { eventually } from "../support/http.ts";
import { askMaps, instantiate, layerOf, makePlaces, postMaps } from "../support/maps.ts";
import {
  createDatabase,
  databaseUrl,
  engines,
  startTestServer,
  startWorld,
  type World,
  worldOf,
} from "../support/world.ts";

const PLACES = layerOf("select * from places", { attributes: { id: "cartodb_id", columns: ["name"] } });

const attributes = async ({ url }: Pick<World, "url">, token: string, key?: string): Promise<[number, unknown]> => {
  const query = key === undefined ? "" : `?api_key=${key}`;
  const { status, body } = await askMaps<unknown>({ url }, `/${token}/0/attributes/1${query}`);
  return [status, body];
};

describe.each(engines)("instantiated maps on %s", (engine) => {
  test("are found by their id, whatever stands behind the colon", async () => {
    await using world = await startWorld(engine);
    await makePlaces(world, "places");
    const { layergroupid } = await instantiate(world, PLACES);
    const [id = ""] = layergroupid.split(":");

    for (const token of [layergroupid, id, `${id}:`, `${id}:cb0`, `${id}%3A123`]) {
      expect(await attributes(world, token, world.masterKey)).toEqual([200, { name: "Hawai" }]);
    }
  });

  test("are of their account alone", async () => {
    await using world = await startWorld(engine);
    await using other = await startWorld(engine);
    await makePlaces(world, "places", { open: true });
    const { layergroupid } = await instantiate(world, PLACES);

    const [status, body] = await attributes(other, layergroupid, other.masterKey);

    expect(status).toBe(400);
    expect(body).toMatchObject({
      errors: [`Invalid or nonexistent map configuration token '${layergroupid.split(":")[0]}'`],
    });
  });

  test("are read in the role of who asks, at each request", async () => {
    await using world = await startWorld(engine);
    await makePlaces(world, "places", { open: true });
    const { layergroupid } = await instantiate(world, PLACES);
    expect(await attributes(world, layergroupid)).toEqual([200, { name: "Hawai" }]);

    await world.carto.sql.query("REVOKE SELECT ON places FROM publicuser");

    expect(await attributes(world, layergroupid)).toEqual([
      403,
      expect.objectContaining({ errors: ["permission denied for table places"] }),
    ]);
    expect(await attributes(world, layergroupid, world.masterKey)).toEqual([200, { name: "Hawai" }]);
  });

  test("of system tables, made with the master key, are for that key alone", async () => {
    await using world = await startWorld(engine);
    const sql =
      "select oid::int as cartodb_id, ST_SetSRID(ST_MakePoint(0, 0), 3857) as the_geom_webmercator from pg_class";
    const { layergroupid } = await instantiate(world, layerOf(sql));
    const tile = async (query: string): Promise<number> =>
      (await fetch(`${world.url}/api/v1/map/${layergroupid}/0/0/0.mvt${query}`)).status;

    expect(await tile(`?api_key=${world.masterKey}`)).toBe(200);
    expect(await tile("")).toBe(403);
  });

  test("give data that is kept for good under the address of its last change alone", async () => {
    await using world = await startWorld(engine);
    await makePlaces(world, "places", { open: true });
    const { layergroupid } = await instantiate(world, PLACES);
    const cacheControl = async (token: string): Promise<string | null> =>
      (await askMaps(world, `/${token}/0/attributes/1`)).headers.get("cache-control");
    expect(await cacheControl(layergroupid)).toBe("public,max-age=31536000");

    await world.carto.sql.query("SELECT cartodb.CDB_TableMetadataTouch('places'::regclass)");

    expect(await cacheControl(layergroupid)).toBe("public,max-age=0,must-revalidate");
  });

  test("are forgotten when nobody has used them for a while, and not before", async () => {
    await using server = await startTestServer(engine, { limits: { mapTtlMs: 1_500 } });
    const world = worldOf(server);
    await makePlaces(world, "places");
    const { layergroupid } = await instantiate(world, PLACES);
    const statusNow = async (): Promise<number> => (await attributes(world, layergroupid, world.masterKey))[0];
    const until = Date.now() + 2_500;

    while (Date.now() < until) {
      expect(await statusNow()).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
    await new Promise((resolve) => setTimeout(resolve, 1_700));

    expect(await statusNow()).toBe(400);
    expect((await instantiate(world, PLACES)).layergroupid).toBe(layergroupid);
    expect(await statusNow()).toBe(200);
  });

  test("that an answer to GET may be kept of live longer than it", async () => {
    await using server = await startTestServer(engine, { limits: { mapTtlMs: 300 } });
    const world = worldOf(server);
    await makePlaces(world, "places");
    const config = encodeURIComponent(JSON.stringify(PLACES));
    const { body } = await askMaps<InstantiatedMap>(world, `?config=${config}&api_key=${world.masterKey}`);

    await new Promise((resolve) => setTimeout(resolve, 800));

    expect((await attributes(world, body.layergroupid, world.masterKey))[0]).toBe(200);
  });

  test("say what is wrong with a layer or a feature", async () => {
    await using world = await startWorld(engine);
    await makePlaces(world, "places");
    const plain = await instantiate(world, layerOf("select * from places"));
    const { layergroupid } = await instantiate(world, PLACES);
    const errors = async (path: string): Promise<unknown> => {
      const { status, body } = await askMaps(world, `${path}?api_key=${world.masterKey}`);
      return [status, body.errors];
    };
    const [id] = layergroupid.split(":");

    expect(await errors(`/${plain.layergroupid}/0/attributes/1`)).toEqual([400, ["Layer 0 has no exposed attributes"]]);
    expect(await errors(`/${layergroupid}/1/attributes/1`)).toEqual([400, [`Map ${id} has no layer number 1`]]);
    expect(await errors(`/${layergroupid}/0/attributes/99`)).toEqual([
      404,
      ["Multiple features (0) identified by 'cartodb_id' = 99 in layer 0"],
    ]);
    expect(await errors(`/${layergroupid}/dataview/x`)).toEqual([400, ["Dataview 'x' does not exist"]]);
  });

  test("give the rows of a cell", async () => {
    await using world = await startWorld(engine);
    await makePlaces(world, "places");
    const { layergroupid } = await instantiate(
      world,
      layerOf("select * from places", { aggregation: { threshold: 1 } }),
    );

    const { status, body } = await askMaps<{ rows: unknown[] }>(
      world,
      `/${layergroupid}/0/0/cluster/1?api_key=${world.masterKey}`,
    );

    expect([status, body.rows]).toEqual([
      200,
      [
        { cartodb_id: 1, name: "Hawai" },
        { cartodb_id: 2, name: "Pico" },
      ],
    ]);
  });
});

test.runIf(databaseUrl)("servers on one database know each other's maps, also after a restart", async () => {
  const options = { databaseUrl: await createDatabase(), port: 0, logLevel: "silent" } as const;
  await using first = await startServer(options);
  const world = worldOf(first);
  await makePlaces(world, "places");
  const { layergroupid } = await instantiate(world, PLACES);
  await using second = await startServer(options);
  expect(await attributes(second, layergroupid, world.masterKey)).toEqual([200, { name: "Hawai" }]);
  await first.close();

  await using third = await startServer(options);

  expect(await attributes(third, layergroupid, world.masterKey)).toEqual([200, { name: "Hawai" }]);
});

test("the embedded engine's session need not be free to know a map", async () => {
  await using world = await startWorld("pglite");
  await makePlaces(world, "places");
  const { layergroupid } = await instantiate(world, PLACES);
  const slow = world.carto.sql.query("select pg_sleep(1)");
  expect(await eventually(() => world.server.stats().busy > 0)).toBe(true);

  const startedAt = performance.now();
  const { status } = await askMaps(world, `/${layergroupid}/5/attributes/1?api_key=${world.masterKey}`);

  expect([status, performance.now() - startedAt < 500]).toEqual([400, true]);
  await slow;
});

test.each(engines)("ids of unknown maps cost the database nothing unless they could be one (%s)", async (engine) => {
  await using world = await startWorld(engine);
  for (const token of ["named", "x'y", "0123", "G".repeat(32), "a@b@c@d"]) {
    const { status, body } = await askMaps(world, `/${token}/0/attributes/1`);
    expect([400, 403]).toContain(status);
    expect(body.errors.length).toBe(1);
  }
  expect((await postMaps(world, "", { layers: "x" })).status).toBe(400);
});
