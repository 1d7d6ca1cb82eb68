import { describe, expect, test } from "vitest";
import { cdnUrl, type MapPlace, MapUrlWriter } from "./urls.ts";

const place: MapPlace = { baseUrl: "http://127.0.0.1/user/dev", account: "dev", token: "id:1", apiKey: "a&b" };
const NO_CDN = { cdnHttps: undefined, cdnHttp: undefined, cdnSubdomains: [], mapnik: true };
const CDN = { cdnHttps: "https://cdn-{s}.example.org", cdnHttp: undefined, cdnSubdomains: ["a", "b"], mapnik: true };

describe("without a CDN", () => {
  const urls = new MapUrlWriter(place, NO_CDN);

  test("addresses are below the one that was asked", () => {
    expect(urls.template("{z}/{x}/{y}.mvt")).toEqual({
      urlTemplate: "http://127.0.0.1/user/dev/api/v1/map/id:1/{z}/{x}/{y}.mvt?api_key=a%26b",
      subdomains: [],
    });
    expect(urls.tileJson("p/{z}/{x}/{y}.png", "p/{z}/{x}/{y}.grid.json")).toEqual({
      tilejson: "2.2.0",
      tiles: ["http://127.0.0.1/user/dev/api/v1/map/id:1/p/{z}/{x}/{y}.png?api_key=a%26b"],
      grids: ["http://127.0.0.1/user/dev/api/v1/map/id:1/p/{z}/{x}/{y}.grid.json?api_key=a%26b"],
    });
    expect(cdnUrl(NO_CDN)).toEqual({});
  });

  test("only tiles' addresses have the key", () => {
    const url = "http://127.0.0.1/user/dev/api/v1/map/id:1/dataview/d";
    expect(urls.urls("dataview/d")).toEqual({ http: url, https: url });
  });
});

describe("with a CDN", () => {
  const urls = new MapUrlWriter({ ...place, apiKey: undefined }, CDN);

  test("tiles are asked of each of its hosts", () => {
    const path = "dev/api/v1/map/id:1/{z}/{x}/{y}.mvt";
    expect(urls.tileJson("{z}/{x}/{y}.mvt").tiles).toEqual([
      `https://cdn-a.example.org/${path}`,
      `https://cdn-b.example.org/${path}`,
    ]);
    expect(urls.template("{z}/{x}/{y}.mvt")).toEqual({
      urlTemplate: `https://cdn-{s}.example.org/${path}`,
      subdomains: ["a", "b"],
    });
  });

  test("everything else is asked of one, always the same", () => {
    const { https } = urls.urls("dataview/d");
    expect(https).toMatch(/^https:\/\/cdn-[ab]\.example\.org\/dev\/api\/v1\/map\/id:1\/dataview\/d$/);
    expect(urls.urls("dataview/d")).toEqual({ http: https, https });
  });

  test("the answer says where it is", () => {
    const template = { url: "https://cdn-{s}.example.org", subdomains: ["a", "b"] };
    expect(cdnUrl(CDN)).toEqual({
      http: "cdn-a.example.org",
      https: "cdn-a.example.org",
      templates: { http: template, https: template },
    });
  });
});
