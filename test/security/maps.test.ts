import { describe, expect, test } from "vitest";
import { decodeTile } from "../support/decode-tile.ts";
import { instantiate, layerOf, postMaps } from "../support/maps.ts";
import { engines, startWorld, type World } from "../support/world.ts";

const POINT = "ST_SetSRID(ST_MakePoint(1, 1), 3857) as the_geom_webmercator";

const ask = ({ url, masterKey }: World, token: string): Promise<Response> =>
  fetch(`${url}/api/v1/map/${token}/0/0/0.mvt?api_key=${masterKey}`);

describe.each(engines)("maps on %s", (engine) => {
  test("have no tiles that would take all memory", async () => {
    await using world = await startWorld(engine);
    await world.carto.sql.query("create table size as select 1 as bytes; analyze size");
    const sql = `select i as cartodb_id, repeat('x', bytes) || i as text, ${POINT} from size, generate_series(1, 9) i`;
    const { layergroupid } = await instantiate(world, layerOf(sql));
    expect((await ask(world, layergroupid)).status).toBe(200);

    await world.carto.sql.query("update size set bytes = 8000000");
    const refused = await ask(world, layergroupid);
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      { errors: [expect.stringContaining("larger than 32 MB")] },
    ]);
    await world.carto.sql.query("update size set bytes = 100000");
    expect((await ask(world, layergroupid)).status).toBe(200);
  });

  test("show tables of any name", async () => {
    await using world = await startWorld(engine);
    await world.carto.sql.query(`create table "t😀\n'""" as select 1 as cartodb_id, ${POINT}`);
    const { layergroupid } = await instantiate(world, layerOf(`select * from "t😀\n'"""`));
    const { status, headers } = await ask(world, layergroupid);
    expect([status, headers.get("x-cache-channel")]).toEqual([200, expect.stringContaining(".t%F0%9F%98%80%0A'\"")]);
  });

  test("put tokens into literals without ending them", async () => {
    await using world = await startWorld(engine);
    const sql = `select 1 as cartodb_id, e'!bbox! \\' !pixel_width!' as text, '!tile_bbox!' as other, ${POINT}`;
    const { layergroupid } = await instantiate(world, layerOf(sql));
    const [layer] = decodeTile(new Uint8Array(await (await ask(world, layergroupid)).arrayBuffer()));
    expect(layer?.features[0]?.properties).toEqual({
      cartodb_id: 1,
      text: expect.stringMatching(/^ST_MakeEnvelope.* ' \(\(/),
      other: expect.stringMatching(/^ST_MakeEnvelope\(.*\)$/),
    });
  });

  test("of accounts that can't be are answered in words", async () => {
    await using world = await startWorld(engine);
    const answer = await fetch(`${new URL(world.url).origin}/user/a%0d%0ax-y:1%F0%9F%98%80/api/v1/map`);
    expect([answer.status, answer.headers.get("x-y")]).toEqual([404, null]);
  });

  test.each([
    "with pg_roles as (select rolname from pg_roles) select * from pg_roles",
    "select * from (with pg_roles as (select 1) select * from pg_roles) a, pg_roles",
  ])("show system tables to no other key than the master's: %s", async (sql) => {
    await using world = await startWorld(engine);
    const { status, body } = await postMaps(world, "", layerOf(`select s.*, ${POINT} from (${sql}) s`));
    expect([status, body]).toMatchObject([403, { errors: [expect.stringContaining("system tables are forbidden")] }]);
  });
});
