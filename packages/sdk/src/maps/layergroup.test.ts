import { expect, test } from "vitest";
import { type Reply, serveMaps, VECTOR_ID, VECTOR_MAP } from "../../testing/maps.ts";
import { ConfigError, MapError, NotFoundError, QueryTimeoutError, RateLimitError } from "../errors.ts";
import type { CartoOptions } from "../options.ts";

const CONFIG = { layers: [] };

/** The answer to a map of three layers, the last of another kind. */
const THREE_LAYERS = JSON.stringify({
  ...JSON.parse(VECTOR_MAP),
  metadata: {
    ...JSON.parse(VECTOR_MAP).metadata,
    layers: [
      {
        type: "mapnik",
        id: "cities",
        meta: {
          stats: {
            columns: {
              name: { type: "string" },
              pop: { type: "number" },
              at: { type: "date" },
              since: { type: "date" },
              the_geom: { type: "geometry" },
            },
          },
          dates_as_numbers: ["since"],
        },
      },
      { type: "mapnik", id: "roads", meta: { stats: {} } },
      { type: "http", id: "http-layer0", meta: {} },
    ],
  },
});

const CDN = JSON.stringify({
  ...JSON.parse(VECTOR_MAP),
  cdn_url: {
    http: "cdn.example.com",
    https: "cdn.example.com",
    templates: {
      http: { url: "http://cdn-{s}.example.com", subdomains: ["a", "b", "c"] },
      https: { url: "https://cdn-{s}.example.com", subdomains: ["a"] },
    },
  },
});

async function serving(map: string, reply: Reply = [200, "{}"], options: CartoOptions = { apiKey: "1234" }) {
  const server = await serveMaps(({ method }) => (method === "POST" ? [200, map] : reply), {
    maxRetries: 0,
    ...options,
  });
  return Object.assign(server, { map: await server.carto.maps.anonymous.instantiate(CONFIG) });
}

test("a tile's URL is at the client's own place and has no key", async () => {
  await using server = await serving(THREE_LAYERS);
  const { map } = server;
  const base = `${server.baseUrl}/api/v1/map/${VECTOR_ID}`;

  expect(map.tileUrl()).toBe(`${base}/{z}/{x}/{y}.mvt`);
  expect(map.tileUrl({ tile: { z: 3, x: 1, y: 2 } })).toBe(`${base}/3/1/2.mvt`);
  expect(map.tileUrl({ layer: "roads", format: "png" })).toBe(`${base}/1/{z}/{x}/{y}.png`);
  expect(map.tileUrl({ layer: ["roads", 0] })).toBe(`${base}/1,0/{z}/{x}/{y}.mvt`);
  expect(map.tileUrl({ layer: "all", format: "png32" })).toBe(`${base}/all/{z}/{x}/{y}.png32`);
  expect(map.tileUrl({ layer: 0, format: "grid.json" })).toBe(`${base}/0/{z}/{x}/{y}.grid.json`);
});

test("the key is in a URL only when that is asked for, and a token never", async () => {
  await using server = await serving(VECTOR_MAP);
  const { map, carto } = server;
  const url = `${server.baseUrl}/api/v1/map/${VECTOR_ID}/{z}/{x}/{y}.png`;

  expect(map.tileUrl({ format: "png", keyInUrl: true })).toBe(`${url}?api_key=1234`);
  const open = await carto.withOptions({ apiKey: undefined }).maps.anonymous.instantiate(CONFIG);
  expect(open.tileUrl({ format: "png", keyInUrl: true })).toBe(url);
  const withToken = await carto.withOptions({ token: "oauth" }).maps.anonymous.instantiate(CONFIG);
  expect(() => withToken.tileUrl({ keyInUrl: true })).toThrow(ConfigError);
});

test("hosts for tiles are used where no key is needed, or when they are asked for", async () => {
  await using open = await serving(CDN, undefined, {});
  const url = `http://cdn-{s}.example.com/dev/api/v1/map/${VECTOR_ID}`;

  expect(open.map.tileTemplate()).toEqual({ urlTemplate: `${url}/{z}/{x}/{y}.mvt`, subdomains: ["a", "b", "c"] });
  expect(open.map.tileJson().tiles).toEqual(["a", "b", "c"].map((s) => `${url.replace("{s}", s)}/{z}/{x}/{y}.mvt`));
  expect(open.map.tileUrl()).toBe(`${url.replace("{s}", "a")}/{z}/{x}/{y}.mvt`);
  expect(open.map.tileUrl({ tile: { z: 4, x: 3, y: 4 } })).toBe(`${url.replace("{s}", "b")}/4/3/4.mvt`);
  expect(open.map.tileUrl({ tile: { z: 4, x: -1, y: 0 } })).toBe(`${url.replace("{s}", "b")}/4/-1/0.mvt`);
  expect(open.map.tileUrl({ cdn: false })).toBe(`${open.baseUrl}/api/v1/map/${VECTOR_ID}/{z}/{x}/{y}.mvt`);

  await using keyed = await serving(CDN);
  expect(keyed.map.tileUrl()).toContain(`${keyed.baseUrl}/api/v1/map/`);
  expect(keyed.map.tileUrl({ keyInUrl: true })).toContain(`${keyed.baseUrl}/api/v1/map/`);
  expect(keyed.map.tileUrl({ cdn: true, keyInUrl: true })).toContain("http://cdn-a.example.com/dev/api/v1/map/");
});

