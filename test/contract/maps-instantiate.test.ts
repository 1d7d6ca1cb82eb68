import type { InstantiatedMap } from "@carto-ts/protocol";
import { describe, expect, test } from "vitest";
import { askMaps, instantiate, layerOf, makePlaces, postMaps } from "../support/maps.ts";
import { engines, startTestServer, startWorld } from "../support/world.ts";

const basic = (user: string, key: string): Record<string, string> => ({
  Authorization: `Basic ${Buffer.from(`${user}:${key}`).toString("base64")}`,
});

describe.each(engines)("instantiation on %s", (engine) => {
  test("the same map of the same key has the same id, another map or another key another one", async () => {
    await using world = await startWorld(engine);
    await makePlaces(world, "places", { open: true });
    const map = layerOf("select * from places");

    const first = await instantiate(world, map);

    expect((await instantiate(world, map, "&client=x&stat_tag=y&nocache=1")).layergroupid).toBe(first.layergroupid);
    const inBody = await postMaps<InstantiatedMap>(world, "", { ...map, api_key: world.masterKey, client: "py" });
    expect(inBody.body.layergroupid).toBe(first.layergroupid);
    expect((await instantiate(world, layerOf("select 1 as one, * from places"))).layergroupid).not.toBe(
      first.layergroupid,
    );
    const anonymous = await postMaps<InstantiatedMap>(world, "", map);
    expect(anonymous.body.layergroupid).not.toBe(first.layergroupid);
    // The part behind the colon is when the table was changed, whoever asks.
    expect(anonymous.body.layergroupid.split(":")[1]).toBe(first.layergroupid.split(":")[1]);
  });

  test("fields that the server sets itself give a map nothing", async () => {
    await using world = await startWorld(engine);
    await makePlaces(world, "places");
    const map = layerOf("select * from places");
    const forged = { ...map, dbparams: { user: "postgres" }, template: { name: "t", auth: { method: "open" } } };

    const { body } = await postMaps(world, "", forged);
    expect(body.errors).toEqual(["PgMvtFactory: permission denied for table places"]);
    const { layergroupid } = await instantiate(world, { ...forged, layers: map["layers" as keyof object] });
    const [id] = layergroupid.split(":");
    const { status } = await askMaps(world, `/${world.account}@00000000@${id}/0/attributes/1`);
    expect(status).toBe(403);
  });

  test("a key is written into the tiles' addresses only if it came in the address or the body", async () => {
    await using world = await startWorld(engine);
    await makePlaces(world, "places");
    const map = layerOf("select * from places");

    const tiles = ({ metadata }: InstantiatedMap): string => metadata.url.vector?.urlTemplate ?? "";
    const byHeader = await postMaps<InstantiatedMap>(world, "", map, basic(world.account, world.masterKey));
    expect(byHeader.status).toBe(200);
    expect(tiles(byHeader.body)).toMatch(/\{y\}\.mvt$/);
    const byBody = await postMaps<InstantiatedMap>(world, "", { ...map, api_key: world.masterKey });
    expect(tiles(byBody.body)).toMatch(new RegExp(`\\.mvt\\?api_key=${world.masterKey}$`));
  });

  test("an answer to GET may be kept, by the caller alone when the key came in a header", async () => {
    await using world = await startWorld(engine);
    await makePlaces(world, "places", { open: true });
    const path = `?config=${encodeURIComponent(JSON.stringify(layerOf("select * from places")))}`;

    const anonymous = await askMaps(world, path);
    expect(anonymous.headers.get("cache-control")).toBe("public,max-age=86400,must-revalidate");
    const [{ database } = {}] = (await world.carto.sql.query("select current_database() as database")).rows;
    expect(anonymous.headers.get("x-cache-channel")).toBe(`${database}:${world.account}.places`);
    expect(anonymous.headers.get("surrogate-key")).toMatch(/^t:[\w+/]{6}$/);
    const mine = await askMaps(world, path, { headers: basic(world.account, world.masterKey) });
    expect(mine.headers.get("cache-control")).toBe("private,max-age=86400,must-revalidate");
    const head = await fetch(`${world.url}/api/v1/map${path}`, { method: "HEAD" });
    expect([head.status, head.headers.get("x-layergroup-id")]).toEqual([200, anonymous.headers.get("x-layergroup-id")]);
  });

  test("the account may stand in the path alone, and the path end with a slash", async () => {
    await using world = await startWorld(engine);
    const { origin } = new URL(world.url);
    const url = `${origin}/${world.account}`;

    const { status, body } = await postMaps<InstantiatedMap>({ url }, "/", { layers: [] });

    expect([status, body.metadata.layers]).toEqual([200, []]);
    const config = encodeURIComponent(
      JSON.stringify(layerOf("select 1 as cartodb_id, null::geometry as the_geom_webmercator")),
    );
    const map = await askMaps<InstantiatedMap>({ url }, `?config=${config}`);
    expect(map.body.metadata.url.vector?.urlTemplate).toMatch(`${url}/api/v1/map/`);
  });

  test("a map may come packed", async () => {
    await using world = await startWorld(engine);
    // {"config":"{\\"layers\\":[]}"}
    const packed = "3YCAgYCcgICAgICAgIC9CAjntIUbMkyt4S6xq5e+8p17Fd8+sTxGrb3egBarVEGffmrMgA==";

    const { status, body } = await askMaps<InstantiatedMap>(world, `?lzma=${encodeURIComponent(packed)}`);

    expect([status, body.metadata.layers]).toEqual([200, []]);
    expect((await askMaps(world, "?lzma=AAAA")).status).toBe(400);
    expect((await askMaps(world, "")).body.errors).toEqual(['layergroup GET needs a "config" parameter']);
  });

  test("a changed table shows in the id and the date", async () => {
    await using world = await startWorld(engine);
    await makePlaces(world, "places");
    const map = layerOf("select * from places");
    const before = await instantiate(world, map);

    await world.carto.sql.query("SELECT cartodb.CDB_TableMetadataTouch('places'::regclass)");
    const after = await instantiate(world, map);

    expect(after.layergroupid.split(":")[0]).toBe(before.layergroupid.split(":")[0]);
    expect(Date.parse(after.last_updated)).toBeGreaterThan(Date.parse(before.last_updated));
    expect(after.layergroupid.split(":")[1]).toBe(String(Date.parse(after.last_updated)));
  });

  test("tables behind views count, and those that a layer names", async () => {
    await using world = await startWorld(engine);
    await makePlaces(world, "places");
    await makePlaces(world, "others");
    await world.carto.sql.query("CREATE VIEW seen AS SELECT * FROM places");
    const map = layerOf("select * from seen", { affected_tables: ["others", "nope", "x'y", "pg_authid"] });

    const config = encodeURIComponent(JSON.stringify(map));
    const { headers } = await askMaps(world, `?config=${config}&api_key=${world.masterKey}`);

    expect(headers.get("x-cache-channel")?.split(":")[1]?.replaceAll(`${world.account}.`, "")).toBe("others,places");
  });

  test("a map with a column that was added since has it", async () => {
    await using world = await startWorld(engine);
    await makePlaces(world, "places");
    const map = layerOf("select * from places", { attributes: { id: "cartodb_id", columns: ["name"] } });
    await instantiate(world, map);
    await world.carto.sql.query("ALTER TABLE places RENAME COLUMN name TO title");

    const { status, body } = await postMaps(world, `?api_key=${world.masterKey}`, map);

    expect([status, body.errors]).toEqual([404, ['column "name" does not exist']]);
  });
});

