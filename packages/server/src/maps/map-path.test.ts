import { expect, test } from "vitest";
import { mapSegments, parseMapPath } from "./map-path.ts";

test.each([
  [
    "http://h/user/dev/api/v1/map/dev%40h%40id%3A1/0/attributes/-1?api_key=x/y",
    ["dev@h@id:1", "0", "attributes", "-1"],
  ],
  ["http://h/api/v1/map/id/0/3/cluster/5/", ["id", "0", "3", "cluster", "5"]],
  ["http://h/api/v1/map/a%2Fb/1", ["a/b", "1"]],
  ["http://h/api/v1/map/%E0%A4/1", undefined],
])("%s has its segments decoded", (url, segments) => {
  expect(mapSegments(url)).toEqual(segments);
});

test("paths say what they ask for", () => {
  expect(parseMapPath(["id:1", "0", "attributes", "7"])).toEqual({
    kind: "attributes",
    token: "id:1",
    layer: "0",
    id: "7",
  });
  expect(parseMapPath(["id", "0", "3", "cluster", "5"])).toEqual({
    kind: "cluster",
    token: "id",
    layer: "0",
    zoom: "3",
    id: "5",
  });
  expect(parseMapPath(["id", "0", "attributes"])).toBeUndefined();
});

test.each([
  ["id/dataview/x", { kind: "dataview", token: "id", name: "x" }],
  ["id/dataview/x/search", { kind: "dataview-search", token: "id", name: "x" }],
  ["id/0/widget/x", { kind: "dataview", token: "id", name: "x" }],
  ["id/0/widget/x/search", { kind: "dataview-search", token: "id", name: "x" }],
  ["id/analysis/node/abc", { kind: "analysis", token: "id", id: "abc" }],
  ["analyses/catalog", { kind: "analyses-catalog" }],
  [
    "named/dataview/widget/3/1/2.mvt",
    expect.objectContaining({ kind: "named-tile", name: "dataview", layers: "widget" }),
  ],
  ["id/dataview", undefined],
  ["id/dataview/x/y", undefined],
  ["id/dataview/x/search/y", undefined],
  ["id/analysis/node", undefined],
  ["analyses", undefined],
])("%s asks for %j", (path, asked) => {
  expect(parseMapPath(path.split("/"))).toEqual(asked);
});
