import { VectorTile } from "@mapbox/vector-tile";
import { PbfReader } from "pbf";
import { expect, test } from "vitest";
import { errorTile } from "./error-tile.ts";

test("the tile for what could not be made is a square and stripes", () => {
  const { layers } = new VectorTile(new PbfReader(new Uint8Array(errorTile())));

  expect(Object.keys(layers)).toEqual(["errorTileSquareLayer", "errorTileStripesLayer"]);
  const [square, stripes] = [layers["errorTileSquareLayer"], layers["errorTileStripesLayer"]];
  expect([square?.extent, square?.version, square?.length, stripes?.length]).toEqual([4096, 2, 1, 8]);
  const points = square
    ?.feature(0)
    .loadGeometry()[0]
    ?.map(({ x, y }) => [x, y]);
  expect(points).toEqual([
    [0, 0],
    [4096, 0],
    [4096, 4096],
    [0, 4096],
    [0, 0],
  ]);
  for (let i = 0; i < 8; i++) {
    const feature = stripes?.feature(i);
    const inside = feature?.loadGeometry()[0]?.every(({ x, y }) => x >= 0 && x <= 4096 && y >= 0 && y <= 4096);
    expect([feature?.type, inside]).toEqual([3, true]);
  }
});