describe.each(engines)("what instantiation refuses on %s", (engine) => {
  test.each([
    ["select 1; drop table places", 'PgMvtFactory: syntax error at or near ";"'],
    ["select 1) as q; drop table places; select * from (select 2", 'PgMvtFactory: syntax error at or near ")"'],
    ["delete from places", 'PgMvtFactory: syntax error at or near "from"'],
    ["copy places to stdout", 'PgMvtFactory: syntax error at or near "to"'],
    ["do $$ begin end $$", 'PgMvtFactory: syntax error at or near "do"'],
    ["with d as (delete from places returning *) select * from d", /^PgMvtFactory: /],
    ["select * into copied from places", /^PgMvtFactory: /],
    ["select * from places for update", /^PgMvt\w+: .*read-only/],
    ["select nextval('numbers') as cartodb_id, the_geom_webmercator from places", /^PgMvt\w+: .*read-only/],
    ["select 1 as one", 'PgMvtFactory: column "the_geom_webmercator" does not exist'],
  ])("%s", async (sql, message) => {
    await using world = await startWorld(engine);
    await makePlaces(world, "places");
    await world.carto.sql.query("CREATE SEQUENCE numbers");

    const { status, body } = await postMaps(world, `?api_key=${world.masterKey}`, layerOf(sql));

    expect([status, body.errors]).toEqual([
      400,
      [typeof message === "string" ? message : expect.stringMatching(message)],
    ]);
    expect(body.errors_with_context).toEqual([{ type: "unknown", message: body.errors[0] }]);
    expect((await world.carto.sql.query("select count(*)::int as n from places")).rows).toEqual([{ n: 2 }]);
  });

  test("layers that together take more time than a statement may", async () => {
    await using server = await startTestServer(engine, { limits: { anonymousTimeoutMs: 400 } });
    const geometry = "st_setsrid(st_makepoint(n, n), 3857) as the_geom_webmercator";
    const slow = `select n as cartodb_id, ${geometry} from generate_series(1, 2) as n, pg_sleep(0.3)`;
    const layers = Array.from({ length: 20 }, () => ({ options: { sql: slow } }));
    const startedAt = performance.now();

    const { status, body } = await postMaps(server, "", { layers });

    expect([status, body.errors_with_context[0]?.type]).toEqual([429, "limit"]);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  test("system tables, but to the master key", async () => {
    await using world = await startWorld(engine);
    const map = layerOf("select oid::int4 as cartodb_id, null::geometry as the_geom_webmercator from pg_class limit 1");

    const { status, body } = await postMaps(world, "", map);

    expect([status, body.errors]).toEqual([403, ["system tables are forbidden"]]);
    expect((await instantiate(world, map)).metadata.layers.length).toBe(1);
  });

  test("a styled layer's query in Mapnik's words, and says which layer it is", async () => {
    await using world = await startWorld(engine);
    await makePlaces(world, "places");
    const styled = (sql: string): object => ({
      type: "cartodb",
      options: { sql, cartocss: "#a { marker-width: 1; }", cartocss_version: "2.3.0" },
    });
    const layers = [styled("select * from places"), styled("select nope, the_geom_webmercator from places")];

    const { status, body } = await postMaps(world, `?api_key=${world.masterKey}`, { layers });

    const message = 'Postgis Plugin: ERROR:  column "nope" does not exist';
    expect(status).toBe(400);
    expect(body.errors_with_context).toEqual([
      { type: "layer", message, subtype: "query", layer: { id: "layer1", index: 1, type: "mapnik" } },
    ]);
  });

  test("keys with somebody else's name, and unknown ones", async () => {
    await using world = await startWorld(engine);
    const contexts = async (path: string, headers: Record<string, string> = {}): Promise<unknown> => {
      const { status, body } = await postMaps(world, path, { layers: [] }, headers);
      return [status, body.errors_with_context];
    };

    expect(await contexts("", basic("somebody", world.masterKey))).toEqual([
      403,
      [{ type: "auth", message: "Forbidden", subtype: "api-key-username-mismatch" }],
    ]);
    expect(await contexts("?map_key=nope")).toEqual([
      401,
      [{ type: "auth", message: "Unauthorized", subtype: "api-key-not-found" }],
    ]);
  });

  test("another account's token, and a signature that an anonymous map hasn't", async () => {
    await using world = await startWorld(engine);
    await makePlaces(world, "places", { open: true });
    const [id] = (await instantiate(world, layerOf("select * from places"))).layergroupid.split(":");

    const others = await askMaps(world, `/somebody@${id}/0/attributes/1`);
    expect([others.status, others.body.errors_with_context]).toEqual([
      403,
      [{ type: "auth", message: `Cannot use map signature of user "somebody" on db of user "${world.account}"` }],
    ]);
    const signed = await askMaps(world, `/${world.account}@${id}/0/attributes/1`);
    expect([signed.status, signed.body.errors]).toEqual([403, ["Sorry, you are unauthorized (permission denied)"]]);
  });
});
