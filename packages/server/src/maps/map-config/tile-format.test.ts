import { expect, test } from "vitest";
import { parseMapConfig } from "./parse.ts";
import { tileFormat } from "./tile-format.ts";

const style = { cartocss: "#l{}", cartocss_version: "2.3.0" };
const sql = "select 1";

const VECTOR = parseMapConfig({ layers: [{ options: { sql } }, { options: { sql } }] });
const STYLED = parseMapConfig({
  layers: [
    { options: { sql, ...style } },
    { options: { sql, ...style, interactivity: "a" } },
    { type: "torque", options: { sql } },
    { type: "http", options: {} },
    { type: "wat", options: {} },
  ],
});

test("queries have vector tiles", () => {
  expect(tileFormat(VECTOR, VECTOR.layers, "mvt").layers).toEqual(VECTOR.layers);
  expect(tileFormat(STYLED, STYLED.layers.slice(0, 1), "mvt").layers).toEqual([STYLED.layers[0]]);
});

test("maps without styles have vector tiles alone", () => {
  expect(() => tileFormat(VECTOR, VECTOR.layers, "png")).toThrow(
    expect.objectContaining({
      contexts: [{ type: "tile", message: "Unsupported format: 'cartocss' option is missing for png" }],
    }),
  );
});

test.each([
  ["mvt", 0, 3, "Unsupported format mvt"],
  ["mvt", 3, 4, "Unsupported format mvt"],
  ["jpg", 0, 1, "Unsupported format jpg"],
  ["constructor", 0, 1, "Unsupported format constructor"],
  ["grid.json", 0, 2, "Unsupported format grid.json"],
  ["grid.json", 2, 3, "Unsupported format grid.json"],
  ["grid.json", 0, 1, "Tileset has no interactivity"],
  ["json.torque", 0, 1, "Unsupported format json.torque"],
  ["png32", 0, 3, "Unsupported format png32"],
  ["png", 4, 5, "Type for layer '4' not supported"],
])("%s of layers %i to %i: %s", (format, from, to, message) => {
  expect(() => tileFormat(STYLED, STYLED.layers.slice(from, to), format)).toThrow(expect.objectContaining({ message }));
});

test.each([
  ["png", 0, 4],
  ["torque.json", 2, 3],
])("%s isn't made here yet, and the answer says so", (format, from, to) => {
  const message = `Tiles of the format ${format} aren't offered by this server yet: ask for vector tiles (mvt)`;
  expect(() => tileFormat(STYLED, STYLED.layers.slice(from, to), format)).toThrow(
    expect.objectContaining({ message, status: 501 }),
  );
});
