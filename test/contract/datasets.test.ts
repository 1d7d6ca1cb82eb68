import { describe, expect, test } from "vitest";
import { makeDataset, platform } from "../support/platform.ts";
import { engines, startWorld, type World } from "../support/world.ts";

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Names of a list, in its order. */
async function namesOf(world: World, query: string, key: string | undefined = world.masterKey): Promise<string[]> {
  const { json } = await platform(world, `v1/viz?type=table${query}`, { key });
  return json.visualizations.map(({ name }: { name: string }) => name);
}

async function idOf(world: World, name: string): Promise<string> {
  return (await platform(world, `v1/viz/${name}`)).json.id;
}

async function change(world: World, name: string, changes: Record<string, unknown>) {
  const id = await idOf(world, name);
  return platform(world, `v1/viz/${id}`, { method: "PUT", body: { id, ...changes } });
}

describe.each(engines)("datasets on %s", (engine) => {
  test("tables that were cartodbfied are listed, others not", async () => {
    await using world = await startWorld(engine);
    await makeDataset(world, "cities", [
      [1, 2],
      [3, 4],
    ]);
    await world.carto.sql.query(
      "create table plain (n int); create table lookalike (cartodb_id int, the_geom geometry, the_geom_webmercator geometry)",
    );

    const { status, headers, json } = await platform(world, "v1/viz?type=table");

    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(headers["cache-control"]).toBe("private, max-age=0, must-revalidate");
    expect(json).toMatchObject({
      total_entries: 1,
      total_user_entries: 1,
      total_locked: 0,
      total_likes: 0,
      total_shared: 0,
    });
    const [dataset] = json.visualizations;
    expect(dataset).toMatchObject({
      id: expect.stringMatching(ID),
      name: "cities",
      display_name: null,
      type: "table",
      privacy: "PRIVATE",
      kind: "geom",
      url: `${world.url}/tables/cities`,
      tags: [],
      stats: {},
      auth_tokens: [],
      liked: false,
      permission: { owner: { username: world.account, table_count: 1 }, acl: [], entity: { type: "vis" } },
      table: { name: "cities", geometry_types: ["ST_Point"], privacy: "PRIVATE", row_count: 2 },
    });
    expect(dataset.table.size).toBeGreaterThan(0);
    const ids = [dataset.id, dataset.map_id, dataset.permission.id, dataset.table.id];
    expect(new Set(ids).size).toBe(4);
  });

  test("without a type maps are listed, of which there are none", async () => {
    await using world = await startWorld(engine);
    await makeDataset(world, "cities");

    expect((await platform(world, "v1/viz")).json).toEqual({
      visualizations: [],
      total_entries: 0,
      total_user_entries: 0,
      total_locked: 0,
      total_likes: 0,
      total_shared: 0,
    });
  });

  test("a list is narrowed, ordered and cut into pages, and its total is that of what matches", async () => {
    await using world = await startWorld(engine);
    await makeDataset(world, "roads");
    await makeDataset(world, "big_rivers", [
      [10, 10],
      [11, 11],
      [12, 12],
    ]);
    await makeDataset(world, "cities", [[-3, 40]]);
    await change(world, "cities", { description: "Every big town", tags: ["Spain", "towns"], locked: true });
    await change(world, "big_rivers", { privacy: "public", display_name: "Rivers" });

    expect(await namesOf(world, "&order=name&order_direction=asc")).toEqual(["big_rivers", "cities", "roads"]);
    expect(await namesOf(world, "&order=name&order_direction=asc&per_page=2&page=2")).toEqual(["roads"]);
    expect(await namesOf(world, "")).toEqual(["big_rivers", "cities", "roads"]);
    expect(await namesOf(world, "&order=privacy,name&order_direction=desc,asc")).toEqual([
      "big_rivers",
      "cities",
      "roads",
    ]);
    expect(await namesOf(world, "&order=estimated_row_count")).toEqual(["big_rivers", "cities", "roads"]);
    expect((await namesOf(world, "&order=size&order_direction=asc"))[0]).toBe("roads");
    expect(await namesOf(world, "&order=mapviews")).toEqual(["big_rivers", "cities", "roads"]);
    expect(await namesOf(world, "&q=BIG&order=name")).toEqual(["cities", "big_rivers"]);
    expect(await namesOf(world, "&q=big%20spa")).toEqual(["cities"]);
    expect(await namesOf(world, "&q=%25")).toEqual([]);
    expect(await namesOf(world, "&tags=SPAIN,Towns")).toEqual(["cities"]);
    expect(await namesOf(world, "&tags=pai")).toEqual(["cities"]);
    expect(await namesOf(world, "&privacy=public")).toEqual(["big_rivers"]);
    expect(await namesOf(world, "&locked=true")).toEqual(["cities"]);
    expect(await namesOf(world, "&locked=false&order=name")).toEqual(["roads", "big_rivers"]);
    expect(await namesOf(world, "&only_with_display_name=true")).toEqual(["big_rivers"]);
    expect(await namesOf(world, "&only_published=true")).toEqual(["big_rivers"]);
    expect(await namesOf(world, "&bbox=-10,35,5,45")).toEqual(["cities"]);
    expect(await namesOf(world, "&bbox=100,35,105,45")).toEqual([]);
    expect(await namesOf(world, "&shared=only")).toEqual([]);

    const { json } = await platform(world, "v1/viz?type=table&q=big&per_page=1&locked=true");
    expect(json).toMatchObject({ total_entries: 1, total_user_entries: 3, total_locked: 1 });
  });

  test("a list says no more than it is asked for", async () => {
    await using world = await startWorld(engine);
    await makeDataset(world, "cities", [[1, 2]]);
    const all = ["table", "permission", "stats", "liked", "synchronization", "uses_builder_features", "auth_tokens"];
    const query = [...all, "table_size_and_row_count"].map((name) => `show_${name}=false`).join("&");

    const { json } = await platform(world, `v1/viz?type=table&${query}&load_totals=false&load_do_totals=true`);

    expect(json).toMatchObject({ total_entries: 1, total_subscriptions: 0, total_samples: 0 });
    expect(json).not.toHaveProperty("total_shared");
    const [dataset] = json.visualizations;
    expect(dataset).toMatchObject({ table: {}, stats: {}, auth_tokens: [] });
    for (const name of ["permission", "liked", "uses_builder_features", "dependent_visualizations_count"]) {
      expect(dataset).not.toHaveProperty(name);
    }
    const lean = await platform(world, "v1/viz?type=table&show_table_size_and_row_count=false");
    expect(lean.json.visualizations[0].table).not.toHaveProperty("size");
    const withMaps = await platform(world, "v1/viz?type=table&with_dependent_visualizations=1");
    expect(withMaps.json.visualizations[0]).toMatchObject({
      dependent_visualizations_count: 0,
      dependent_visualizations: [],
    });
  });

  test("a dataset is found by its id, its name, and either behind the schema", async () => {
    await using world = await startWorld(engine);
    await makeDataset(world, "cities", [[1, 2]]);
    const id = await idOf(world, "cities");

    for (const ref of [id, "cities", `${world.account}.cities`, `${world.account}.${id}`, `${id}/`, "cities/"]) {
      const { status, json } = await platform(world, `v1/viz/${ref}`);
      expect([status, json.id, json.related_tables], ref).toEqual([200, id, []]);
    }
    const { json } = await platform(world, "v1/viz/cities?show_permission=true&show_liked=true&fetch_user=true");
    expect(json).toMatchObject({
      liked: false,
      permission: { entity: { id, type: "vis" } },
      user: { username: world.account, role_display: "builder" },
    });
    for (const ref of ["nope", "00000000-0000-0000-0000-000000000000", "%00", `nowhere.cities`]) {
      const missing = await platform(world, `v1/viz/${ref}`);
      expect([missing.status, missing.text], ref).toEqual([
        404,
        '{"errors":"Visualization does not exist","errors_cause":null}',
      ]);
    }
  });

  test("a dataset is described, and what is told null is taken away again", async () => {
    await using world = await startWorld(engine);
    await makeDataset(world, "cities");
    const before = (await platform(world, "v1/viz/cities")).json;

    const { status, json } = await change(world, "cities", {
      ...before,
      description: "Towns",
      title: "t",
      source: "s",
      attributions: "© me",
      license: "mit",
      tags: ["a", "b"],
      locked: true,
      display_name: "Cities!",
    });

    expect(status).toBe(200);
    expect(json).toMatchObject({
      id: before.id,
      name: "cities",
      description: "Towns",
      title: "t",
      source: "s",
      attributions: "© me",
      license: "mit",
      tags: ["a", "b"],
      locked: true,
      display_name: "Cities!",
      liked: false,
      permission: { acl: [] },
      related_tables: [],
    });
    expect(json).not.toHaveProperty("dependent_visualizations");
    expect(Date.parse(json.updated_at)).toBeGreaterThan(Date.parse(before.updated_at));
    const cleared = await change(world, "cities", { description: null, title: null, license: null, tags: null });
    expect(cleared.json).toMatchObject({ description: null, title: null, license: null, tags: [], source: "s" });
  });

  test("a change must name the dataset, and be one that it can have", async () => {
    await using world = await startWorld(engine);
    await makeDataset(world, "cities");
    const id = await idOf(world, "cities");
    const put = (body: Record<string, unknown>) => platform(world, `v1/viz/${id}`, { method: "PUT", body });

    for (const body of [{ description: "x" }, { id: "other", description: "x" }, { id: null }]) {
      const refused = await put(body);
      expect([refused.status, refused.text]).toEqual([403, ""]);
    }
    expect(await put({ id, privacy: "password" })).toMatchObject({
      status: 403,
      text: '{"errors":["Privacy is not included in the list"]}',
    });
    expect(await put({ id, description: 5, tags: [{}] })).toMatchObject({
      status: 400,
      text: '{"errors":["tags must be a text"]}',
    });
    expect((await platform(world, "v1/viz/cities")).json.description).toBeNull();
  });

  test("a privacy is a right in the database", async () => {
    await using world = await startWorld(engine);
    await makeDataset(world, "cities", [[1, 2]]);
    const count = () => world.client({}).sql.query("select count(*)::int as n from cities");

    await expect(count()).rejects.toThrow("permission denied");
    for (const privacy of ["PUBLIC", "link"]) {
      expect((await change(world, "cities", { privacy })).json.privacy).toBe(privacy.toUpperCase());
      expect((await count()).rows).toEqual([{ n: 1 }]);
    }
    expect((await change(world, "cities", { privacy: "private" })).json.privacy).toBe("PRIVATE");
    await expect(count()).rejects.toThrow("permission denied");
  });

  test("a renamed dataset takes its table with it, under a name that is valid and free", async () => {
    await using world = await startWorld(engine);
    await makeDataset(world, "cities", [[1, 2]]);
    await makeDataset(world, "towns");
    const id = await idOf(world, "cities");

    expect((await change(world, "cities", { name: "Towns" })).json).toMatchObject({
      id,
      name: "towns_1",
      table: { name: "towns_1" },
      url: `${world.url}/tables/towns_1`,
    });
    expect((await world.carto.sql.query("select count(*)::int as n from towns_1")).rows).toEqual([{ n: 1 }]);
    expect((await change(world, "towns_1", { name: "towns" })).json.name).toBe("towns_1");
    expect((await change(world, "towns_1", { name: 'all; drop table "towns"--' })).status).toBe(200);
    expect(await namesOf(world, "&order=name")).toContain("towns");
  });

  test("a removed dataset takes its table with it, but nothing that depends on that", async () => {
    await using world = await startWorld(engine);
    await makeDataset(world, "cities");
    await world.carto.sql.query("create view seen as select * from cities");
    const id = await idOf(world, "cities");

    const refused = await platform(world, `v1/viz/${id}`, { method: "DELETE" });
    expect(refused.status).toBe(400);
    expect(refused.json.errors).toEqual([expect.stringMatching(/^cannot drop table .*: view .*seen depends on table/)]);
    expect(await namesOf(world, "")).toEqual(["cities"]);

    await world.carto.sql.query("drop view seen");
    const removed = await platform(world, `v1/viz/${id}`, { method: "DELETE" });
    expect([removed.status, removed.text]).toEqual([204, ""]);
    expect((await platform(world, `v1/viz/${id}`)).status).toBe(404);
    expect((await platform(world, `v1/viz/${id}`, { method: "DELETE" })).status).toBe(404);
    await expect(world.carto.sql.query("select * from cities")).rejects.toThrow("does not exist");
  });

  test("rights on a dataset can be read and left as they are", async () => {
    await using world = await startWorld(engine);
    await makeDataset(world, "cities");
    const { permission } = (await platform(world, "v1/viz/cities?show_permission=true")).json;
    const put = (acl: unknown) =>
      platform(world, `v1/perm/${permission.id}`, { method: "PUT", body: { ...permission, acl } });

    expect((await put([])).json).toEqual(permission);
    const shared = await put([{ type: "user", entity: { id: "x" }, access: "r" }]);
    expect([shared.status, shared.text]).toEqual([400, ""]);
    expect((await put("everybody")).status).toBe(400);
    expect((await platform(world, "v1/perm/nope", { method: "PUT", body: { acl: [] } })).status).toBe(404);
  });

  test("names are listed in short for version 4", async () => {
    await using world = await startWorld(engine);
    for (const name of ["b", "a", "c"]) await makeDataset(world, name);

    const { json } = await platform(world, "v4/datasets?per_page=2");

    expect(json).toMatchObject({ total: 3, count: 2 });
    expect(json.result).toEqual([
      {
        name: "a",
        table_schema: world.account,
        cartodbfied: true,
        privacy: "private",
        updated_at: expect.anything(),
        shared: false,
      },
      {
        name: "b",
        table_schema: world.account,
        cartodbfied: true,
        privacy: "private",
        updated_at: expect.anything(),
        shared: false,
      },
    ]);
    const next = new URL(json._links.next.href);
    expect([next.pathname, next.search]).toEqual([`/user/${world.account}/api/v4/datasets`, "?page=2&per_page=2"]);
    expect((await platform(world, "v4/datasets?order=size")).status).toBe(400);
  });
});

