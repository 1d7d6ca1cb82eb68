import { expect, test } from "vitest";
import { normalise, writeRemainders } from "./normalise.ts";

test.each([
  ["#places { marker-width: 1; }", "#layer0 { marker-width: 1; }"],
  ["#a, #b::x[zoom>3] { line-width: 1 }", "#layer0, #layer0::x[zoom>3] { line-width: 1 }"],
  ["#a { #b { line-width: 1 } }", "#layer0 { #layer0 { line-width: 1 } }"],
  ["#a { marker-fill: #fab; }", "#layer0 { marker-fill: #fab; }"],
  ["#a { image-filters: colorize-alpha(#f00, #0f0) }", "#layer0 { image-filters: colorize-alpha(#f00, #0f0) }"],
  ['#a[name="#b{"] { line-color: #fff }', '#layer0[name="#b{"] { line-color: #fff }'],
  ["#a { marker-file: url(http://x/#y{z) }", "#layer0 { marker-file: url(http://x/#y{z) }"],
  ["Map { buffer-size: 3 } .c { line-width: 1 }", "Map { buffer-size: 3 } .c { line-width: 1 }"],
])("names of selectors are the layer's: %s", (css, expected) => {
  expect(normalise(css, "layer0")).toBe(expected);
});

test("comments go, and lines stay where they were", () => {
  expect(normalise("/* #a {\n } */\n#b { // red {\n line-width: 1 }", "l")).toBe("\n\n#l { \n line-width: 1 }");
});

test.each([
  ["[mapnik-geometry-type=polygon]", '["mapnik::geometry_type"=3]'],
  ["[mapnik::geometry_type>1]", '["mapnik::geometry_type">1]'],
  ["['mapnik::geometry_type' = point]", '["mapnik::geometry_type"=1]'],
])("filters by the kind of geometry have one form: %s", (filter, expected) => {
  expect(normalise(`#a${filter} {}`, "l")).toBe(`#l${expected} {}`);
});

test.each([
  ["[size%2=0]", "[size] % 2"],
  ["[ 'the size' % 10 != 1 ]", "[the size] % 10"],
])("a remainder comes back as one: %s", (filter, expected) => {
  const name = /\["([^"]*)"/.exec(normalise(`#a${filter} {}`, "l"))?.[1];
  expect(writeRemainders(`([${name}] = 0)`)).toBe(`(${expected} = 0)`);
});

test("marks that the style itself has go", () => {
  expect(normalise("#a[name='\uF8FE0\uF8FE\uF8FD'] {}", "l")).toBe("#l[name='0'] {}");
});
