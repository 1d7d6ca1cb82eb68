import { expect, test } from "vitest";
import { readExtents } from "./extents.ts";

test.each([
  [[], 4096, 256],
  [[{}, {}], 4096, 256],
  [[{ vector_extent: 2048 }, {}], 2048, 2048],
  [[{ vector_simplify_extent: 512 }], 4096, 512],
  [[{ vector_extent: 1024, vector_simplify_extent: 256 }], 1024, 256],
])("%j: %i and %i", (layers, vectorExtent, vectorSimplifyExtent) => {
  expect(readExtents(layers)).toEqual({ vectorExtent, vectorSimplifyExtent });
});

test.each([
  [[{ vector_extent: 4096 }, { vector_extent: 8192 }], "Multiple extent values in mapConfig (4096,8192)"],
  [
    [{ vector_simplify_extent: 256 }, { vector_simplify_extent: 512 }],
    "Multiple simplify extent values in mapConfig (256,512)",
  ],
])("%j aren't the same in all layers", (layers, message) => {
  expect(() => readExtents(layers)).toThrow(expect.objectContaining({ message }));
});
