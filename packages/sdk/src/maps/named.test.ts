import { expect, test } from "vitest";
import { NAMED_ID, NAMED_MAP, serveMaps } from "../../testing/maps.ts";
import { DecodeError, MapError, NotFoundError, PermissionError, ValidationError } from "../errors.ts";
import type { TemplateInput } from "./named.ts";

const TEMPLATE: TemplateInput = {
  name: "tpl1",
  auth: { method: "open" },
  placeholders: { color: { type: "css_color", default: "red" } },
  layergroup: {
    version: "1.8.0",
    layers: [{ type: "cartodb", options: { sql: "select * from test_table" } }],
  },
};

test("a template is kept as it is, its version added to what is sent and not to the caller's object", async () => {
  await using server = await serveMaps(() => [200, '{"template_id":"tpl1"}'], { apiKey: "1234" });
  const template = Object.freeze({ ...TEMPLATE });

  expect(await server.carto.maps.named.create(template)).toBe("tpl1");

  expect(server.asked()).toEqual(["POST api/v1/map/named"]);
  expect(server.requests[0]?.headers["content-type"]).toBe("application/json");
  expect(server.requests[0]?.headers["authorization"]).toBe(`Basic ${btoa("dev:1234")}`);
  expect(JSON.parse(String(server.requests[0]?.body))).toEqual({ version: "0.0.1", ...TEMPLATE });
  expect(template).toEqual(TEMPLATE);
});

test("a template needs a name and a map, nothing else, and an empty view is one", async () => {
  await using server = await serveMaps(() => [200, '{"template_id":"a"}']);
  const { named } = server.carto.maps;

  await named.create({ name: "a", layergroup: { layers: [{ options: { sql: "select 1" } }] } });
  await named.create({ version: "0.0.2", name: "a", layergroup: { layers: [] }, view: null });

  expect(server.requests.map(({ body }) => String(body))).toEqual([
    '{"version":"0.0.1","name":"a","layergroup":{"layers":[{"options":{"sql":"select 1"}}]}}',
    '{"version":"0.0.2","name":"a","layergroup":{"layers":[]},"view":null}',
  ]);
});

test("a template is replaced, read and deleted by its name, and all names are listed", async () => {
  const stored = `{"template":{"auth":{"method":"open"},"version":"0.0.1","name":"tpl1","placeholders":{"color":{"type":"css_color","default":"red"}},"layergroup":{"version":"1.8.0","layers":[{"type":"cartodb","options":{"sql":"select * from test_table","cartocss":"#layer { marker-fill: <%= color %>; }","cartocss_version":"2.3.0"}}]}}}`;
  const replies = {
    PUT: [200, '{"template_id":"tpl1"}'],
    DELETE: [204, ""],
  } as const;
  await using server = await serveMaps(({ method, url }) =>
    method === "GET"
      ? [200, url.endsWith("/named") ? '{"template_ids":["tpl1","my-template"]}' : stored]
      : replies[method as keyof typeof replies],
  );
  const { named } = server.carto.maps;

  expect(await named.update(TEMPLATE)).toBe("tpl1");
  const template = await named.get("tpl1");
  expect(template.placeholders).toEqual({ color: { type: "css_color", default: "red" } });
  expect(template.layergroup.layers[0]?.options.cartocss).toBe("#layer { marker-fill: <%= color %>; }");
  expect(await named.list()).toEqual(["tpl1", "my-template"]);
  expect(await named.delete("tpl1")).toBeUndefined();

  expect(server.asked()).toEqual([
    "PUT api/v1/map/named/tpl1",
    "GET api/v1/map/named/tpl1",
    "GET api/v1/map/named",
    "DELETE api/v1/map/named/tpl1",
  ]);
});

test("a template that was read can be written back", async () => {
  await using server = await serveMaps(({ method }) =>
    method === "GET"
      ? [200, '{"template":{"version":"0.0.1","name":"a","layergroup":{"layers":[]}}}']
      : [200, '{"template_id":"a"}'],
  );
  const { named } = server.carto.maps;

  await named.update({ ...(await named.get("a")), view: { zoom: 4, center: { lng: 0, lat: 0 } } });

  expect(String(server.requests[1]?.body)).toBe(
    '{"version":"0.0.1","name":"a","layergroup":{"layers":[]},"view":{"zoom":4,"center":{"lng":0,"lat":0}}}',
  );
});

test("parameters are sent alone, and tokens in the URL", async () => {
  await using server = await serveMaps(() => [200, NAMED_MAP], { apiKey: "1234", runtime: { browser: true } });
  const params = Object.freeze({ color: "blue", n: 3, styles: { "0": "#l{}" }, buffersize: { mvt: 0 } });

  const map = await server.carto.maps.named.instantiate("tpl1", params, { authToken: ["valid 1", "valid2"] });

  expect(server.asked()).toEqual(["POST api/v1/map/named/tpl1?auth_token=valid+1&auth_token=valid2"]);
  expect(String(server.requests[0]?.body)).toBe('{"color":"blue","n":3,"styles":{"0":"#l{}"},"buffersize":{"mvt":0}}');
  expect(map.id).toBe(NAMED_ID);
  expect(map.metadata.layers[0]?.meta.cartocss).toBe("#layer { marker-fill: blue; }");
  expect(map.metadata.tilejson.raster?.tiles).toHaveLength(1);
});

test("a named map without parameters is asked for with an empty object", async () => {
  await using server = await serveMaps(() => [200, NAMED_MAP]);

  await server.carto.maps.named.instantiate("tpl1");

  expect(String(server.requests[0]?.body)).toBe("{}");
  expect(server.requests[0]?.headers["content-type"]).toBe("application/json");
});

