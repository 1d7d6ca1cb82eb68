import { expect, test } from "vitest";
import {
  collect,
  columnsOf,
  cut,
  encodeOptions,
  resultOf,
  toCopyText,
} from "../../../../test/support/result-stream.ts";
import { parseXml } from "../../../../test/support/xml.ts";
import { svg } from "./svg.ts";

const encode = (rows: (string | null)[], places: number[] = []): Promise<string> =>
  collect(
    svg.encode(
      resultOf(columnsOf({ svg: "text" }), cut(toCopyText(rows.map((row) => [row])), places)),
      encodeOptions(),
    ),
  );

test("the first row is the size, the others are shapes", async () => {
  const document = await encode(["1036 524", 'cx="0" cy="512"', "M 0 512 L 256 256"], [4, 15]);

  expect(document).toBe(
    '<?xml version="1.0" standalone="no"?>\n' +
      '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n' +
      '<svg viewBox="-6 -6 1036 524" style="fill-opacity:0.5; stroke:black; stroke-width:1; fill:none" ' +
      'xmlns="http://www.w3.org/2000/svg" version="1.1">\n' +
      '<circle r="5" cx="0" cy="512" />\n<path d="M 0 512 L 256 256" />\n</svg>\n',
  );
});

test("every position of several, and every part of a collection, is an element", async () => {
  const { children } = parseXml(await encode(["1 1", 'cx="1" cy="2",cx="3" cy="4"', 'cx="5" cy="6";M 0 0 L 1 1;']));

  expect(children.map(({ name, attributes }) => [name, attributes])).toEqual([
    ["circle", { r: "5", cx: "1", cy: "2" }],
    ["circle", { r: "5", cx: "3", cy: "4" }],
    ["circle", { r: "5", cx: "5", cy: "6" }],
    ["path", { d: "M 0 0 L 1 1" }],
  ]);
});

test("nothing to draw is a drawing without a viewBox", async () => {
  for (const rows of [[null], []]) {
    const { name, attributes, children } = parseXml(await encode(rows));
    expect([name, attributes["viewBox"], children]).toEqual(["svg", undefined, []]);
  }
});

test("an error can't be told in a drawing", () => {
  expect(svg.encode(resultOf([], []), encodeOptions()).fail(["late"])).toBeUndefined();
});
