import { expect, test } from "vitest";
import { tilesOf, viewOfBox } from "./static-view.ts";

const SIZE = { width: 300, height: 200 };

test.each([
  [[-180, -85, 180, 85], { width: 256, height: 256 }, 0],
  [[-10, 30, 10, 50], { width: 200, height: 100 }, 2],
  [[-45, -45, 45, 45], { width: 512, height: 512 }, 2],
  [[2, 41, 2.0001, 41.0001], SIZE, 18],
] as const)("a box %j in %j is shown at the closest zoom that shows all of it", (box, size, zoom) => {
  expect(viewOfBox(box, size).zoom).toBe(zoom);
});

test("a box's middle is that of its degrees", () => {
  expect(viewOfBox([0, 0, 10, 60], SIZE)).toMatchObject({ lng: 5, lat: 30 });
});

test("a picture of the whole world is its one tile", () => {
  expect(tilesOf({ zoom: 0, lng: 0, lat: 0 }, { width: 256, height: 256 })).toEqual([
    { address: { z: 0, x: 0, y: 0 }, x: 0, y: 0 },
  ]);
});

test("a picture around a corner has the four tiles there", () => {
  const tiles = tilesOf({ zoom: 1, lng: 0, lat: 0 }, { width: 100, height: 50 });
  expect(tiles.map(({ address: { x, y }, x: left, y: top }) => [x, y, left, top])).toEqual([
    [0, 0, -206, -231],
    [1, 0, 50, -231],
    [0, 1, -206, 25],
    [1, 1, 50, 25],
  ]);
});

test("a wide picture goes around the world, and a high one ends with it", () => {
  const tiles = tilesOf({ zoom: 0, lng: 180, lat: 0 }, { width: 512, height: 1024 });
  expect(tiles.map(({ address, x, y }) => [address.x, address.y, x, y])).toEqual([
    [0, 0, 0, 384],
    [0, 0, 256, 384],
  ]);
});

test("the poles are where the world ends", () => {
  expect(tilesOf({ zoom: 2, lng: 0, lat: 90 }, { width: 10, height: 10 }).map(({ y }) => y)).toEqual([5, 5]);
});
