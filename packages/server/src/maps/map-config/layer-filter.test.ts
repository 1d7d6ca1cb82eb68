import { expect, test } from "vitest";
import { selectLayers } from "./layer-filter.ts";
import { parseMapConfig } from "./parse.ts";

const query = (id?: string): object => ({ ...(id && { id }), options: { sql: "select 1" } });

const CONFIG = parseMapConfig({
  layers: [query(), { type: "http", options: {} }, query("own"), query(), { type: "plain", options: {} }],
});

const select = (filter: string | undefined): number[] => selectLayers(CONFIG, filter).map(({ index }) => index);

test.each([
  [undefined, [0, 2, 3]],
  ["mapnik", [0, 2, 3]],
  ["all", [0, 1, 2, 3, 4]],
  ["http", [1]],
  ["plain", [4]],
  ["0", [0]],
  ["004", [4]],
  ["3,0,3", [0, 3]],
  ["layer0", [0]],
  ["own", [2]],
  ["layer2", [3]],
  ["http-layer0", [1]],
  ["layer2,own,plain-layer0", [2, 3, 4]],
])("%s selects layers %j", (filter, indexes) => {
  expect(select(filter)).toEqual(indexes);
});

test.each([
  ["5", "Layer '5' not found in layergroup"],
  ["99999999999999999999", "Layer '99999999999999999999' not found in layergroup"],
  ["0,5", "Invalid layer filtering"],
  ["0,own", "Invalid layer filtering"],
  ["own,0", "Invalid layer filtering"],
  ["layer1", "Invalid layer filtering"],
  ["nope", "Invalid layer filtering"],
  ["own,", "Invalid layer filtering"],
  ["-1", "Invalid layer filtering"],
  ["", "Invalid layer filtering"],
  ["__proto__", "Invalid layer filtering"],
  ["torque", "No renderers"],
])("%s selects none: %s", (filter, message) => {
  expect(() => select(filter)).toThrow(expect.objectContaining({ message }));
});

test("a map without queries has no layers for tiles unless they are asked for", () => {
  const config = parseMapConfig({ layers: [{ type: "http", options: {} }] });
  expect(() => selectLayers(config, undefined)).toThrow("No 'mapnik' layers in MapConfig");
  expect(selectLayers(config, "0")).toHaveLength(1);
});
