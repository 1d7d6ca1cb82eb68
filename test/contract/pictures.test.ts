import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { instantiate } from "../support/maps.ts";
import { Picture } from "../support/picture.ts";
import { engines, startWorld, type World } from "../support/world.ts";

const HALF_WORLD = 20_037_508.342789244;

/** Metres of a pixel of the tile of the whole world. */
const PIXEL = (2 * HALF_WORLD) / 256;

interface Style {
  sql?: string;
  cartocss: string;
  options?: object;
}

const styled = (...layers: readonly Style[]): object => ({
  version: "1.8.0",
  layers: layers.map(({ sql = "select * from points", cartocss, options = {} }) => ({
    type: "mapnik",
    options: { sql, cartocss, cartocss_version: "3.0.12", ...options },
  })),
});

/** Draws one tile of a map. */
async function draw(world: World, map: object, path: string): Promise<Picture> {
  const { layergroupid } = await instantiate(world, map);
  const answer = await fetch(`${world.url}/api/v1/map/${layergroupid}/${path}?api_key=${world.masterKey}`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  if (answer.headers.get("content-type") !== "image/png") throw new Error(new TextDecoder().decode(bytes));
  return new Picture(bytes);
}

const RED = "#layer { marker-width: 32; marker-fill: #ff0000; marker-line-width: 0; marker-allow-overlap: true; }";

describe.each(engines)("pictures on %s", (engine) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld(engine);
    await world.carto.sql.query(`
      create table points as select * from (values
        (1, 'a', 1.5::numeric, 0.0, 0.0, ''), (2, 'b', 2.5, 64, 0, 'x & "y"'),
        (3, 'a', 3.5, -64, 64, ''), (4, null, null, 0, -64, '')
      ) p (cartodb_id, kind, size, x, y, note);
      alter table points add the_geom_webmercator geometry(Point, 3857);
      update points set the_geom_webmercator = ST_SetSRID(ST_MakePoint(x * ${PIXEL}, y * ${PIXEL}), 3857);
      create table areas as select 1 as cartodb_id,
        ST_MakeEnvelope(-64 * ${PIXEL}, -64 * ${PIXEL}, 64 * ${PIXEL}, 64 * ${PIXEL}, 3857) as the_geom_webmercator;
      create table lines as select 1 as cartodb_id,
        ST_SetSRID(ST_MakeLine(ST_MakePoint(0, -96 * ${PIXEL}), ST_MakePoint(0, 96 * ${PIXEL})), 3857) as the_geom_webmercator`);
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  test("have a marker where the point is, and nothing elsewhere", async () => {
    const picture = await draw(world, styled({ cartocss: RED }), "0/0/0.png");
    expect([picture.width, picture.height]).toEqual([256, 256]);
    expect(picture.at(128, 128)).toEqual([255, 0, 0, 255]);
    expect(picture.at(192, 128)).toEqual([255, 0, 0, 255]);
    expect(picture.at(128, 150)[3]).toBe(0);
  });

  test("of twice the size have everything twice as large", async () => {
    const picture = await draw(world, styled({ cartocss: RED }), "0/0/0@2x.png");
    expect([picture.width, picture.height]).toEqual([512, 512]);
    expect(picture.at(256, 256)).toEqual([255, 0, 0, 255]);
    expect([picture.at(256, 256 + 30)[3], picture.at(256, 256 + 34)[3]]).toEqual([255, 0]);
  });

  test("are see-through as the style says", async () => {
    const css = "#areas { polygon-fill: #ff0000; polygon-opacity: 0.5; }";
    const picture = await draw(world, styled({ sql: "select * from areas", cartocss: css }), "0/0/0.png");
    expect(picture.at(128, 128)[0]).toBe(255);
    expect(Math.abs(picture.at(128, 128)[3] - 127)).toBeLessThanOrEqual(2);
    expect(picture.at(40, 40)[3]).toBe(0);
  });

  test("have lines as wide as the style says", async () => {
    const css = "#lines { line-width: 10; line-color: #00f; }";
    const picture = await draw(world, styled({ sql: "select * from lines", cartocss: css }), "0/0/0.png");
    const row = Array.from({ length: 256 }, (_, x) => picture.at(x, 128)[3]).filter((opacity) => opacity > 127);
    expect(Math.abs(row.length - 10)).toBeLessThanOrEqual(1);
  });

  test.each([
    ["[size > 2]", [2, 3]],
    ["[kind = 'a']", [1, 3]],
    ["[kind = null]", [4]],
    ["[cartodb_id % 2 = 0]", [2, 4]],
    ["[size % 2 = 1.5]", [1, 3]],
    [`[note = 'x & "y"']`, [2]],
    ["[kind =~ '[ab]']", [1, 2, 3]],
    ["[zoom > 3]", []],
    ["[zoom = 0]", [1, 2, 3, 4]],
  ])("draw what a filter leaves: %s", async (filter, ids) => {
    const css = `#layer${filter} { marker-width: 10; marker-fill: red; marker-line-width: 0; marker-allow-overlap: true; }`;
    const picture = await draw(world, styled({ cartocss: css }), "0/0/0.png");
    const places = [
      [128, 128],
      [192, 128],
      [64, 64],
      [128, 192],
    ] as const;
    expect(places.flatMap(([x, y], at) => (picture.at(x, y)[3] > 0 ? [at + 1] : []))).toEqual(ids);
  });

  test("show what lies beyond their edge", async () => {
    const picture = await draw(world, styled({ cartocss: RED }), "1/0/0.png");
    // The point at the middle of the world, at the corner of this tile.
    expect(picture.at(255, 255)).toEqual([255, 0, 0, 255]);
    const none = await draw(world, { ...styled({ cartocss: RED }), buffersize: { png: 0 } }, "5/15/15.png");
    expect(none.painted).toBeGreaterThanOrEqual(0);
  });

  test("of nothing are transparent", async () => {
    const picture = await draw(world, styled({ cartocss: RED }), "8/3/3.png");
    expect([picture.width, picture.painted]).toEqual([256, 0]);
  });

  test("mix layers as they say", async () => {
    const blue = { sql: "select * from areas", cartocss: "#a { polygon-fill: #0000ff; }" };
    const red = { sql: "select * from areas", cartocss: "#b { polygon-fill: #ff0000; polygon-comp-op: multiply; }" };
    const picture = await draw(world, styled(blue, red), "0/0/0.png");
    expect(picture.at(128, 128)).toEqual([0, 0, 0, 255]);
  });

  test("have labels", async () => {
    const css = `#layer { text-name: [kind]; text-face-name: 'DejaVu Sans Book'; text-size: 40; text-fill: #000; text-allow-overlap: true; }`;
    const picture = await draw(world, styled({ cartocss: css }), "0/0/0.png");
    expect(picture.count(([red, , , opacity]) => opacity > 200 && red < 60)).toBeGreaterThan(20);
  });

  test("colour by what is in the data", async () => {
    const css =
      "#layer { marker-width: 10; marker-fill: ramp([size], (#ff0000, #00ff00, #0000ff), equal(3)); marker-line-width: 0; }";
    const picture = await draw(world, styled({ cartocss: css }), "0/0/0.png");
    expect(
      [picture.at(128, 128), picture.at(192, 128), picture.at(64, 64)].map((colour) => colour.slice(0, 3)),
    ).toEqual([
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
    ]);
  });

  test("of queries that fail say so, as the original does", async () => {
    const sql = "select *, 1 / (cartodb_id - 1) as part from points";
    const { layergroupid } = await instantiate(world, styled({ sql, cartocss: "#l { marker-width: [part]; }" }));
    for (const path of [`${layergroupid}/0/0/0.png`, `static/center/${layergroupid}/0/0/0/9/9.png`]) {
      const answer = await fetch(`${world.url}/api/v1/map/${path}?api_key=${world.masterKey}`);
      expect([answer.status, await answer.json()]).toMatchObject([
        400,
        { errors: ["Postgis Plugin: ERROR:  division by zero"] },
      ]);
    }
  });

  test("have markers as opaque as the style says, outlines too", async () => {
    const css = (width: number): string =>
      `#l { marker-width: 30; marker-fill: #f00; marker-opacity: 0.5; marker-line-width: ${width}; marker-line-color: #00f; }`;
    for (const width of [1, 6]) {
      const picture = await draw(world, styled({ cartocss: css(width) }), "0/0/0.png");
      expect(Math.abs(picture.at(128, 128)[3] - 127)).toBeLessThanOrEqual(3);
      expect(picture.count(([, , , opacity]) => opacity > 200)).toBe(0);
    }
  });
});