test("a single host for tiles has no template", async () => {
  const single = JSON.stringify({ ...JSON.parse(VECTOR_MAP), cdn_url: { http: "cdn.example.com" } });
  await using server = await serving(single, undefined, {});

  expect(server.map.tileTemplate()).toEqual({
    urlTemplate: `http://cdn.example.com/dev/api/v1/map/${VECTOR_ID}/{z}/{x}/{y}.mvt`,
    subdomains: [],
  });
});

test("a layer that isn't there and an address of fractions are told before anything is asked", async () => {
  await using server = await serving(THREE_LAYERS);
  const { map } = server;

  expect(() => map.tileUrl({ layer: "rivers" })).toThrow(
    'The map has no layer "rivers"; it has "cities", "roads", "http-layer0"',
  );
  expect(() => map.tileUrl({ layer: [] })).toThrow("The list of layers is empty");
  expect(() => map.tileUrl({ tile: { z: 3.5, x: 0, y: 0 } })).toThrow("A tile's z must be a whole number, not 3.5");
  await expect(map.fetchTile({ z: 1, x: Number.NaN, y: 0 })).rejects.toThrow(ConfigError);
  expect(server.requests).toHaveLength(1);
});

test("TileJSON names the layers in the tiles and the columns that they can have", async () => {
  await using server = await serving(THREE_LAYERS);
  const { map } = server;
  const base = `${server.baseUrl}/api/v1/map/${VECTOR_ID}`;

  expect(map.tileJson()).toEqual({
    tilejson: "3.0.0",
    scheme: "xyz",
    tiles: [`${base}/{z}/{x}/{y}.mvt`],
    vector_layers: [
      { id: "cities", fields: { name: "String", pop: "Number", since: "Number" } },
      { id: "roads", fields: {} },
    ],
  });
  expect(map.tileJson({ layer: "roads" }).vector_layers).toEqual([{ id: "roads", fields: {} }]);
  expect(map.tileJson({ format: "png" })).toEqual({
    tilejson: "2.2.0",
    scheme: "xyz",
    tiles: [`${base}/{z}/{x}/{y}.png`],
  });
});

test("a tile is read as its bytes, with the key in a header", async () => {
  const tile = Uint8Array.of(0x1a, 0x02, 0x0a, 0x00);
  await using server = await serving(VECTOR_MAP, [200, tile, { "Content-Type": "application/x-protobuf" }]);

  const bytes = await server.map.fetchTile({ z: 2, x: 3, y: 1 }, { layer: "layer0" });

  expect(bytes).toEqual(tile);
  expect(server.asked()[1]).toBe(`GET api/v1/map/${VECTOR_ID}/0/2/3/1.mvt`);
  expect(server.requests[1]?.headers["authorization"]).toBe(`Basic ${btoa("dev:1234")}`);
});

test.each([204, 200])("a tile that nothing is in is undefined (%i)", async (status) => {
  await using server = await serving(VECTOR_MAP, [status, "", { "Content-Type": "application/x-protobuf" }]);

  expect(await server.map.fetchTile({ z: 25, x: 1, y: 1 })).toBeUndefined();
});

test("what was left out of a tile is told", async () => {
  const headers = { "Content-Type": "application/x-protobuf", "Carto-Tile-Dropped": "layer0=120" };
  await using server = await serving(VECTOR_MAP, [200, Uint8Array.of(1), headers]);
  const told: string[] = [];

  await server.map.fetchTile({ z: 0, x: 0, y: 0 }, { onDropped: (dropped) => told.push(dropped) });

  expect(told).toEqual(["layer0=120"]);
});

test("a tile of a limit is an error: of time, or of too many requests", async () => {
  const type = { "Content-Type": "application/x-protobuf" };
  await using slow = await serving(VECTOR_MAP, [429, Uint8Array.of(0x1a, 0x80), type]);
  await using busy = await serving(VECTOR_MAP, [429, Uint8Array.of(0x1a, 0x80), { ...type, "Retry-After": "7" }]);
  const read = ({ map }: typeof slow) => map.fetchTile({ z: 0, x: 0, y: 0 }).catch((error: unknown) => error);

  expect(await read(slow)).toBeInstanceOf(QueryTimeoutError);
  expect(await read(slow)).toMatchObject({
    message: "The tile took longer than the account may use",
    detail: "render",
  });
  expect(await read(busy)).toBeInstanceOf(RateLimitError);
  expect(await read(busy)).toMatchObject({ retryAfter: 7, detail: "rate-limit" });
});

