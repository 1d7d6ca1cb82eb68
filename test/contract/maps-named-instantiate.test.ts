import type { InstantiatedMap, MapTemplate } from "@carto-ts/protocol";
import { describe, expect, test } from "vitest";
import { askMaps, instantiate, layerOf, makePlaces, postMaps } from "../support/maps.ts";
import { engines, startWorld, type World } from "../support/world.ts";

const LAYER = {
  sql: "select * from places where cartodb_id >= <%= from %>",
  attributes: { id: "cartodb_id", columns: ["name"] },
};

/** A named map of a table that only its owner may read. */
async function makeNamed(world: World, auth: MapTemplate["auth"], sql: string = LAYER.sql): Promise<void> {
  await makePlaces(world, "places");
  const layergroup = layerOf(sql, { attributes: LAYER.attributes });
  const template = {
    version: "0.0.1",
    name: "tpl",
    auth,
    placeholders: { from: { type: "number", default: 1 } },
    layergroup,
  };
  const { status, body } = await postMaps(world, `/named?api_key=${world.masterKey}`, template);
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
}

describe.each(engines)("named maps on %s", (engine) => {
  test("are instantiated by everybody, and read as their owner", async () => {
    await using world = await startWorld(engine);
    await makeNamed(world, { method: "open" });

    const { status, headers, body } = await postMaps<InstantiatedMap>(world, "/named/tpl", {});

    expect(status).toBe(200);
    const [signer, hash, rest = ""] = body.layergroupid.split("@");
    const [id, changed] = rest.split(":");
    expect([signer, hash]).toEqual([world.account, expect.stringMatching(/^[0-9a-f]{8}$/)]);
    expect(changed).toBe(String(Date.parse(body.last_updated)));
    expect(headers.get("x-layergroup-id")).toBe(body.layergroupid);
    expect(headers.get("carto-template-hash")).toBe(hash);
    expect(headers.get("carto-map-id")).toBe(id);
    expect(headers.get("surrogate-key")).toMatch(/^n:[\w+/]{6}$/);
    expect(headers.get("cache-control")).toBeNull();
    expect(body.metadata.url.vector?.urlTemplate).toBe(`${world.url}/api/v1/map/${body.layergroupid}/{z}/{x}/{y}.mvt`);
    const feature = await askMaps<unknown>(world, `/${body.layergroupid}/0/attributes/1`);
    expect([feature.status, feature.body]).toEqual([200, { name: "Hawai" }]);
    expect(feature.headers.get("surrogate-key")).toMatch(/^n:[\w+/]{6} t:[\w+/]{6}$/);
  });

  test("are one map for the same values, another for others", async () => {
    await using world = await startWorld(engine);
    await makeNamed(world, { method: "open" });
    const idOf = async (params: object): Promise<string> =>
      (await postMaps<InstantiatedMap>(world, "/named/tpl", params)).body.layergroupid;

    const first = await idOf({ from: 1 });

    expect(await idOf({})).toBe(first);
    expect(await idOf({ from: 1, unknown: "x" })).toBe(first);
    expect(await idOf({ from: 2 })).not.toBe(first);
  });

  test("with tokens are for those who have one, at each request", async () => {
    await using world = await startWorld(engine);
    await makeNamed(world, { method: "token", valid_tokens: ["one", "two"] });
    const make = (query: string) => postMaps<InstantiatedMap>(world, `/named/tpl${query}`, {});
    expect(await make("")).toMatchObject({ status: 403, body: { errors: ["Unauthorized template instantiation"] } });
    expect((await make("?auth_token=three")).status).toBe(403);

    const { body } = await make("?auth_token[]=three&auth_token[]=two");
    const path = `/${body.layergroupid}/0/attributes/1`;

    expect((await askMaps(world, `${path}?auth_token=one`)).status).toBe(200);
    expect((await askMaps(world, `${path}?api_key=${world.masterKey}`)).status).toBe(200);
    const [, , unsigned] = body.layergroupid.split("@");
    for (const refused of [path, `${path}?auth_token=three`, `/${unsigned}/0/attributes/1`]) {
      expect(await askMaps(world, refused)).toMatchObject({
        status: 403,
        body: { errors: ["Sorry, you are unauthorized (permission denied)"] },
      });
    }
  });

  test("live on when their template is gone", async () => {
    await using world = await startWorld(engine);
    await makeNamed(world, { method: "open" });
    const { body } = await postMaps<InstantiatedMap>(world, "/named/tpl", {});

    await askMaps(world, `/named/tpl?api_key=${world.masterKey}`, { method: "DELETE" });

    expect((await askMaps(world, `/${body.layergroupid}/0/attributes/1`)).status).toBe(200);
    expect((await postMaps(world, "/named/tpl", {})).status).toBe(404);
  });

  test("may read what an anonymous map of the same text may not", async () => {
    await using world = await startWorld(engine);
    await makeNamed(world, { method: "open" }, "select * from places");
    const named = await postMaps<InstantiatedMap>(world, "/named/tpl", {});
    const own = await instantiate(world, layerOf("select * from places", { attributes: LAYER.attributes }));

    expect(named.body.layergroupid).not.toContain(own.layergroupid.split(":")[0]);
    expect((await askMaps(world, `/${own.layergroupid}/0/attributes/1`)).status).toBe(403);
    expect((await askMaps(world, `/${named.body.layergroupid}/0/attributes/1`)).status).toBe(200);
  });

  test("are instantiated by JSONP", async () => {
    await using world = await startWorld(engine);
    await makeNamed(world, { method: "open" });
    const call = (query: string): Promise<Response> => fetch(`${world.url}/api/v1/map/named/tpl/jsonp${query}`);

    const made = await call(`?callback=cb&config=${encodeURIComponent('{"from":2}')}`);

    expect(made.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(made.headers.get("cache-control")).toBe("public,max-age=86400,must-revalidate");
    expect(await made.text()).toMatch(/^\/\*\*\/ typeof cb === 'function' && cb\(\{"layergroupid":"[^@]+@[0-9a-f]{8}@/);
    const bad = await call("?callback=cb&config=%7B");
    expect([bad.status, await bad.text()]).toEqual([
      200,
      expect.stringContaining('cb({"errors":["Invalid config parameter, should be a valid JSON"]'),
    ]);
    const none = await call("");
    expect([none.status, await none.json()]).toMatchObject([
      400,
      { errors: ["callback parameter should be present and be a function name"] },
    ]);
  });

  test("need a body of JSON", async () => {
    await using world = await startWorld(engine);
    await makeNamed(world, { method: "open" });

    const { status, body } = await askMaps(world, "/named/tpl", { method: "POST", body: "{}" });

    expect([status, body.errors]).toEqual([400, ["POST data must be of type application/json"]]);
    const headers = { "Content-Type": "application/json" };
    expect((await askMaps(world, "/named/tpl", { method: "POST", headers })).status).toBe(200);
  });
});
