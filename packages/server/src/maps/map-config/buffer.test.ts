import { expect, test } from "vitest";
import { readBufferSize, vectorBuffer } from "./buffer.ts";
import { parseMapConfig } from "./parse.ts";

test.each([
  [undefined, 64],
  [null, 64],
  [{ png: 8 }, 64],
  [{ mvt: 0 }, 0],
  [{ mvt: "12", png: 8 }, 12],
])("%j: %i pixels around vector tiles", (buffersize, pixels) => {
  expect(vectorBuffer(parseMapConfig({ layers: [], buffersize }))).toBe(pixels);
});

test.each([
  [{ png: "wadus" }, 'Buffer size of format "png" must be a number'],
  [{ mvt: "" }, 'Buffer size of format "mvt" must be a number'],
  [{ mvt: null }, 'Buffer size of format "mvt" must be a number'],
  [{ mvt: -1 }, 'Buffer size of format "mvt" must be between 0 and 2048'],
  [{ mvt: 1e9 }, 'Buffer size of format "mvt" must be between 0 and 2048'],
  [5, '"buffersize" must be an object of formats and numbers'],
])("%j: %s", (given, message) => {
  expect(() => readBufferSize(given)).toThrow(expect.objectContaining({ message }));
});
