import { expect, test } from "vitest";
import { fillRamps } from "./fill-ramps.ts";
import type { FilledStyle, KnownRamp } from "./style.ts";

const NUMBERS = { quantiles: [10, 20, 30], equal: [10, 20, 30], jenks: [10, 20, 30], headtails: [10, 20, 30] };

const KNOWN: readonly KnownRamp[] = [2, 3, 4, 5].flatMap((buckets): KnownRamp[] => [
  ...Object.entries(NUMBERS).map(([method, ramp]) => ({ column: "v", buckets, method, ramp, stats: {} })),
  { column: "c", buckets, method: "category", ramp: ["a", "b", "c"].slice(0, buckets), stats: {} },
  { column: "none", buckets, method: "quantiles", ramp: [], stats: {} },
  { column: "gone", buckets, method: "quantiles", error: 'column "gone" does not exist' },
]);

const fill = (value: string): Promise<FilledStyle> => fillRamps(`#l{marker-fill: ${value};}`, KNOWN);

test.each([
  [
    "ramp([v], (red, green, blue), jenks)",
    "marker-fill: red;[ v > 10 ]{marker-fill: green}[ v > 20 ]{marker-fill: blue}",
  ],
  [
    "ramp([v], (red, green, blue), jenks())",
    "marker-fill: red;[ v > 10 ]{marker-fill: green}[ v > 20 ]{marker-fill: blue}",
  ],
  [
    "ramp([v], (red, green, blue), quantiles(3))",
    "marker-fill: red;[ v > 10 ]{marker-fill: green}[ v > 20 ]{marker-fill: blue}",
  ],
  ["ramp([v], (red, green, blue), headtails)", "marker-fill: red;[ v > 20 ]{marker-fill: green}"],
  [
    "ramp([v], (red, green, blue), headtails(3))",
    "marker-fill: blue;[ v < 30 ]{marker-fill: green}[ v < 20 ]{marker-fill: red}",
  ],
  [
    "ramp([v], (red, green, blue), quantiles(3), <)",
    "marker-fill: blue;[ v < 30 ]{marker-fill: green}[ v < 20 ]{marker-fill: red}",
  ],
  [
    "ramp([c], (red, green, blue), category)",
    'marker-fill: red;[ c = "b" ]{marker-fill: green}[ c = "c" ]{marker-fill: blue}',
  ],
  [
    "ramp([c], (red, green, blue), category(2))",
    'marker-fill: blue;[ c = "a" ]{marker-fill: red}[ c = "b" ]{marker-fill: green}',
  ],
  ['ramp([v], (red, green), ("A", "B"), =)', '[ v = "A" ]{marker-fill: red}[ v = "B" ]{marker-fill: green}'],
  [
    "ramp([v], (red, green, blue), (1, 2, 3))",
    "marker-fill: red;[ v > 1 ]{marker-fill: green}[ v > 2 ]{marker-fill: blue}",
  ],
  [
    "ramp([v], (red, green, blue), (1, 2), =)",
    "marker-fill: blue;[ v = 1 ]{marker-fill: red}[ v = 2 ]{marker-fill: green}",
  ],
  ["ramp([v], 2, 10)", "marker-fill: 2;[ v > 10 ]{marker-fill: 4}[ v > 20 ]{marker-fill: 6}"],
  ["ramp([v], 2, 10, jenks)", "marker-fill: 2;[ v > 10 ]{marker-fill: 4}[ v > 20 ]{marker-fill: 6}"],
  ["ramp([v], 2, 10, 3, (1, 2, 3))", "marker-fill: 2;[ v > 1 ]{marker-fill: 6}[ v > 2 ]{marker-fill: 10}"],
  ["ramp([v], range(2, 10), equal(3))", "marker-fill: 2;[ v > 10 ]{marker-fill: 6}[ v > 20 ]{marker-fill: 10}"],
  [
    "ramp([v], colorbrewer(Reds), jenks())",
    "marker-fill: #fee0d2;[ v > 10 ]{marker-fill: #fc9272}[ v > 20 ]{marker-fill: #de2d26}",
  ],
  [
    "ramp([c], cartocolor(Safe), category(3))",
    'marker-fill: #888888;[ c = "a" ]{marker-fill: #88CCEE}[ c = "b" ]{marker-fill: #CC6677}[ c = "c" ]{marker-fill: #DDCC77}',
  ],
  ["ramp([none], (red, green))", "marker-fill: red"],
  ["lighten(red, 10%)", "marker-fill: lighten(red, 10%)"],
])("%s", async (value, expected) => {
  const filled = await fill(value);
  expect(filled).toMatchObject({ kind: "filled" });
  expect(filled.kind === "filled" && filled.css.replace(/;\}$/, "}")).toBe(`#l{${expected}}`);
});

test.each([
  [
    "ramp([gone], (red, green, blue))",
    'Failed to process "marker-fill" property: unable to compute ramp, column "gone" does not exist',
  ],
  [
    "ramp([v], 1, 2, 3, (1, 2, 3, 4))",
    'Failed to process "marker-fill" property: invalid ramp length, got 4 values, expected 3',
  ],
  [
    "ramp([v], (red, green), (1, 2, 3), =)",
    'Failed to process "marker-fill" property: `=` requires more or same values than filters to work.',
  ],
])("what can't be filled is told: %s", async (value, message) => {
  const context = {
    selector: "#l",
    source: { start: { line: 1, column: 4 }, end: { line: 1, column: 18 + value.length - 1 } },
  };
  expect(await fill(value)).toEqual({ kind: "failed", message, context });
});

test.each(["colorbrewer", "cartocolor"])("a scheme that %s has not is told", async (scheme) => {
  const filled = await fill(`ramp([v], ${scheme}(Nope), jenks)`);
  expect(filled).toMatchObject({ kind: "failed", message: `Invalid ${scheme} scheme: "Nope"` });
});

test("what isn't known yet is asked for, all of it at once", async () => {
  const filled = await fillRamps(
    "#l{marker-fill: ramp([a], (red, blue), jenks); marker-width: ramp([b], 1, 9, 4)}",
    [],
  );
  expect(filled).toEqual({
    kind: "missing",
    ramps: expect.toSatisfy((ramps: object[]) => ramps.length === 2),
  });
  expect(filled).toMatchObject({
    ramps: expect.arrayContaining([
      { column: "a", buckets: 2, method: "jenks" },
      { column: "b", buckets: 4, method: "quantiles" },
    ]),
  });
});

test("what is no style is left to the compiler", async () => {
  expect(await fillRamps("#l{ marker-fill: ramp([v], (red)", [])).toMatchObject({ kind: "filled", rules: [] });
});

test("legends are told what became of a column", async () => {
  const filled = await fill("ramp([v], (red, green), jenks)");
  expect(filled.kind === "filled" && filled.rules).toEqual([
    expect.objectContaining({ selector: "#l", prop: "marker-fill", column: "v", mapping: ">" }),
  ]);
});