describe.each(engines)("tables that change by SQL on %s", (engine) => {
  test("appear, keep their ids through renames and rewrites, and go", async () => {
    await using world = await startWorld(engine);
    await makeDataset(world, "one");
    await makeDataset(world, "two");
    const [one, two] = [await idOf(world, "one"), await idOf(world, "two")];

    await world.carto.sql.query(
      "alter table one rename to tmp; alter table two rename to one; alter table tmp rename to two",
    );
    expect([await idOf(world, "one"), await idOf(world, "two")]).toEqual([two, one]);

    await change(world, "one", { description: "kept" });
    await world.carto.sql.query("drop table one");
    await makeDataset(world, "one", [[1, 2]]);
    expect((await platform(world, "v1/viz/one")).json).toMatchObject({
      id: two,
      description: "kept",
      table: { row_count: 1 },
    });

    await world.carto.sql.query("drop table two");
    expect(await namesOf(world, "")).toEqual(["one"]);
    expect((await platform(world, `v1/viz/${one}`)).status).toBe(404);
  });

  test("are public when everybody may read them, as long as they may", async () => {
    await using world = await startWorld(engine);
    await makeDataset(world, "cities");
    const privacy = async () => (await platform(world, "v1/viz/cities")).json.privacy;
    await world.carto.sql.query("grant select on cities to publicuser");
    expect(await privacy()).toBe("PUBLIC");
    await change(world, "cities", { privacy: "link" });

    await world.carto.sql.query("revoke select on cities from publicuser");
    expect(await privacy()).toBe("PRIVATE");
    await world.carto.sql.query("grant select on cities to public");
    expect(await privacy()).toBe("PUBLIC");
    expect((await change(world, "cities", { privacy: "private" })).json.privacy).toBe("PRIVATE");
    expect(await privacy()).toBe("PRIVATE");
  });

  test("are no datasets any more without what makes them one", async () => {
    await using world = await startWorld(engine);
    await makeDataset(world, "cities");
    expect(await namesOf(world, "")).toEqual(["cities"]);

    await world.carto.sql.query("drop trigger test_quota_per_row on cities");
    expect(await namesOf(world, "")).toEqual([]);
  });

  test("are followed once by many who ask at the same time", async () => {
    await using world = await startWorld(engine);
    for (const name of ["a", "b", "c", "d"]) await makeDataset(world, name);

    const answers = await Promise.all(Array.from({ length: 12 }, () => platform(world, "v1/viz?type=table")));

    const ids = answers.map(({ json }) => json.visualizations.map(({ id }: { id: string }) => id).sort());
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(200));
    expect(new Set(ids.map((list) => list.join()))).toHaveLength(1);
    expect(ids[0]).toHaveLength(4);
  });
});
