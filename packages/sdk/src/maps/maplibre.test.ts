import type { RequestTransformFunction, SourceSpecification, StyleSpecification } from "maplibre-gl";
import { expect, test } from "vitest";
import { NAMED_MAP, serveMaps, VECTOR_ID, VECTOR_MAP } from "../../testing/maps.ts";
import { Carto } from "../carto.ts";
import { mapLibreTransformRequest, toMapLibreSource, toMapLibreStyle } from "./maplibre.ts";

const VECTOR = JSON.parse(VECTOR_MAP);

/** A map whose layers have these ids, and geometry types where they are known. */
async function mapOf(layers: Record<string, string | undefined>) {
  const list = Object.entries(layers).map(([id, geometryType]) => {
    return { type: "mapnik", id, meta: { stats: { estimatedFeatureCount: 5, geometryType } } };
  });
  const answer = JSON.stringify({ ...VECTOR, metadata: { ...VECTOR.metadata, layers: list } });
  await using server = await serveMaps(() => [200, answer]);
  const map = await server.carto.maps.anonymous.instantiate({ layers: [] });
  return { map, tiles: [`${server.baseUrl}/api/v1/map/${VECTOR_ID}/{z}/{x}/{y}.mvt`] };
}

test("a source is of vector tiles, or of images of 256 pixels", async () => {
  const { map, tiles } = await mapOf({ cities: undefined });

  expect(toMapLibreSource(map)).toEqual({ type: "vector", tiles });
  expect(toMapLibreSource(map, { minzoom: 2, maxzoom: 14, attribution: "CARTO", promoteId: "cartodb_id" })).toEqual({
    type: "vector",
    tiles,
    minzoom: 2,
    maxzoom: 14,
    attribution: "CARTO",
    promoteId: "cartodb_id",
  });
  expect(toMapLibreSource(map, { format: "png" })).toEqual({
    type: "raster",
    tileSize: 256,
    tiles: [tiles[0]?.replace("mvt", "png")],
  });
});

test("a style shows points, lines and polygons of each layer in its color", async () => {
  const { map, tiles } = await mapOf({ cities: undefined, roads: "ST_MultiLineString", places: "ST_Point" });

  const style = toMapLibreStyle(map, { colors: ["#111111", "#222222"], sourceId: "mine" });

  expect(style.sources).toEqual({ mine: { type: "vector", tiles } });
  expect(style.layers.map(({ id, type, filter }) => [id, type, filter.join(" ")])).toEqual([
    ["mine-cities-fill", "fill", "== $type Polygon"],
    ["mine-cities-line", "line", "!= $type Point"],
    ["mine-cities-circle", "circle", "== $type Point"],
    ["mine-roads-line", "line", "!= $type Point"],
    ["mine-places-circle", "circle", "== $type Point"],
  ]);
  expect(style.layers.map((layer) => layer["source-layer"])).toEqual(["cities", "cities", "cities", "roads", "places"]);
  expect(style.layers.map(({ paint }) => Object.values(paint)[0])).toEqual([
    "#111111",
    "#111111",
    "#111111",
    "#222222",
    "#111111",
  ]);
});

test("styles and sources are of MapLibre's own types", async () => {
  const { map } = await mapOf({ cities: undefined });

  const style: StyleSpecification = toMapLibreStyle(map, { promoteId: "cartodb_id" });
  const sources: SourceSpecification[] = [toMapLibreSource(map), toMapLibreSource(map, { format: "png" })];

  expect(style.sources["carto"]).toEqual({ ...sources[0], promoteId: "cartodb_id" });
  expect(style.layers.every((layer) => "source" in layer && layer.source === "carto")).toBe(true);
});

test("a style may be of some layers alone, which keep their colors", async () => {
  const { map } = await mapOf({ cities: "ST_Point", roads: "ST_LineString" });

  const [all, one] = [toMapLibreStyle(map), toMapLibreStyle(map, { layer: "roads" })];

  expect(one.layers).toEqual(all.layers.slice(1));
  expect(one.sources["carto"]?.tiles[0]).toContain("/1/{z}/{x}/{y}.mvt");
});

test("a named map's tiles bring its token with them", async () => {
  await using server = await serveMaps(() => [200, NAMED_MAP], { apiKey: "1234" });
  const map = await server.carto.maps.named.instantiate("a", {}, { authToken: "t" });

  expect(toMapLibreSource(map).tiles[0]).toMatch(/\.mvt\?auth_token=t$/);
});

test("the key goes with requests of the client's own server, and with no other", async () => {
  const carto = new Carto({ baseUrl: "https://carto.example.com/user/dev", apiKey: "1234" });
  const transform: RequestTransformFunction = mapLibreTransformRequest(carto);
  const headersOf = async (url: string) => (await transform(url))?.headers;

  const own = "https://carto.example.com/user/dev/api/v1/map/x/{z}/{x}/{y}.mvt";
  expect(await transform(own)).toEqual({ url: own, headers: { Authorization: `Basic ${btoa("dev:1234")}` } });
  for (const other of [
    "https://tiles.example.com/user/dev/api/v1/map/x",
    "https://carto.example.com/user/eve/api/v1/map/x",
    "https://carto.example.com/user/developer/api/v1/map/x",
    "https://carto.example.com/user/dev/../eve/api/v1/map/x",
    "https://carto.example.com:8443/user/dev/api/v1/map/x",
    "http://carto.example.com/user/dev/api/v1/map/x",
    "https://carto.example.com@evil.example/user/dev/api/v1/map/x",
    "https://carto.example.com\\@evil.example/user/dev/api",
    "//carto.example.com/user/dev/",
    "blob:https://carto.example.com/user/dev/",
    "",
  ]) {
    expect(await headersOf(other), other).toEqual({});
  }
});

test("a client without a key sends none, and a token is asked for each time", async () => {
  const url = "https://bob.carto.com/api/v1/map/x/0/0/0.mvt";
  const baseUrl = "https://bob.carto.com";
  let count = 0;
  const renewing = mapLibreTransformRequest(new Carto({ baseUrl, tokenProvider: async () => `t${++count}` }));

  expect(mapLibreTransformRequest(new Carto({ baseUrl }))(url)).toEqual({ url, headers: {} });
  expect(await renewing(url)).toEqual({ url, headers: { Authorization: "Bearer t1" } });
  expect(await renewing(url)).toEqual({ url, headers: { Authorization: "Bearer t2" } });
});
