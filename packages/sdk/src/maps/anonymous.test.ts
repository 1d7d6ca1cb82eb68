import type { MapConfig } from "@carto-ts/protocol";
import { expect, test } from "vitest";
import { serveMaps, VECTOR_ID, VECTOR_MAP } from "../../testing/maps.ts";
import { MapError, NotFoundError, PermissionError } from "../errors.ts";

const CONFIG: MapConfig = {
  version: "1.8.0",
  layers: [{ type: "mapnik", options: { sql: "select * from test_table" } }],
};

test("a map is made by one request of JSON, with the key in a header alone", async () => {
  await using server = await serveMaps(() => [200, VECTOR_MAP], { apiKey: "1234" });

  const map = await server.carto.maps.anonymous.instantiate(CONFIG);

  expect(server.asked()).toEqual(["POST api/v1/map"]);
  const [request] = server.requests;
  expect(request?.headers["content-type"]).toBe("application/json");
  expect(request?.headers["authorization"]).toBe(`Basic ${btoa("dev:1234")}`);
  expect(String(request?.body)).toBe(
    '{"version":"1.8.0","layers":[{"type":"mapnik","options":{"sql":"select * from test_table"}}]}',
  );
  expect(map.id).toBe(VECTOR_ID);
  expect(map.lastUpdated).toEqual(new Date("2009-02-13T23:31:30.123Z"));
  expect(map.layers.map(({ id, type }) => [id, type])).toEqual([["layer0", "mapnik"]]);
  expect(map.layer("layer0").meta.stats).toEqual({ estimatedFeatureCount: 5 });
  expect(map.layer(0)).toBe(map.layer("layer0"));
});

test("in a browser the key is in the header as well, for servers write a key of the body into URLs", async () => {
  await using server = await serveMaps(() => [200, VECTOR_MAP], { apiKey: "1234", runtime: { browser: true } });

  await server.carto.maps.anonymous.instantiate(CONFIG);

  expect(server.requests[0]?.headers["authorization"]).toBe(`Basic ${btoa("dev:1234")}`);
  expect(JSON.parse(String(server.requests[0]?.body))).toEqual(CONFIG);
});

test("what the server says has no key, also where the server writes it into its URLs", async () => {
  await using server = await serveMaps(() => [200, VECTOR_MAP], { apiKey: "1234" });

  const map = await server.carto.maps.anonymous.instantiate(CONFIG);

  expect(JSON.stringify(map)).not.toContain("1234&");
  expect(JSON.stringify(map)).not.toContain("api_key");
  expect(map.metadata.url.vector?.urlTemplate).toBe(`${server.baseUrl}/api/v1/map/${VECTOR_ID}/{z}/{x}/{y}.mvt`);
});

test("nothing is added to the caller's config, also where the key is sent in the body", async () => {
  await using server = await serveMaps(() => [200, VECTOR_MAP], { apiKey: "1234", keyIn: "param" });
  const config = Object.freeze(structuredClone(CONFIG));

  await server.carto.maps.anonymous.instantiate(config);

  expect(JSON.parse(String(server.requests[0]?.body))).toEqual({ ...CONFIG, api_key: "1234" });
  expect(config).toEqual(CONFIG);
});

test("later changes to the config don't reach the map", async () => {
  await using server = await serveMaps(() => [200, VECTOR_MAP]);
  const config = structuredClone(CONFIG);

  const map = await server.carto.maps.anonymous.instantiate(config);
  config.layers.push({ options: { sql: "select 1" } });
  await map.renew();

  expect(String(server.requests[1]?.body)).toBe(String(server.requests[0]?.body));
});

test("by GET the config travels in the URL, for caches", async () => {
  await using server = await serveMaps(() => [200, VECTOR_MAP], { apiKey: "1234" });

  await server.carto.maps.anonymous.instantiate({ layers: [] }, { method: "get", aggregation: false });

  expect(server.asked()).toEqual(["GET api/v1/map?config=%7B%22layers%22%3A%5B%5D%7D&aggregation=false"]);
  expect(server.requests[0]?.headers["authorization"]).toBe(`Basic ${btoa("dev:1234")}`);
});

test("aggregation is said in the query of either method", async () => {
  await using server = await serveMaps(() => [200, VECTOR_MAP]);

  await server.carto.maps.anonymous.instantiate(CONFIG, { aggregation: true });
  await server.carto.maps.named.instantiate("world", {}, { aggregation: false });

  expect(server.asked()).toEqual(["POST api/v1/map?aggregation=true", "POST api/v1/map/named/world?aggregation=false"]);
});

test("a map without layers is a map", async () => {
  const empty =
    '{"layergroupid":"7a063db8a1c08d67c6564d4df9524601:0","metadata":{"layers":[],"dataviews":{},"analyses":[],"tilejson":{},"url":{}},"cdn_url":{},"last_updated":"1970-01-01T00:00:00.000Z"}';
  await using server = await serveMaps(() => [200, empty]);

  const map = await server.carto.maps.anonymous.instantiate({ layers: [] });

  expect(map.id).toBe("7a063db8a1c08d67c6564d4df9524601:0");
  expect(map.layers).toEqual([]);
  expect(() => map.layer(0)).toThrow("The map has no layer 0; it has 0");
});

test("an answer that isn't a map is said to be none", async () => {
  await using server = await serveMaps(() => [200, "{}"]);

  await expect(server.carto.maps.anonymous.instantiate(CONFIG)).rejects.toMatchObject({
    name: "DecodeError",
    message: `The answer to POST ${server.baseUrl}/api/v1/map is no map`,
  });
});

test.each([
  [
    400,
    '{"errors":["style0:1:10 Unrecognized rule: marker-wadth. Did you mean marker-width?"],"errors_with_context":[{"type":"layer","message":"style0:1:10 Unrecognized rule: marker-wadth. Did you mean marker-width?","layer":{"id":"layer0","index":0,"type":"mapnik"}}]}',
    MapError,
    "style0:1:10 Unrecognized rule: marker-wadth. Did you mean marker-width?",
    { type: "layer", layer: { id: "layer0", index: 0, type: "mapnik" } },
  ],
  [
    404,
    '{"errors":["PgMvtFactory: relation \\"nope\\" does not exist"],"errors_with_context":[{"type":"unknown","message":"PgMvtFactory: relation \\"nope\\" does not exist"}]}',
    NotFoundError,
    'PgMvtFactory: relation "nope" does not exist',
    { type: "unknown" },
  ],
  [
    403,
    '{"errors":["PgMvtFactory: permission denied for table test_table_private_1"],"errors_with_context":[{"type":"unknown","message":"PgMvtFactory: permission denied for table test_table_private_1"}]}',
    PermissionError,
    "PgMvtFactory: permission denied for table test_table_private_1",
    { type: "unknown" },
  ],
])("a refusal with %i says what it is of", async (status, body, type, message, context) => {
  await using server = await serveMaps(() => [status, body]);

  const failure = await server.carto.maps.anonymous.instantiate(CONFIG).catch((error: unknown) => error);

  expect(failure).toBeInstanceOf(type);
  expect(failure).toMatchObject({ status, message, messages: [message], contexts: [{ ...context, message }] });
});
