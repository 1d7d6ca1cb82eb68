import type { FormulaResult } from "@carto-ts/protocol";
import { expect, test } from "vitest";
import { FORGOTTEN, serveMaps, VECTOR_MAP } from "../../testing/maps.ts";
import { ConfigError, NotFoundError } from "../errors.ts";

const MAP = JSON.stringify({
  ...JSON.parse(VECTOR_MAP),
  metadata: {
    ...JSON.parse(VECTOR_MAP).metadata,
    dataviews: { "kinds of": { url: { http: "$B/x", https: "$B/x" } } },
  },
});
const FORMULA = '{"operation":"count","result":5,"nulls":0,"type":"formula"}';

const CONFIG = { layers: [] };

test("asks for what is given and for nothing else", async () => {
  await using server = await serveMaps(({ method }) => [200, method === "POST" ? MAP : FORMULA], { apiKey: "1234" });
  const filters = { dataviews: { "kinds of": { accept: ["a", null] } } };
  const map = await server.carto.maps.anonymous.instantiate(CONFIG, { filters });
  const dataview = map.dataview<FormulaResult>("kinds of");
  expect(await dataview.get()).toEqual({ operation: "count", result: 5, nulls: 0, type: "formula" });
  await dataview.get({ ownFilter: true, noFilters: false, categories: 3, bbox: [-10, 35, 5.5, 45] });
  await dataview.get({ noFilters: true, bins: 7, start: -1, end: 2, circle: { lng: 0, lat: 40, radius: 5 } });
  await dataview.get({ aggregation: "month", offset: 3600, polygon: { type: "Polygon", coordinates: [] } });
  await dataview.search("a&b", { ownFilter: true });

  const urls = server.requests.map(({ url }) => new URL(url, "http://h"));
  const sent = urls.map(({ pathname, search }) => [
    pathname.replace(/.*(?=\/dataview)/, ""),
    Object.fromEntries([...new URLSearchParams(search)].filter(([name]) => name !== "api_key")),
  ]);
  expect(JSON.parse(urls[0]?.searchParams.get("filters") ?? "")).toEqual(filters);
  expect(sent.slice(1)).toEqual([
    ["/dataview/kinds%20of", {}],
    ["/dataview/kinds%20of", { own_filter: "1", categories: "3", bbox: "-10,35,5.5,45" }],
    [
      "/dataview/kinds%20of",
      { no_filters: "1", bins: "7", start: "-1", end: "2", circle: '{"lng":0,"lat":40,"radius":5}' },
    ],
    ["/dataview/kinds%20of", { aggregation: "month", offset: "3600", polygon: '{"type":"Polygon","coordinates":[]}' }],
    ["/dataview/kinds%20of/search", { q: "a&b", own_filter: "1" }],
  ]);
});

test("knows which dataviews a map has", async () => {
  await using server = await serveMaps(() => [200, MAP]);
  const map = await server.carto.maps.anonymous.instantiate(CONFIG);
  expect(() => map.dataview("nope")).toThrow(new ConfigError('The map has no dataview "nope"; it has kinds of'));
  expect(() => map.dataview("constructor")).toThrow(ConfigError);
});

test("has a map that was forgotten made again", async () => {
  let forgotten = true;
  await using server = await serveMaps(({ method }) => {
    if (method === "POST") return [200, MAP];
    if (!forgotten) return [200, FORMULA];
    forgotten = false;
    return [400, FORGOTTEN];
  });
  const map = await server.carto.maps.anonymous.instantiate(CONFIG);
  expect(await map.dataview("kinds of").get()).toMatchObject({ result: 5 });
  expect(server.requests.map(({ method }) => method)).toEqual(["POST", "GET", "POST", "GET"]);
});

test("tells of a column that isn't there", async () => {
  const body =
    '{"errors":["column \\"n\\" does not exist"],"errors_with_context":[{"type":"unknown","message":"column \\"n\\" does not exist"}]}';
  await using server = await serveMaps(({ method }) => (method === "POST" ? [200, MAP] : [404, body]));
  const map = await server.carto.maps.anonymous.instantiate(CONFIG);
  const failed = await map
    .dataview("kinds of")
    .get()
    .catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(NotFoundError);
  expect((failed as Error).message).toContain('column "n" does not exist');
});