test.each([
  ["datasource", QueryTimeoutError],
  ["render", QueryTimeoutError],
  ["rate-limit", RateLimitError],
  ["render-capacity", RateLimitError],
])("the limit %s is the error's detail", async (subtype, type) => {
  const message = "You are over platform's limits";
  const body = JSON.stringify({ errors: [message], errors_with_context: [{ type: "limit", message, subtype }] });
  await using server = await serving(VECTOR_MAP, [429, body]);

  const failure = await server.map.attributes(0, 1).catch((error: unknown) => error);

  expect(failure).toBeInstanceOf(type);
  expect(failure).toMatchObject({ context: "limit", detail: subtype });
});

test("the attributes of a feature are read by its layer's place", async () => {
  await using server = await serving(THREE_LAYERS, [200, '{"name":"Hawai","address":"Calle"}']);

  expect(await server.map.attributes<{ name: string }>("roads", 1)).toEqual({ name: "Hawai", address: "Calle" });

  expect(server.asked()[1]).toBe(`GET api/v1/map/${VECTOR_ID}/1/attributes/1`);
});

test("a missing feature and a layer without attributes are told apart", async () => {
  const error = (message: string) =>
    JSON.stringify({ errors: [message], errors_with_context: [{ type: "unknown", message }] });
  await using missing = await serving(VECTOR_MAP, [
    404,
    error("Multiple features (0) identified by 'cartodb_id' = 9 in layer 0"),
  ]);
  await using none = await serving(VECTOR_MAP, [400, error("Layer 0 has no exposed attributes")]);

  await expect(missing.map.attributes(0, 9)).rejects.toThrow(NotFoundError);
  await expect(none.map.attributes(0, 9)).rejects.toThrow(MapError);
});

test("the features of an aggregated point are read, one by one or in groups", async () => {
  const rows = '{"rows":[{"type":"a","_cdb_feature_count":2}],"fields":[{"name":"type"}]}';
  await using server = await serving(THREE_LAYERS, [200, rows]);

  await server.map.cluster("cities", { zoom: 4, id: 12 });
  const { rows: groups } = await server.map.cluster<{ type: string }>(
    "cities",
    { zoom: 4, id: 12 },
    { columns: ["type"], expressions: { n: { aggregate_function: "sum", aggregated_column: "pop" } } },
  );

  expect(groups[0]?.type).toBe("a");
  const [plain, grouped] = server.requests.slice(1).map(({ url }) => new URL(url, "http://x"));
  expect(`${plain?.pathname}${plain?.search}`).toBe(`/user/dev/api/v1/map/${VECTOR_ID}/0/4/cluster/12`);
  expect(grouped?.searchParams.get("aggregation")).toBe(
    '{"columns":["type"],"expressions":{"n":{"aggregate_function":"sum","aggregated_column":"pop"}}}',
  );
});

test("an image's URL says what it shows, how large it is, and of which layers", async () => {
  await using server = await serving(THREE_LAYERS);
  const { map } = server;
  const base = `${server.baseUrl}/api/v1/map/static`;
  const center = { center: { lng: -3.7, lat: 40.4 }, zoom: 5 };

  expect(map.staticUrl(center)).toBe(`${base}/center/${VECTOR_ID}/5/40.4/-3.7/640/400.png`);
  expect(map.staticUrl(center, { width: 10, height: 20, format: "jpg", layer: ["roads", 0], keyInUrl: true })).toBe(
    `${base}/center/${VECTOR_ID}/5/40.4/-3.7/10/20.jpg?layer=1%2C0&api_key=1234`,
  );
  const bounds = { west: -10, south: 30, east: 10, north: 50 };
  expect(map.staticUrl({ bounds })).toBe(`${base}/bbox/${VECTOR_ID}/-10,30,10,50/640/400.png`);
  expect(() => map.staticUrl({ center: { lng: Number.NaN, lat: 0 }, zoom: 1 })).toThrow(ConfigError);
  expect(() => map.staticUrl(center, { layer: "rivers" })).toThrow('The map has no layer "rivers"');
});

test("an image is read with the key in a header", async () => {
  await using server = await serving(THREE_LAYERS, [200, "image"]);
  const bytes = await server.map.fetchStatic(
    { center: { lng: 1, lat: 2 }, zoom: 3 },
    { width: 4, height: 5, layer: "roads" },
  );
  expect(new TextDecoder().decode(bytes)).toBe("image");
  const { url, headers } = server.requests.at(-1) ?? {};
  expect(url).toBe(`/user/dev/api/v1/map/static/center/${VECTOR_ID}/3/2/1/4/5.png?layer=1`);
  expect(headers?.authorization).toMatch(/^Basic /);
});

test("a grid is of one layer", async () => {
  const grid = { grid: [" "], keys: ["", "1"], data: { "1": { name: "Olot" } } };
  await using server = await serving(THREE_LAYERS, [200, JSON.stringify(grid)]);
  expect(await server.map.grid<{ name: string }>({ z: 3, x: 1, y: 2 }, "roads")).toEqual(grid);
  expect(server.requests.at(-1)?.url).toBe(`/user/dev/api/v1/map/${VECTOR_ID}/1/3/1/2.grid.json`);
});
