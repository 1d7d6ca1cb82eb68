import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readLimits } from "../../packages/server/src/config.ts";
import { NamedMaps } from "../../packages/server/src/maps/named/named-maps.ts";
import { openTestDatabase, type TestDatabase } from "../support/engine.ts";
import { engines } from "../support/world.ts";

const template = (name: string): Record<string, unknown> => ({
  version: "0.0.1",
  name,
  auth: { method: "token", valid_tokens: ["v1", "v2"] },
  placeholders: { n: { type: "number", default: 1 } },
  layergroup: { layers: [{ options: { sql: "select 2 -<%= n %>" } }] },
});

describe.each(engines)("named maps on %s", (id) => {
  let database: TestDatabase;
  let named: NamedMaps;
  beforeAll(async () => {
    database = await openTestDatabase(id);
    named = await NamedMaps.open(database.engine, readLimits(id, { namedMaps: 3 }, {}));
  });
  afterAll(() => database[Symbol.asyncDispose]());

  test("are made once, filled for who has a token, and gone when they are deleted", async () => {
    const { account, engine } = database;
    const made = await Promise.allSettled([1, 2, 3].map(() => named.create(account, template("a"))));
    expect(made.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await named.get(account, "first@a")).toEqual(template("a"));

    const { config, template: ref } = await named.resolve(account, "a", { n: -5 }, ["no", "v2"]);
    expect(config).toEqual({ layers: [{ options: { sql: "select 2 -(-5)" } }] });
    await expect(named.resolve(account, "a", {}, ["v"])).rejects.toThrow("Unauthorized template instantiation");
    await named.update(account, "a", { ...template("a"), view: null });
    expect((await named.resolve(account, "a", {}, ["v1"])).template.hash).not.toBe(ref.hash);
    await expect(named.update(account, "a", template("b"))).rejects.toThrow("('a' != 'b')");

    await named.create(account, template("b"));
    await named.create(account, template("constructor"));
    await expect(named.create(account, template("d"))).rejects.toMatchObject({ status: 409 });
    const reopened = await NamedMaps.open(engine, readLimits(id, {}, {}));
    expect(await reopened.list(account)).toEqual(["a", "b", "constructor"]);
    await named.delete(account, "a");
    await expect(named.delete(account, "a")).rejects.toThrow("Template 'a' of user 'first' does not exist");
    await expect(named.resolve(account, "a", {}, [])).rejects.toThrow("Template 'a' of user 'first' not found");
  });
});
