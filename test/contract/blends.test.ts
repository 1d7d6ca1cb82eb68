import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { deflateSync } from "node:zlib";
import { PNG } from "pngjs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askMaps, instantiate } from "../support/maps.ts";
import { type Colour, Picture } from "../support/picture.ts";
import { engines, startTestServer, type World, worldOf } from "../support/world.ts";

const DOT = "#l { marker-width: 32; marker-fill: #ff0000; marker-line-width: 0; marker-allow-overlap: true; }";

const dots = (cartocss = DOT): object => ({
  type: "mapnik",
  options: {
    sql: "select 1 as cartodb_id, ST_SetSRID(ST_MakePoint(0, 0), 3857) as the_geom_webmercator",
    cartocss,
    cartocss_version: "3.0.12",
  },
});

const plain = (options: object): object => ({ type: "plain", options });

const mapOf = (...layers: readonly object[]): object => ({ version: "1.8.0", layers });

/** A picture of one colour, whose upper left pixel is black. */
function square(size: number, [red, green, blue, opacity]: Colour): Buffer {
  const png = new PNG({ width: size, height: size });
  for (let at = 0; at < png.data.length; at += 4) png.data.set([red, green, blue, opacity], at);
  png.data.set([0, 0, 0, 255], 0);
  return PNG.sync.write(png);
}

