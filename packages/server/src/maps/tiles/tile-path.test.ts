import { expect, test } from "vitest";
import { parseTileFile } from "./tile-path.ts";

test("a tile's file has a row, a scale and a format", () => {
  expect(parseTileFile("5.mvt", false)).toEqual({ y: "5", scale: undefined, format: "mvt" });
  expect(parseTileFile("5@2x.png", false)).toEqual({ y: "5", scale: "2", format: "png" });
  expect(parseTileFile("0.grid.json", false)).toEqual({ y: "0.grid", scale: undefined, format: "json" });
  expect(parseTileFile("0.grid.json", true)).toEqual({ y: "0", scale: undefined, format: "grid.json" });
  expect(parseTileFile("0@2x.png", true)).toEqual({ y: "0@2x", scale: undefined, format: "png" });
});

test("a file without a row or a format is none of a tile", () => {
  for (const file of ["5", ".mvt", "5.", ""]) expect(parseTileFile(file, false)).toBeUndefined();
});
