import { expect, test } from "vitest";
import { compile } from "./compile.ts";
import type { CompiledStyle } from "./style.ts";

const CONTEXT = {
  faces: ["DejaVu Sans Book", "DejaVu Sans Bold"],
  images: { "https://x/y.png": { file: "/tmp/y.png" } },
};

const compileAll = (...styles: string[]): CompiledStyle =>
  compile(
    styles.map((css, index) => ({ id: `layer${index}`, index, css, version: "3.0.12" })),
    CONTEXT,
  );

const errorsOf = (...styles: string[]): unknown => {
  const compiled = compileAll(...styles);
  return compiled.kind === "failed" ? compiled.errors.map(({ index, message }) => [index, message]) : undefined;
};

const xmlOf = (css: string): string => {
  const compiled = compileAll(css);
  if (compiled.kind === "failed") throw new Error(compiled.errors[0]?.message);
  return compiled.xml;
};

test.each([
  ["#foo { polygon-fit: red; }", "style0:1:10 Unrecognized rule: polygon-fit. Did you mean polygon-fill?"],
  ["#layer { xxxxx; }", "style0:1:10 Invalid code: xxxxx;"],
  ["#layer { line-width: 1;", "style0:1:24 missing closing `}`"],
  ["#a[b=bogus] { line-width: 1; }", "style0:1:7 bogus is not a valid keyword in a filter expression"],
  [
    "#layer { text-name: [x]; text-face-name: 'Dejagnu'; }",
    "style0:1:26 Invalid value for text-face-name, the type font is expected. Dejagnu (of type string)  was given.",
  ],
  [
    "@font: 'Dejagnu'; #a { text-name: [x]; text-face-name: @font; }",
    "style0: Invalid value for text-face-name, the type font is expected. Dejagnu (of type string)  was given.",
  ],
  ["   ", "style0: CartoCSS is empty"],
  [
    "#a { marker-file: url(http://x/no.svg); }",
    "Unable to download 'http://x/no.svg' for 'style0' (it was not looked for)",
  ],
])("what can't be compiled is told: %s", (css, message) => {
  expect(errorsOf(css)).toEqual([[0, message]]);
});

test("a keyword that Mapnik doesn't have is told with those that it has", () => {
  const [[, message]] = errorsOf("#a { marker-fill: red; marker-comp-op: lighter; }") as [[number, string]];
  expect(message).toMatch(
    /^style0:1:\d+ Invalid value for marker-comp-op, the type keyword \(options: clear, src, .*\)/,
  );
});

test("every layer's errors are told, and those of one layer line by line", () => {
  const errors = errorsOf(
    "#a { a-b: 1; c-d: 2; }",
    "#b { x; }",
    "#c { line-width: 1; }",
    "#d { text-face-name: 'No'; }",
  );
  expect(errors).toEqual([
    [0, "style0:1:10 Unrecognized rule: a-b.\nstyle0:1:18 Unrecognized rule: c-d."],
    [1, "style1:1:10 Invalid code: x;"],
    [3, "style3:1:10 Invalid value for text-face-name, the type font is expected. No (of type string)  was given."],
  ]);
});

test.each([
  "marker-file: '/etc/x.svg'",
  "marker-file: [column]",
  "marker-geometry-transform: 'a\" file=\"/etc/x.svg'",
  'line-pattern-file: "/etc/x.png"',
])("no file of this machine is drawn: %s", (rule) => {
  expect(errorsOf(`#a { marker-width: 1; ${rule}; }`)).toEqual([
    [0, expect.stringMatching(/^style0: .*Images are named by url\(https:\/\/…\) alone, not by '/)],
  ]);
});

test.each([
  `#a { text-face-name: 'DejaVu Sans Book'; text-name: "]]></TextSymbolizer><MarkersSymbolizer file='/x'/><TextSymbolizer><![CDATA["; }`,
  `#a { text-face-name: 'DejaVu Sans Book'; text-name: "]]></TextSymbolizer><Include/><TextSymbolizer><![CDATA["; }`,
  `#a[b = "]]></Filter><Datasource ><Parameter name='type'>gdal</Parameter></Datasource ><Filter><![CDATA["] { line-width: 1 }`,
  `#a { marker-geometry-transform: 'a" file=\\'/etc/x.svg\\' b="'; }`,
  `#a { marker-geometry-transform: 'a" /><Datasource ><x y="'; }`,
])("a text that would be more than one is refused: %s", (css) => {
  expect(errorsOf(css)).toEqual([[0, "style0: A text in it can't be drawn: it has quotes or brackets that end it"]]);
});

test("texts of filters are what they are", () => {
  expect(xmlOf(`#a[b = 'x & y < "z"'] { line-width: 1 }`)).toContain(`([b] = 'x & y < "z"')`);
});

test("images are those that were fetched, and fonts those that are there", () => {
  const xml = xmlOf("#a { marker-file: url('https://x/y.png'); text-name: [b]; text-face-name: 'Open Sans Bold'; }");
  expect(xml).toContain('file="/tmp/y.png"');
  expect(xml).toContain('face-name="DejaVu Sans Bold"');
});

test.each([
  ["Map { buffer-size: 12; }", 12],
  ["Map { buffer-size: 999999999; }", 2048],
  ["#a { line-width: 1; }", undefined],
])("a style may say how much around a tile is drawn: %s", (css, buffer) => {
  expect(compileAll(css)).toMatchObject({ kind: "compiled", buffer });
});

test("zooms become scales", () => {
  const xml = xmlOf("#a[zoom = 3] { line-width: 1; }");
  expect(xml).toContain("<MaxScaleDenominator>100000000</MaxScaleDenominator>");
  expect(xml).toContain("<MinScaleDenominator>50000000</MinScaleDenominator>");
});

test.each([
  ["2.3.0", 1],
  ["3.0.12", 0],
])("outlines of markers are a pixel wide by default in styles for version %s", (version, times) => {
  const css = "#a { marker-width: 5; marker-line-color: red; }";
  const compiled = compile([{ id: "layer0", index: 0, css, version }], CONTEXT);
  expect(compiled.kind === "compiled" && compiled.xml.split('stroke-width="1"')).toHaveLength(times + 1);
});

test("a rule for a wider outline is kept in old styles", () => {
  const css = "#a { marker-width: 5; marker-line-color: red; marker-line-width: 3; }";
  const compiled = compile([{ id: "layer0", index: 0, css, version: "2.1.0" }], CONTEXT);
  expect(compiled.kind === "compiled" && compiled.xml).toContain('stroke-width="3"');
});
