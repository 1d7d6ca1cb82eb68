import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DecodedFeature, decodeTile } from "../../../../test/support/decode-tile.ts";
import { copyBinary, ewkb, type Shape } from "../../../../test/support/geometry-bytes.ts";
import { LayerEncoder, type LayerPlan } from "./layer-encoder.ts";

/** A unit is a metre; the tile's corner in the north-west is 0, 0. */
const BARE: LayerPlan = {
  name: "layer0",
  frame: { west: 0, north: 0, scale: 1, extent: 4096, buffer: 100 },
  columns: [],
};

const point = ([x, y]: [x: number, y: number]): Shape => ({ type: "point", at: [x, -y] });
const line = (...vertices: [x: number, y: number][]): Shape => ({
  type: "line",
  vertices: vertices.map(([x, y]) => [x, -y]),
});

describe("attributes", () => {
  const plan: LayerPlan = {
    ...BARE,
    name: "Städte",
    columns: [
      { name: "id", kind: "int4" },
      { name: "a name", kind: "text" },
    ],
  };
  const int4 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return bytes;
  };
  const at = ewkb(point([1, 1]));

  test("the layer has its name, version 2 and its extent; a NULL has no key", () => {
    const encoder = new LayerEncoder(plan);
    encoder.push(
      copyBinary([
        [at, int4(-1), Buffer.from("Köln")],
        [null, int4(2), Buffer.from("nowhere")],
        [at, null, Buffer.from("")],
        [at, null, null],
      ]),
    );
    const paths: DecodedFeature["paths"] = [[[1, 1]]];
    expect(decodeTile(encoder.finish())).toEqual([
      {
        name: "Städte",
        version: 2,
        extent: 4096,
        features: [
          { type: 1, properties: { id: -1, "a name": "Köln" }, paths },
          { type: 1, properties: { "a name": "" }, paths },
          { type: 1, properties: {}, paths },
        ],
      },
    ]);
  });

  test("a layer without features is empty, and layers joined are one tile", () => {
    const bare = (name: string, shapes: readonly Shape[]): Uint8Array => {
      const encoder = new LayerEncoder({ ...BARE, name });
      encoder.push(copyBinary(shapes.map((shape) => [ewkb(shape)])));
      return encoder.finish();
    };
    const [first, none, last] = [
      bare("first", [point([1, 1])]),
      bare("none", [point([9999, 1])]),
      bare("last", [point([2, 2])]),
    ];
    expect(none).toHaveLength(0);
    expect(decodeTile(Buffer.concat([first, none, last])).map(({ name }) => name)).toEqual(["first", "last"]);
  });

  test("rows cut anywhere give the same layer", () => {
    const rows = Array.from({ length: 50 }, (_, i) => [
      ewkb(line([i, 0], [i + 1, 9])),
      int4(i),
      i % 3 ? Buffer.from(`${i % 5}`) : null,
    ]);
    const output = copyBinary(rows);
    const whole = new LayerEncoder(plan);
    whole.push(output);
    const expected = whole.finish();
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), (length) => {
        const encoder = new LayerEncoder(plan);
        for (let from = 0; from < output.length; from += length) encoder.push(output.subarray(from, from + length));
        expect(encoder.finish()).toEqual(expected);
      }),
    );
  });
});
