import { describe, expect, test } from "vitest";
import { askMaps, type MapAnswer, postMaps } from "../support/maps.ts";
import { engines, startTestServer, startWorld, type World, worldOf } from "../support/world.ts";

const JSON_BODY = { "Content-Type": "application/json" };

const templateOf = (name: string): object => ({
  version: "0.0.1",
  name,
  auth: { method: "token", valid_tokens: ["t"] },
  layergroup: { layers: [{ options: { sql: "select 1" } }] },
  // What clients send beside a template, and carto-python with it.
  view: null,
  client: "test",
});

const create = (world: World, name: string): Promise<MapAnswer<unknown>> =>
  postMaps<unknown>(world, `/named?api_key=${world.masterKey}`, templateOf(name));

describe.each(engines)("templates on %s", (engine) => {
  test("are made, read, listed, replaced and removed", async () => {
    await using world = await startWorld(engine);
    const ask = async (method: string, id: string, json?: object): Promise<[number, unknown]> => {
      const body = json === undefined ? null : JSON.stringify({ ...json, api_key: world.masterKey });
      const query = json === undefined ? `?api_key=${world.masterKey}` : "";
      const answer = await askMaps<unknown>(world, `/named${id}${query}`, { method, headers: JSON_BODY, body });
      return [answer.status, answer.body];
    };

    expect(await ask("POST", "", templateOf("tpl-1"))).toEqual([200, { template_id: "tpl-1" }]);
    expect(await ask("POST", "/", templateOf("constructor"))).toEqual([200, { template_id: "constructor" }]);
    expect(await ask("POST", "", templateOf("tpl-1"))).toMatchObject([
      400,
      { errors: [`Template 'tpl-1' of user '${world.account}' already exists`] },
    ]);
    const { client, ...template } = templateOf("tpl-1") as Record<string, unknown>;
    expect(await ask("GET", "/tpl-1")).toEqual([200, { template: { ...template, placeholders: {} } }]);
    expect(await ask("GET", "")).toEqual([200, { template_ids: expect.toSatisfy(isListOf("constructor", "tpl-1")) }]);
    expect(await ask("PUT", "/tpl-1", templateOf("tpl-1"))).toEqual([200, { template_id: "tpl-1" }]);
    expect(await ask("PUT", "/tpl-1", templateOf("tpl-2"))).toMatchObject([
      400,
      { errors: ["Cannot update name of a map template ('tpl-1' != 'tpl-2')"] },
    ]);
    expect(await ask("DELETE", "/tpl-1")).toEqual([204, undefined]);
    expect(await ask("GET", "/tpl-1")).toMatchObject([404, {}]);
    for (const name of ["__proto__", "toString", "a.b", "tpl-.", "*"]) {
      expect((await ask("GET", `/${name}`))[0], name).toBe(404);
    }
  });

  test("are their owner's alone", async () => {
    await using world = await startWorld(engine, [{ name: "maps", token: "maps-token", grants: [] }]);
    await create(world, "tpl");

    for (const [method, id, verb] of [
      ["POST", "", "create"],
      ["GET", "", "list"],
      ["GET", "/tpl", "get"],
      ["PUT", "/tpl", "update"],
      ["DELETE", "/tpl", "delete"],
    ] as const) {
      const { status, body } = await askMaps(world, `/named${id}?auth_token=t`, { method });
      expect([status, body.errors]).toEqual([403, [`Only authenticated users can ${verb} templated maps`]]);
      const regular = await askMaps(world, `/named${id}?api_key=maps-token&auth_token=t`, { method });
      expect([regular.status, regular.body.errors]).toEqual([403, ["Forbidden"]]);
    }
  });

  test("are sent as JSON", async () => {
    await using world = await startWorld(engine);
    const body = JSON.stringify(templateOf("tpl"));
    const send = async (method: string, id: string): Promise<unknown> => {
      const answer = await askMaps(world, `/named${id}?api_key=${world.masterKey}`, { method, body });
      return [answer.status, answer.body.errors];
    };

    expect(await send("POST", "")).toEqual([400, ["POST template data must be of type application/json"]]);
    expect(await send("PUT", "/tpl")).toEqual([400, ["PUT template data must be of type application/json"]]);
    expect(await send("POST", "/tpl")).toEqual([400, ["POST data must be of type application/json"]]);
  });

  test("of one name are made once, by whoever is first", async () => {
    await using world = await startWorld(engine);

    const answers = await Promise.all(Array.from({ length: 8 }, () => create(world, "tpl")));

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400, 400, 400, 400]);
  });

  test("are no more than an account may have, however many are made at once", async () => {
    await using server = await startTestServer(engine, { limits: { namedMaps: 3 } });
    const world = worldOf(server);

    const answers = await Promise.all(["a", "b", "c", "d", "e"].map((name) => create(world, name)));

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 409, 409]);
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({
      errors: [`User '${world.account}' reached limit on number of templates (3/3)`],
    });
    expect(answers.find(({ status }) => status === 200)?.body).toMatchObject({
      limit_message: `User ${world.account} reaching the named maps limit`,
    });
  });
});

const isListOf =
  (...names: string[]) =>
  (list: unknown): boolean =>
    Array.isArray(list) && [...list].sort().join() === names.join();