test("URLs of an instantiated named map have its tokens, and requests as well", async () => {
  await using server = await serveMaps(({ method }) => (method === "POST" ? [200, NAMED_MAP] : [200, "{}"]), {
    apiKey: "1234",
  });

  const map = await server.carto.maps.named.instantiate("tpl1", {}, { authToken: "valid1" });
  await map.attributes("layer0", -7);

  expect(map.tileUrl({ layer: "layer0", tile: { z: 3, x: 1, y: 2 }, format: "png" })).toBe(
    `${server.baseUrl}/api/v1/map/${NAMED_ID}/0/3/1/2.png?auth_token=valid1`,
  );
  expect(map.tileJson().tiles).toEqual([`${server.baseUrl}/api/v1/map/${NAMED_ID}/{z}/{x}/{y}.mvt?auth_token=valid1`]);
  expect(server.asked()[1]).toBe(`GET api/v1/map/${NAMED_ID}/0/attributes/-7?auth_token=valid1`);
});

test("tiles of the template itself have URLs without asking, key or map", async () => {
  await using server = await serveMaps(() => [500, ""], { apiKey: "1234" });
  const { named } = server.carto.maps;
  const base = `${server.baseUrl}/api/v1/map/named/tpl1`;

  expect(named.tileUrl("tpl1")).toBe(`${base}/mapnik/{z}/{x}/{y}.mvt`);
  expect(named.tileUrl("tpl1", { format: "png", authToken: "t" })).toBe(`${base}/all/{z}/{x}/{y}.png?auth_token=t`);
  expect(named.tileUrl("tpl1", { layer: 0, tile: { z: 0, x: -1, y: 0 } })).toBe(`${base}/0/0/-1/0.mvt`);
  expect(named.tileUrl("tpl1", { layer: ["a", "b c"], params: { color: "red" }, authToken: ["t", "u"] })).toBe(
    `${base}/a,b%20c/{z}/{x}/{y}.mvt?config=%7B%22color%22%3A%22red%22%7D&auth_token=t&auth_token=u`,
  );
  expect(server.requests).toEqual([]);
});

test("images of the template have URLs that say where they look", async () => {
  await using server = await serveMaps(() => [500, ""], { apiKey: "1234" });
  const { named } = server.carto.maps;
  const base = `${server.baseUrl}/api/v1/map/static/named/tpl1`;

  expect(named.staticUrl("tpl1", { width: 200, height: 100 })).toBe(`${base}/200/100.png`);
  expect(
    named.staticUrl("tpl1", {
      width: 200,
      height: 100,
      format: "jpg",
      view: { zoom: 4, center: { lng: -3.7, lat: 40.4 } },
      layer: [0, 2],
      authToken: "t",
    }),
  ).toBe(`${base}/200/100.jpg?zoom=4&lon=-3.7&lat=40.4&layer=0%2C2&auth_token=t`);
  expect(
    named.staticUrl("tpl1", { width: 9, height: 9, view: { bounds: { west: -10, south: 30, east: 10, north: 50 } } }),
  ).toBe(`${base}/9/9.png?bbox=-10%2C30%2C10%2C50`);
});

test("a name can't reach another endpoint", async () => {
  await using server = await serveMaps(() => [404, ""]);
  const { named } = server.carto.maps;

  for (const name of ["", ".", ".."]) {
    await expect(named.get(name)).rejects.toThrow(ValidationError);
    expect(() => named.tileUrl(name)).toThrow(ValidationError);
  }
  await named.get("a/b?c").catch(() => {});
  expect(server.asked()).toEqual(["GET api/v1/map/named/a%2Fb%3Fc"]);
});

test.each([
  [400, "Template 'tpl1' of user 'localhost' already exists", MapError],
  [400, "Invalid css_color value for template parameter 'color': not a colour;", MapError],
  [403, "Only authenticated users can create templated maps", PermissionError],
  [404, "Cannot find template 'tpl1' of user 'localhost'", NotFoundError],
])("%i %s is the error that it says it is", async (status, message, type) => {
  const body = JSON.stringify({ errors: [message], errors_with_context: [{ type: "unknown", message }] });
  await using server = await serveMaps(() => [status, body]);
  const { named } = server.carto.maps;

  for (const call of [() => named.create(TEMPLATE), () => named.instantiate("tpl1"), () => named.get("tpl1")]) {
    const failure = await call().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(type);
    expect(failure).toMatchObject({ message, contexts: [{ type: "unknown", message }] });
  }
});

test("an answer that is something else is said to be so", async () => {
  await using server = await serveMaps(() => [200, "{}"]);
  const { named } = server.carto.maps;

  for (const call of [() => named.create(TEMPLATE), () => named.get("a"), () => named.list()]) {
    await expect(call()).rejects.toThrow(DecodeError);
  }
});

test("a token isn't shown by hooks and errors", async () => {
  const events: unknown[] = [];
  const onRequest = (event: unknown) => events.push(event);
  await using server = await serveMaps(() => [502, "<p>Bad Gateway"], { hooks: { onRequest }, maxRetries: 0 });

  const failure = await server.carto.maps.named
    .instantiate("a", {}, { authToken: "open-sesame" })
    .catch((error: unknown) => error);

  expect(`${failure} ${JSON.stringify([failure, events])}`).not.toContain("open-sesame");
  expect(String(failure)).toContain("/api/v1/map/named/a?auth_token=***");
});
