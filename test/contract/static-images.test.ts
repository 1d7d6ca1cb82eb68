import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askMaps, instantiate, postMaps } from "../support/maps.ts";
import { Picture } from "../support/picture.ts";
import { engines, startWorld, type World } from "../support/world.ts";

const STYLE = { cartocss_version: "3.0.12" };
const CSS = "#l { marker-width: 20; marker-fill: #ff0000; marker-line-width: 0; marker-allow-overlap: true; }";
const layer = (options: object = {}): object => ({
  type: "mapnik",
  options: { sql: "select * from capitals", cartocss: CSS, ...STYLE, ...options },
});
const BLUE = { type: "plain", id: "back", options: { color: "#0000ff" } };
const mapOf = (...layers: readonly object[]): object => ({ version: "1.8.0", layers });

const RED = [255, 0, 0, 255];

describe.each(engines)("static images on %s", (engine) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld(engine);
    await world.carto.sql.query(`
      create table capitals (cartodb_id serial primary key, name text, the_geom geometry(Point, 4326));
      insert into capitals (name, the_geom) values ('Madrid', ST_SetSRID(ST_MakePoint(-3.7, 40.4), 4326))`);
    await world.carto.sql.query("select cdb_cartodbfytable('capitals')");
    await world.carto.sql.query("analyze capitals");
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  const urlOf = (path: string): string => `${world.url}/api/v1/map/static/${path}`;

  async function draw(path: string): Promise<Picture> {
    const answer = await fetch(urlOf(path));
    const bytes = new Uint8Array(await answer.arrayBuffer());
    if (answer.headers.get("content-type") !== "image/png") throw new Error(new TextDecoder().decode(bytes));
    return new Picture(bytes);
  }

  const key = (): string => `api_key=${world.masterKey}`;

  async function tokenOf(...layers: readonly object[]): Promise<string> {
    return (await instantiate(world, mapOf(...layers))).layergroupid;
  }

  test("have what is in their middle", async () => {
    const picture = await draw(`center/${await tokenOf(layer())}/5/40.4/-3.7/301/201.png?${key()}`);
    expect([picture.width, picture.height]).toEqual([301, 201]);
    expect([picture.at(150, 100), picture.at(150, 120)[3], picture.at(0, 0)[3]]).toEqual([RED, 0, 0]);
  });

  test("have a box in them", async () => {
    const picture = await draw(`bbox/${await tokenOf(layer())}/-13.7,30.4,6.3,50.4/400/300.png?${key()}`);
    expect([picture.width, picture.height, picture.at(200, 150)]).toEqual([400, 300, RED]);
  });

  test("have all layers, or those that are asked for", async () => {
    const token = await tokenOf(BLUE, layer());
    const all = await draw(`center/${token}/2/40.4/-3.7/100/100.png?${key()}`);
    expect([all.at(0, 0), all.at(50, 50)]).toEqual([[0, 0, 255, 255], RED]);
    const some = await draw(`center/${token}/2/40.4/-3.7/100/100.png?layer=1&${key()}`);
    expect([some.at(0, 0)[3], some.at(50, 50)]).toEqual([0, RED]);
  });

  test("go around the world, and end with it", async () => {
    const picture = await draw(`center/${await tokenOf(BLUE)}/0/0/0/600/300.png?${key()}`);
    expect([picture.at(0, 150), picture.at(599, 150), picture.at(300, 5)[3]]).toEqual([
      [0, 0, 255, 255],
      [0, 0, 255, 255],
      0,
    ]);
  });

  test("come as JPEG too", async () => {
    const answer = await fetch(urlOf(`center/${await tokenOf(layer())}/2/40.4/-3.7/100/80.jpg?${key()}`));
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "image/jpeg"]);
    const bytes = Buffer.from(await answer.arrayBuffer());
    const frame = bytes.indexOf(Buffer.from("ffc0", "hex"));
    expect([bytes.readUInt16BE(0), bytes.readUInt16BE(frame + 7), bytes.readUInt16BE(frame + 5)]).toEqual([
      0xffd8, 100, 80,
    ]);
  });

  test("are kept like tiles", async () => {
    const { headers } = await fetch(urlOf(`center/${await tokenOf(layer())}/2/40.4/-3.7/100/100.png?${key()}`));
    expect(headers.get("cache-control")).toBe("public,max-age=31536000");
    expect(headers.get("x-cache-channel")).toMatch(/capitals$/);
    expect(headers.get("surrogate-key")).toMatch(/^t:/);
  });

  test.each([
    ["center/TOKEN/2/0/0/100/100.gif", 'Unsupported image format "gif"'],
    [
      "center/TOKEN/x/0/0/100/100.png",
      "Invalid zoom value (x). It should be an integer number greather than or equal to 0",
    ],
    ["center/TOKEN/2/0/0/8193/100.png", "Desired image is too large."],
    ["center/TOKEN/2/0/0/0/100.png", "Invalid size of the image: 0 x 100. Both sides must be numbers of pixels"],
    ["center/TOKEN/2/north/0/10/10.png", "Invalid center of the image: north, 0. Both must be numbers of degrees"],
    ["bbox/TOKEN/1,2,3/10/10.png", "Invalid bbox of the image: 1,2,3. It should be west,south,east,north"],
    ["center/TOKEN/2/0/0/10/10.png?layer=9", "Layer '9' not found in layergroup"],
  ])("%s is refused", async (path, message) => {
    const withToken = path.replace("TOKEN", await tokenOf(layer()));
    const { status, body } = await askMaps(world, `/static/${withToken}${path.includes("?") ? "&" : "?"}${key()}`);
    expect([status, body.errors]).toEqual([400, [message]]);
  });

  test("are for who may see the map", async () => {
    const { status } = await askMaps(world, `/static/center/${await tokenOf(layer())}/2/0/0/10/10.png`);
    expect(status).toBe(403);
  });

  let made = 0;
  async function template(view: object | undefined, auth: object = { method: "open" }): Promise<string> {
    const name = `t${made++}`;
    const layergroup = mapOf(BLUE, layer());
    const { status, body } = await postMaps(world, `/named?${key()}`, {
      version: "0.0.1",
      name,
      auth,
      layergroup,
      ...(view ? { view } : {}),
    });
    expect([status, body]).toEqual([200, { template_id: name }]);
    return name;
  }

  test.each([
    ["the request's middle", { zoom: 3, center: { lng: 90, lat: 0 } }, "zoom=4&lon=-3.7&lat=40.4"],
    ["the request's box", { zoom: 3, center: { lng: 90, lat: 0 } }, "bbox=-13.7,30.4,6.3,50.4"],
    [
      "the template's middle",
      { zoom: 3, center: { lng: -3.7, lat: 40.4 }, bounds: { west: 9, south: 9, east: 10, north: 10 } },
      "",
    ],
    ["the template's bounds", { bounds: { west: -13.7, south: 30.4, east: 6.3, north: 50.4 } }, ""],
    ["where the data is", undefined, ""],
    ["where the data is, without a word of a view", null, ""],
  ])("of a named map show %s", async (_, view, query) => {
    const picture = await draw(`named/${await template(view as object)}/101/101.png?${query}`);
    expect(picture.at(50, 50)).toEqual(RED);
  });

  test("of a named map go without the layers that its template hides", async () => {
    const view = { zoom: 3, center: { lng: -3.7, lat: 40.4 }, preview_layers: { "0": true, back: false } };
    const picture = await draw(`named/${await template(view)}/100/100.png`);
    expect([picture.at(50, 50), picture.at(0, 0)[3]]).toEqual([RED, 0]);
  });

  test("of a named map need its tokens, and are named to caches by it", async () => {
    const name = await template(undefined, { method: "token", valid_tokens: ["open sesame"] });
    expect(await askMaps(world, `/static/named/${name}/10/10.png`)).toMatchObject({
      status: 403,
      body: { errors: ["Unauthorized template instantiation"] },
    });
    const answer = await fetch(urlOf(`named/${name}/10/10.png?auth_token=open%20sesame`));
    expect([answer.status, answer.headers.get("surrogate-key")]).toEqual([200, expect.stringMatching(/^n:\S{6} t:/)]);
    expect((await askMaps(world, "/static/named/nope/10/10.png")).body.errors).toEqual([
      `Template 'nope' of user '${world.account}' not found`,
    ]);
  });
});
