import { describe, expect, test } from "vitest";
import { makeDataset, platform } from "../support/platform.ts";
import { engines, startWorld, type World } from "../support/world.ts";

const READER = { name: "reader", token: "reader-token", grants: [] };

async function idsOf(world: World, name: string) {
  const { json } = await platform(world, `v1/viz/${name}?show_permission=true`);
  return { id: json.id, table: json.table.id, permission: json.permission.id };
}

const put = (body: Record<string, unknown>, key?: string) => ({ method: "PUT", body, ...(key ? { key } : {}) });

describe.each(engines)("datasets on %s", (engine) => {
  test("that are private are neither told nor changed without the master key", async () => {
    await using world = await startWorld(engine, [READER]);
    await makeDataset(world, "secret", [[1, 2]]);
    const { id, table, permission } = await idsOf(world, "secret");

    for (const key of [undefined, "default_public", "reader-token"]) {
      const list = await platform(world, "v1/viz?type=table&privacy=private&q=secret", { key });
      expect(list.text).toBe('{"visualizations":[],"total_entries":0}');
      for (const ref of [id, "secret"]) {
        const shown = await platform(world, `v1/viz/${ref}`, { key });
        expect([shown.status, shown.text]).toEqual([
          403,
          '{"errors":"Visualization not viewable","errors_cause":null}',
        ]);
      }
      for (const [method, path] of [
        ["PUT", `v1/viz/${id}`],
        ["DELETE", `v1/viz/${id}`],
        ["PUT", `v1/perm/${permission}`],
        ["GET", `v1/tables/${table}`],
        ["PUT", `v1/tables/${table}`],
        ["POST", "v1/tables"],
        ["GET", `v1/tables/${table}/columns`],
        ["POST", `v1/tables/${table}/columns`],
        ["DELETE", `v1/tables/${table}/columns/label`],
        ["GET", `v1/tables/${table}/records/1`],
        ["POST", `v1/tables/${table}/records`],
        ["DELETE", `v1/tables/${table}/records/1`],
        ["GET", "v4/datasets"],
        ["GET", "v1/users/me"],
      ] as const) {
        const body = method === "GET" ? {} : { body: { id, privacy: "public", acl: [], name: "mine" } };
        const answer = await platform(world, path, { method, key, ...body });
        expect([answer.status, answer.text], `${method} ${path}`).toEqual([401, ""]);
      }
    }
    for (const key of ["wrong", `${world.masterKey}x`]) {
      expect((await platform(world, "v1/viz?type=table", { key })).status).toBe(401);
      expect((await platform(world, "v1/viz/secret", { key })).status).toBe(401);
    }
    expect((await platform(world, "v1/viz/secret")).json).toMatchObject({ id, privacy: "PRIVATE" });
  });

  test("that are public are told in part, and those with a link only to who knows them", async () => {
    await using world = await startWorld(engine);
    await makeDataset(world, "open", [[1, 2]]);
    await makeDataset(world, "linked");
    await makeDataset(world, "secret");
    for (const [name, privacy] of [
      ["open", "public"],
      ["linked", "link"],
    ] as const) {
      const { id } = await idsOf(world, name);
      await platform(world, `v1/viz/${id}`, put({ id, privacy, description: "d", locked: true }));
    }

    const { json } = await platform(world, "v1/viz?type=table&load_do_totals=true", { key: undefined });

    expect(json).toMatchObject({ total_entries: 1, visualizations: [{ name: "open" }] });
    expect(Object.keys(json)).toEqual(["visualizations", "total_entries"]);
    const owner = "avatar_url base_url disqus_shortname google_maps_query_string id last_name name org_admin org_user";
    expect(Object.keys(json.visualizations[0]).sort().join(" ")).toBe(
      "attributions auth_tokens created_at description display_name id kind license name permission privacy source stats table tags title type updated_at",
    );
    expect(Object.keys(json.visualizations[0].permission).sort()).toEqual(["id", "owner"]);
    expect(Object.keys(json.visualizations[0].permission.owner).sort().join(" ")).toBe(
      `${owner} remove_logo username viewer`,
    );
    const linked = await platform(world, "v1/viz/linked", { key: undefined });
    expect([linked.status, linked.json.privacy]).toEqual([200, "LINK"]);
    expect(linked.json).not.toHaveProperty("map_id");
    const bounded = await platform(world, "v1/viz?type=table&bbox=-180,-90,180,90", { key: undefined });
    expect(bounded.json.total_entries).toBe(1);
    expect((await platform(world, "v1/viz?type=table", { key: undefined })).text).not.toContain(world.masterKey);
  });

  test("of one account are out of another's reach", async () => {
    await using mine = await startWorld(engine);
    await using theirs = await startWorld(engine);
    await makeDataset(mine, "secret");
    const { id, table, permission } = await idsOf(mine, "secret");

    expect((await platform(theirs, "v1/viz?type=table&q=secret")).json.total_entries).toBe(0);
    for (const answer of [
      await platform(theirs, `v1/viz/${id}`),
      await platform(theirs, `v1/viz/${id}`, put({ id, privacy: "public" })),
      await platform(theirs, `v1/viz/${id}`, { method: "DELETE" }),
    ]) {
      expect(answer.status).toBe(404);
      expect(JSON.stringify(answer.json.errors)).toContain("Visualization of that user does not exist");
      expect(answer.text).not.toContain("secret");
    }
    for (const path of [`v1/tables/${table}`, `v1/tables/${mine.account}.secret`, "v1/tables/secret"]) {
      expect((await platform(theirs, path)).status, path).toBe(404);
      expect((await platform(theirs, path, put({ privacy: "public" }))).status, path).toBe(404);
    }
    expect((await platform(theirs, `v1/perm/${permission}`, put({ acl: [] }))).status).toBe(404);
    // Their key on our paths, and their name with it.
    expect((await platform(mine, `v1/viz/${id}`, { key: theirs.masterKey })).status).toBe(401);
    const basic = Buffer.from(`${theirs.account}:${theirs.masterKey}`).toString("base64");
    const named = await platform(mine, "v1/viz", { key: undefined, headers: { Authorization: `Basic ${basic}` } });
    expect([named.status, named.text]).toEqual([401, ""]);
    expect((await platform(mine, "v1/viz/secret")).json.privacy).toBe("PRIVATE");
  });

  test("that another account put into the schema are not its own", async () => {
    await using mine = await startWorld(engine);
    await using theirs = await startWorld(engine);
    await makeDataset(theirs, "planted");
    const [{ role } = { role: "" }] = (await theirs.carto.sql.query<{ role: string }>("select current_user as role"))
      .rows;
    await mine.carto.sql.query(`grant usage, create on schema "${mine.account}" to "${role}"`);
    await theirs.carto.sql.query(`alter table planted set schema "${mine.account}"`).catch(() => {});

    expect((await platform(mine, "v1/viz?type=table")).json.total_entries).toBe(0);
  });

  test("have names that mean nothing to SQL", async () => {
    await using world = await startWorld(engine);
    const names = [`a"b`, "a'b", "a.b", "a b", 'x"; drop table keep; --', "ünïcode", "$1", "SELECT", "%", "a\\b"];
    await makeDataset(world, "keep");
    for (const name of names) {
      await world.carto.sql.query(`create table "${name.replaceAll('"', '""')}" (n int)`);
      await world.carto.sql.query(
        `select CDB_CartodbfyTable('${world.account}', (select oid::regclass from pg_class where relname = $q$${name}$q$ and relnamespace = '"${world.account}"'::regnamespace))`,
      );
    }

    const list = (await platform(world, "v1/viz?type=table&per_page=50")).json;
    expect(list.visualizations.map(({ name }: { name: string }) => name).sort()).toEqual([...names, "keep"].sort());
    for (const name of names) {
      const shown = await platform(world, `v1/viz/${encodeURIComponent(name)}`);
      expect([shown.status, shown.json.name]).toEqual([200, name]);
      const { id } = shown.json;
      const same = await platform(world, `v1/viz/${id}`, put({ id, name, privacy: "public" }));
      expect([same.status, same.json.name]).toEqual([200, name]);
      expect((await platform(world, `v1/tables/${encodeURIComponent(name)}`)).json.rows_counted, name).toBe(0);
      expect((await platform(world, `v1/viz/${id}`, { method: "DELETE" })).status, name).toBe(204);
    }
    expect((await platform(world, "v1/viz?type=table")).json.total_entries).toBe(1);
  });

  test("are looked for by whatever text without harm", async () => {
    await using world = await startWorld(engine);
    await makeDataset(world, "keep");
    const texts = ["'", '"', "\\", "%", "_", "$1", "a' or true --", "*/", "((", "💥", "x".repeat(5_000)];

    for (const text of texts) {
      for (const name of ["q", "tags", "privacy", "locked", "type", "types", "shared"]) {
        const query = `type=table&${name}=${encodeURIComponent(text)}`;
        const { status } = await platform(world, `v1/viz?${query}`);
        expect(status, query).toBe(200);
      }
      for (const name of ["order", "order_direction", "page", "per_page", "bbox"]) {
        const query = `type=table&${name}=${encodeURIComponent(text)}`;
        expect((await platform(world, `v1/viz?${query}`)).status, query).toBe(400);
      }
    }
    for (const box of ["1,2,3,4);select 1", "1,2,3", "NaN,0,0,0", "0x10,0,1,1,1", "-Infinity,0,0,0"]) {
      const { status } = await platform(world, `v1/viz?type=table&bbox=${encodeURIComponent(box)}`);
      expect(status, box).toBe(400);
    }
    expect((await platform(world, "v1/viz?type=table&page=99999999999999&per_page=9999999999999")).json).toMatchObject({
      visualizations: [],
      total_entries: 1,
    });
  });

  test("run no code of their owner's as anybody but the owner", async () => {
    await using world = await startWorld(engine);
    await makeDataset(world, "trap", [[1, 2]]);
    await world.carto.sql.query(
      `create table witness (who text);
       create function testify() returns boolean language plpgsql as
         $f$ begin insert into witness values (current_user); return true; end $f$;
       alter table trap enable row level security; alter table trap force row level security;
       create policy p on trap using (testify());
       create type geometry as (x int);
       create function ST_GeometryType(geometry) returns text language plpgsql as
         $f$ begin insert into witness values (current_user); return 'ST_Trap'; end $f$;
       create table trap2 (cartodb_id int, the_geom geometry, the_geom_webmercator geometry);
       insert into trap2 values (1, row(1), row(2));
       create trigger test_quota_per_row before insert on trap2 for each row execute function suppress_redundant_updates_trigger()`,
    );
    const [{ me } = { me: "" }] = (await world.carto.sql.query<{ me: string }>("select current_user as me")).rows;

    for (const path of [
      "viz?type=table",
      "viz/trap",
      "viz/trap2",
      "tables/trap",
      "viz?type=table&bbox=0,0,5,5",
      "viz?type=table&order=size",
    ]) {
      await platform(world, `v1/${path}`);
      await platform(world, `v1/${path}`, { key: undefined });
    }

    const { rows } = await world.carto.sql.query("select distinct who from witness");
    expect(rows).toEqual([{ who: me }]);
  });
});
