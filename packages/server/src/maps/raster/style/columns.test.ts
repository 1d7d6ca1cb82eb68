import { expect, test } from "vitest";
import { compile } from "./compile.ts";

function columnsOf(css: string): readonly string[] | undefined {
  const compiled = compile([{ id: "layer0", index: 0, css, version: undefined }], { faces: undefined, images: {} });
  if (compiled.kind === "failed") throw new Error(compiled.errors[0]?.message);
  return compiled.columns["layer0"];
}

test.each([
  ["#a[size > 2][zoom > 3] { marker-width: 3 }", ["size"]],
  ["#a { marker-width: [size] / 10 + [more] }", ["size", "more"]],
  ["#a { text-name: [name]; text-face-name: 'x' }", ["name"]],
  [`#a { text-name: "[name] + ' [' + [more] + ']'"; text-face-name: 'x' }`, ["name", "more"]],
  ["#a[kind =~ '[ab].*'] { marker-width: 3 }", ["kind"]],
  [`#a["the kind" = "it's [x]"] { marker-width: 3 }`, ["the kind"]],
  ['#a["a & b" = 1] { marker-width: 3 }', ["a & b"]],
  ["#a[size % 2 = 0] { marker-width: 3 }", ["size"]],
  ['#a["mapnik::geometry_type" = 1] { marker-width: 3 }', []],
  ['#a { marker-transform: "rotate([angle])" }', ["angle"]],
])("the columns that a style reads are known: %s", (css, expected) => {
  expect(columnsOf(css)?.toSorted()).toEqual(expected.toSorted());
});
