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
  expect(parseMapPath(["id", "dataview", "x"])?.kind).toBe("missing");
});
