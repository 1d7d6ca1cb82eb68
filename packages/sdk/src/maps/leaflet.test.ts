import { expect, test } from "vitest";
import { NAMED_ID, NAMED_MAP, serveMaps } from "../../testing/maps.ts";
import { toLeafletTileLayer, toLeafletVectorGrid } from "./leaflet.ts";

async function namedMap(cdn: object = {}) {
  await using server = await serveMaps(() => [200, JSON.stringify({ ...JSON.parse(NAMED_MAP), cdn_url: cdn })], {
    apiKey: "1234",
  });
  const map = await server.carto.maps.named.instantiate("a");
  return { map, base: `${server.baseUrl}/api/v1/map/${NAMED_ID}` };
}

test("a tile layer is of images, with the options that are given and no others", async () => {
  const { map, base } = await namedMap();

  expect(toLeafletTileLayer(map)).toEqual({ url: `${base}/{z}/{x}/{y}.png`, options: { subdomains: [] } });
  expect(toLeafletTileLayer(map, { layer: 0, attribution: "CARTO", minZoom: 1, maxZoom: 18, keyInUrl: true })).toEqual({
    url: `${base}/0/{z}/{x}/{y}.png?api_key=1234`,
    options: { subdomains: [], attribution: "CARTO", minZoom: 1, maxZoom: 18 },
  });
});

test("where there are several hosts, Leaflet chooses among them", async () => {
  const http = { url: "http://{s}.cdn.example.com", subdomains: ["a", "b"] };
  const { map } = await namedMap({ templates: { http } });

  expect(toLeafletTileLayer(map)).toEqual({
    url: `http://{s}.cdn.example.com/dev/api/v1/map/${NAMED_ID}/{z}/{x}/{y}.png`,
    options: { subdomains: ["a", "b"] },
  });
});

test("a vector grid has a style for each layer", async () => {
  const { map, base } = await namedMap();

  expect(toLeafletVectorGrid(map, { colors: ["#123456"] })).toEqual({
    url: `${base}/{z}/{x}/{y}.mvt`,
    options: {
      subdomains: [],
      vectorTileLayerStyles: {
        layer0: { color: "#123456", weight: 1.5, fill: true, fillColor: "#123456", fillOpacity: 0.4, radius: 4 },
      },
    },
  });
});
