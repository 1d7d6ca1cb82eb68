import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type DecodedFeature, decodeTile } from "../support/decode-tile.ts";
import { answerOf, eventually, send } from "../support/http.ts";
import { instantiate, layerOf, makePlaces, postMaps } from "../support/maps.ts";
import { engines, startTestServer, startWorld, type World, worldOf } from "../support/world.ts";

/** Asks for a tile; `path` is what stands behind `/api/v1/map/`. */
const ask = (world: World, path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${world.url}/api/v1/map/${path}`, { headers: { "Accept-Encoding": "identity", ...headers } });

async function featuresOf(answer: Response): Promise<DecodedFeature[]> {
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/x-protobuf"]);
  return decodeTile(new Uint8Array(await answer.arrayBuffer())).flatMap(({ features }) => features);
}

const namesOf = async (answer: Response): Promise<unknown[]> =>
  (await featuresOf(answer)).map(({ properties }) => properties["name"]).sort();

/** Makes a dataset of two points that everybody may read. */
async function makeDataset(world: World): Promise<void> {
  await makePlaces(world, "places");
  await world.carto.sql.query("select cartodb.CDB_CartodbfyTable('places')");
  await world.carto.sql.query("grant select on places to publicuser");
}

/** Instantiates a map that everybody may see, and gives its token. */
async function openMap(world: World, sql: string, options: object = {}): Promise<string> {
  const { body } = await postMaps<{ layergroupid: string }>(world, "", layerOf(sql, options));
  return body.layergroupid;
}

describe.each(engines)("tiles on %s", (engine) => {
  test("hold what the query gives, by number, id and kind of layer", async () => {
    await using world = await startWorld(engine);
    await makePlaces(world, "places", { open: true });
    const token = await openMap(world, "select * from places");

    for (const filter of ["", "0/", "layer0/", "mapnik/", "all/"]) {
      expect(await namesOf(await ask(world, `${token}/${filter}0/0/0.mvt`))).toEqual(["Hawai", "Pico"]);
    }
    const wrong = await ask(world, `${token}/7/0/0/0.mvt`);
    expect([wrong.status, await wrong.json()]).toMatchObject([400, { errors: ["Layer '7' not found in layergroup"] }]);
    // Columns go on around the world.
    expect(await namesOf(await ask(world, `${token}/1/3/0.mvt`))).toEqual(["Hawai", "Pico"]);
    expect((await ask(world, `${token}/1/-1/9.mvt`)).status).toBe(204);
  });

  test.each([
    ["CIRCULARSTRING(0 0, 8000000 8000000, 16000000 0)", 2],
    ["CURVEPOLYGON(CIRCULARSTRING(0 0, 4000000 0, 4000000 4000000, 0 4000000, 0 0))", 3],
  ])("show arcs as lines: %s", async (wkt, type) => {
    await using world = await startWorld(engine);
    const token = await openMap(world, `select 1 as id, 'SRID=3857;${wkt}'::geometry as the_geom_webmercator`);
    const [arc] = await featuresOf(await ask(world, `${token}/0/0/0.mvt`));
    expect(arc?.type).toBe(type);
    expect(arc?.paths[0]?.length).toBeGreaterThan(5);
  });

  test("are empty where there is nothing, and say so", async () => {
    await using world = await startWorld(engine);
    await makePlaces(world, "places", { open: true });
    const token = await openMap(world, "select * from places");

    const empty = await ask(world, `${token}/12/0/0.mvt`);
    expect([empty.status, await empty.text()]).toEqual([204, ""]);
    expect(empty.headers.get("x-tilelive-contains-data")).toBe("false");
  });

  test("show every change that was acknowledged before they were asked for", async () => {
    await using world = await startWorld(engine);
    await makeDataset(world);
    const token = await openMap(world, "select * from places");
    await ask(world, `${token}/0/0/0.mvt`);

    for (let n = 1; n <= 10; n++) {
      await world.carto.sql.query(`update places set name = 'change ${n}'`);
      const answers = await Promise.all([1, 2, 3].map(() => ask(world, `${token}/0/0/0.mvt`)));
      for (const answer of answers) expect(await namesOf(answer)).toEqual([`change ${n}`, `change ${n}`]);
    }
    const again = await ask(world, `${token}/0/0/0.mvt`);
    expect(Number(again.headers.get("x-windshaft-cache"))).toBeGreaterThanOrEqual(0);
    expect(again.headers.get("cache-control")).toBe("public,max-age=0,must-revalidate");
  });

  test("have the columns that the tables have, also new ones and no more those that are gone", async () => {
    await using world = await startWorld(engine);
    await makeDataset(world);
    const token = await openMap(world, "select * from places");
    const keys = async (): Promise<string[]> =>
      Object.keys((await featuresOf(await ask(world, `${token}/0/0/0.mvt`)))[0]?.properties ?? {}).sort();

    expect(await keys()).toEqual(["cartodb_id", "name"]);
    await world.carto.sql.query("alter table places add column pop int default 7");
    expect(await keys()).toEqual(["cartodb_id", "name", "pop"]);
    await world.carto.sql.query("alter table places drop column name");
    expect(await keys()).toEqual(["cartodb_id", "pop"]);
  });

  test("are given to nobody whose right was taken away", async () => {
    await using world = await startWorld(engine);
    await makeDataset(world);
    await world.carto.sql.query("create view seen as select * from places; grant select on seen to publicuser");
    for (const relation of ["places", "seen"]) {
      const token = await openMap(world, `select * from ${relation}`);
      expect((await ask(world, `${token}/0/0/0.mvt`)).status).toBe(200);
      expect((await ask(world, `${token}/0/0/0.mvt`)).status).toBe(200);

      await world.carto.sql.query(`revoke select on ${relation} from publicuser`);
      const refused = await ask(world, `${token}/0/0/0.mvt`);
      expect(refused.status).toBe(403);
      expect(await refused.json()).toMatchObject({ errors: [expect.stringContaining("permission denied for")] });
      expect((await ask(world, `${token}/0/0/0.mvt?api_key=${world.masterKey}`)).status).toBe(200);

      await world.carto.sql.query(`grant select on ${relation} to publicuser`);
      expect((await ask(world, `${token}/0/0/0.mvt`)).status).toBe(200);
    }
  });

  test("are not kept where a table or a function may change unseen", async () => {
    await using world = await startWorld(engine);
    await makePlaces(world, "places", { open: true });
    await world.carto.sql.query(`
      create table untold as select 1 as cartodb_id, 'a' as name, the_geom_webmercator from places limit 1;
      grant select on untold to publicuser;
      create function label() returns text language sql stable as 'select name from untold'`);
    const maps = [
      await openMap(world, "select * from untold"),
      await openMap(world, "select cartodb_id, label() as name, the_geom_webmercator from places"),
    ];
    for (const name of ["b", "c"]) {
      await world.carto.sql.query(`update untold set name = '${name}'`);
      for (const token of maps) {
        expect(new Set(await namesOf(await ask(world, `${token}/0/0/0.mvt`)))).toEqual(new Set([name]));
      }
    }
    const answer = await ask(world, `${maps[0]}/0/0/0.mvt`);
    const [, seconds] = /^public,max-age=(\d+)$/.exec(answer.headers.get("cache-control") ?? "") ?? [];
    expect(Number(seconds)).toBeLessThanOrEqual(300);
  });

  test("are known by a tag, and compressed for those who ask for that", async () => {
    await using world = await startWorld(engine);
    await makePlaces(world, "places", { open: true });
    await world.carto.sql.query(`
      insert into places select i, 'place number ' || i, ST_SetSRID(ST_MakePoint(i * 1000, i * 1000), 3857)
      from generate_series(3, 300) i`);
    const token = await openMap(world, "select * from places");

    const plain = await ask(world, `${token}/0/0/0.mvt`);
    const bytes = Buffer.from(await plain.arrayBuffer());
    const etag = plain.headers.get("etag") ?? "";
    expect(etag).toMatch(/^W\/"[\w-]+"$/);
    expect(plain.headers.get("vary")).toBe("Authorization, Accept-Encoding");

    const sent = send(`${world.url}/api/v1/map/${token}/0/0/0.mvt`, { headers: { "accept-encoding": "gzip, br" } });
    const packed = await answerOf(sent);
    const pieces: Buffer[] = [];
    for await (const piece of packed) pieces.push(piece as Buffer);
    expect(packed.headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(Buffer.concat(pieces)).equals(bytes)).toBe(true);

    for (const known of [etag, `"x", ${etag}`, etag.replace("W/", ""), "*"]) {
      const same = await ask(world, `${token}/0/0/0.mvt`, { "If-None-Match": known });
      expect([same.status, await same.text(), same.headers.get("etag")]).toEqual([304, "", etag]);
    }
    expect((await ask(world, `${token}/0/0/0.mvt`, { "If-None-Match": 'W/"other"' })).status).toBe(200);
    const head = await fetch(`${world.url}/api/v1/map/${token}/0/0/0.mvt`, { method: "HEAD" });
    expect([head.status, head.headers.get("etag")]).toEqual([200, etag]);
  });

  test("fill of areas that cross themselves what is inside of them, also at the tile's edges", async () => {
    await using world = await startWorld(engine);
    await world.carto.sql.query(`
      create table crossed as select 1 as cartodb_id, ST_Transform(ST_GeomFromText(
        'POLYGON((30 70, 179 72, -179 71, -170 66, -179 62, 179 61, 130 45, 30 46, 60 55, 30 70))', 4326), 3857) as the_geom_webmercator;
      grant select on crossed to publicuser`);
    const token = await openMap(world, "select * from crossed");
    const inSql = `select ST_Area(ST_Intersection(ST_MakeValid(the_geom_webmercator), box)) / ST_Area(box) as part
      from crossed, (select ST_TileEnvelope(2, 2, 1, margin => 0.25) as box) b`;
    const { rows } = await world.carto.sql.query<{ part: number }>(inSql);

    const rings = (await featuresOf(await ask(world, `${token}/2/2/1.mvt`))).flatMap(({ paths }) => paths);
    const doubled = rings.map((ring) =>
      ring.reduce((sum, [x, y], i) => {
        const [toX, toY] = ring[(i + 1) % ring.length] ?? [0, 0];
        return sum + x * toY - toX * y;
      }, 0),
    );
    const area = Math.abs(doubled.reduce((sum, value) => sum + value, 0)) / 2 / (4096 * 1.5) ** 2;
    expect(Math.abs(area - (rows[0]?.part ?? 0))).toBeLessThan(0.01);
  });

  test("cancel their query when nobody waits for them any more", async () => {
    await using world = await startWorld(engine);
    await makePlaces(world, "places", { open: true });
    await world.carto.sql.query("create table pause (seconds float); insert into pause values (0)");
    const { layergroupid } = await instantiate(
      world,
      layerOf("select p.* from places p, (select pg_sleep(seconds) from pause offset 0) s"),
    );
    await world.carto.sql.query("update pause set seconds = 60");

    const url = `${world.url}/api/v1/map/${layergroupid}/0/0/0.mvt?api_key=${world.masterKey}`;
    const sent = [send(url), send(url)];
    expect(await eventually(() => world.server.stats().busy > 0)).toBe(true);
    for (const request of sent) request.destroy();
    expect(await eventually(() => world.server.stats().busy === 0)).toBe(true);
  });
});

describe.each(engines)("tiles that take too long on %s", (engine) => {
  test("are answered by one that shows it", async () => {
    await using server = await startTestServer(engine, { limits: { anonymousTimeoutMs: 1_000 } });
    const world = worldOf(server);
    await makePlaces(world, "places", { open: true });
    await world.carto.sql.query(`
      create table pause (seconds float); insert into pause values (0); grant select on pause to publicuser`);
    const slow = "select p.* from places p, (select pg_sleep(seconds) from pause offset 0) s";
    const { layergroupid: token } = await instantiate(world, layerOf(slow));
    await world.carto.sql.query("update pause set seconds = 60");

    const answer = await ask(world, `${token}/0/0/0.mvt`);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([429, "application/x-protobuf"]);
    const layers = decodeTile(new Uint8Array(await answer.arrayBuffer())).map(({ name }) => name);
    expect(layers).toEqual(["errorTileSquareLayer", "errorTileStripesLayer"]);
  });
});