describe.each(engines)("pictures of layers of several types, on %s", (engine) => {
  let world: World;
  let elsewhere: Server;
  let base: string;
  const asked: string[] = [];
  beforeAll(async () => {
    elsewhere = createServer((request, response) => {
      const url = request.url ?? "";
      asked.push(url);
      if (url.includes("slow")) return;
      if (url.includes("gone")) response.writeHead(404).end();
      else if (url.includes("text")) response.end("no picture");
      else if (url.includes("bomb")) response.end(bomb());
      else response.end(square(url.includes("small") ? 8 : url.includes("half") ? 128 : 256, [0, 0, 255, 255]));
    }).listen(0, "127.0.0.1");
    await once(elsewhere, "listening");
    base = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    world = worldOf(await startTestServer(engine, { imports: { allowed: "127.0.0.1/32", ports: "1024-65535" } }));
  });
  afterAll(async () => {
    await world.server.close();
    elsewhere.closeAllConnections();
    elsewhere.close();
  });

  async function draw(map: object, path: string): Promise<Picture> {
    const { layergroupid } = await instantiate(world, map);
    const answer = await fetch(`${world.url}/api/v1/map/${layergroupid}/${path}?api_key=${world.masterKey}`);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    if (answer.headers.get("content-type") !== "image/png") throw new Error(new TextDecoder().decode(bytes));
    return new Picture(bytes);
  }

  async function errorOf(map: object, path: string): Promise<unknown> {
    const { layergroupid } = await instantiate(world, map);
    const { status, body } = await askMaps(world, `/${layergroupid}/${path}?api_key=${world.masterKey}`);
    return [status, body.errors[0]];
  }

  const http = (path: string, options: object = {}): object => ({
    type: "http",
    options: { urlTemplate: `${base}${path}`, ...options },
  });

  test.each([
    ["#0f0", [0, 255, 0, 255]],
    ["lime", [0, 255, 0, 255]],
    ["rgba(0, 255, 0, 1)", [0, 255, 0, 255]],
    [
      [0, 255, 0],
      [0, 255, 0, 255],
    ],
  ])("have the colour %j behind features", async (color, expected) => {
    const picture = await draw(mapOf(plain({ color }), dots()), "all/0/0/0.png");
    expect([picture.at(0, 0), picture.at(128, 128)]).toEqual([expected, [255, 0, 0, 255]]);
  });

  test("are in the order of the layers", async () => {
    const picture = await draw(mapOf(dots(), plain({ color: "#00f" })), "all/0/0/0.png");
    expect(picture.at(128, 128)).toEqual([0, 0, 255, 255]);
    const seen = await draw(mapOf(dots(), plain({ color: [0, 0, 255, 128] })), "0,1/0/0/0.png");
    expect(seen.at(128, 128)[0]).toBeGreaterThan(100);
    expect(seen.at(0, 0)).toEqual([0, 0, 255, 128]);
  });

  test("have queries alone where no layers are named", async () => {
    const picture = await draw(mapOf(plain({ color: "#00f" }), dots()), "0/0/0.png");
    expect([picture.at(0, 0)[3], picture.at(128, 128)]).toEqual([0, [255, 0, 0, 255]]);
  });

  test("have tiles from elsewhere, of the same place", async () => {
    asked.length = 0;
    const map = mapOf(http("/{s}/{z}/{x}/{y}.png", { subdomains: ["p", "q"] }), dots("#l { marker-width: 1 }"));
    const picture = await draw(map, "all/3/2/5.png");
    expect([picture.at(0, 0), picture.at(9, 9)]).toEqual([
      [0, 0, 0, 255],
      [0, 0, 255, 255],
    ]);
    await draw(mapOf(http("/{z}/{x}/{y}.png", { tms: true })), "http/3/2/5.png");
    expect(asked).toEqual(["/q/3/2/5.png", "/3/2/2.png"]);
  });

  test("have tiles of other sizes as large as they should be", async () => {
    const picture = await draw(mapOf(http("/half/{z}.png")), "all/0/0/0.png");
    expect([picture.width, picture.at(250, 250)]).toEqual([256, [0, 0, 255, 255]]);
  });

  test("have a pattern that goes on in the next tile", async () => {
    const map = mapOf(plain({ imageUrl: `${base}/small.png` }));
    const [here, there] = [await draw(map, "plain/2/1/1.png"), await draw(map, "0/2/2/1.png")];
    for (const picture of [here, there]) {
      expect([picture.at(0, 0), picture.at(8, 16), picture.at(1, 0), picture.at(8, 9)]).toEqual([
        [0, 0, 0, 255],
        [0, 0, 0, 255],
        [0, 0, 255, 255],
        [0, 0, 255, 255],
      ]);
    }
  });

  test("go without tiles that can't be had, unless there is nothing else", async () => {
    const picture = await draw(mapOf(http("/gone/{z}.png"), dots()), "all/0/0/0.png");
    expect([picture.at(0, 0)[3], picture.at(128, 128)]).toEqual([0, [255, 0, 0, 255]]);
    expect(await errorOf(mapOf(http("/gone/{z}.png")), "all/0/0/0.png")).toEqual([
      400,
      `Unable to fetch http tile: ${base}/gone/0.png [404]`,
    ]);
  });

  test("tell of servers that do not answer in time", async () => {
    expect(await errorOf(mapOf(http("/slow.png"), dots()), "all/0/0/0.png")).toEqual([
      400,
      `Unable to fetch http tile: ${base}/slow.png [it did not come in time]`,
    ]);
  });

  test.each(["/text.png", "/bomb.png"])("refuse what is no picture, or far too large a one: %s", async (path) => {
    expect(await errorOf(mapOf(http(path)), "all/0/0/0.png")).toEqual([400, expect.stringMatching(/image|size|png/i)]);
    const picture = await draw(mapOf(dots()), "0/0/0.png");
    expect(picture.at(128, 128)).toEqual([255, 0, 0, 255]);
  });

  test.each([
    [{ type: "http", options: {} }, 'Missing mandatory "urlTemplate" option'],
    [
      { type: "http", options: { urlTemplate: "http://10.0.0.1/{z}.png" } },
      "Unable to fetch http tile: http://10.0.0.1/0.png",
    ],
    [plain({}), "Plain layer: at least one of the options, `color` or `imageUrl`, must be provided."],
    [plain({ color: "url(x)" }), "Invalid color for 'plain' layer: url(x)"],
    [plain({ color: [1, 2] }), "Invalid color for 'plain' layer: invalid integer array"],
    [plain({ color: "nocolour" }), 'Failed to parse color: "nocolour"'],
    [
      plain({ imageUrl: "http://10.0.0.1/x.png" }),
      "Invalid imageUrl for 'plain' layer: Unable to fetch http tile: http://10.0.0.1/x.png",
    ],
  ])("tell what is wrong with a layer: %j", async (layer, message) => {
    expect(await errorOf(mapOf(layer), "all/0/0/0.png")).toEqual([400, message]);
  });

  test("of twice the size have all layers twice as large", async () => {
    const picture = await draw(mapOf(dots(), plain({ color: "rgba(0,0,255,0.1)" })), "0/0/0@2x.png");
    expect(picture.width).toBe(512);
  });
});

/** A small file that is a picture of a gigabyte. */
function bomb(): Buffer {
  const png = PNG.sync.write(new PNG({ width: 1, height: 1 }));
  png.writeUInt32BE(16_000, 16);
  png.writeUInt32BE(16_000, 20);
  return Buffer.concat([png, deflateSync(Buffer.alloc(1))]);
}
