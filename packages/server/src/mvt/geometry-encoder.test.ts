import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DecodedFeature, decodeTile } from "../../../../test/support/decode-tile.ts";
import { copyBinary, type EwkbOptions, ewkb, type Shape } from "../../../../test/support/geometry-bytes.ts";
import { LayerEncoder, type LayerPlan } from "./layer-encoder.ts";

/** A unit is a metre; the tile's corner in the north-west is 1000, 2000. */
const FRAME = { west: 1000, north: 2000, scale: 1, extent: 4096, buffer: 100 };
const BARE: LayerPlan = { name: "layer0", frame: FRAME, columns: [] };

type Units = readonly [x: number, y: number];

const map = ([x, y]: Units): [number, number] => [1000 + x, 2000 - y];
const point = (at: Units): Shape => ({ type: "point", at: map(at) });
const line = (...vertices: Units[]): Shape => ({ type: "line", vertices: vertices.map(map) });
/** Its rings are closed here. */
const polygon = (...rings: Units[][]): Shape => ({
  type: "polygon",
  rings: rings.map((ring) => [...ring, ...ring.slice(0, 1)].map(map)),
});
const square = (x: number, y: number, side: number): Units[] => [
  [x, y],
  [x + side, y],
  [x + side, y + side],
  [x, y + side],
];

function encode(shapes: readonly Shape[], options?: EwkbOptions): DecodedFeature[] {
  const encoder = new LayerEncoder(BARE);
  encoder.push(copyBinary(shapes.map((shape) => [ewkb(shape, options)])));
  return decodeTile(encoder.finish())[0]?.features ?? [];
}

const pathsOf = (shape: Shape, options?: EwkbOptions): DecodedFeature["paths"] | undefined =>
  encode([shape], options)[0]?.paths;

const MADE: [what: string, shape: Shape, type: number, paths: DecodedFeature["paths"]][] = [
  ["a point", point([3, 4]), 1, [[[3, 4]]]],
  ["a point at the buffer's edge", point([-100, 4196]), 1, [[[-100, 4196]]]],
  ["a point half-way", point([2.5, 3.5]), 1, [[[2, 4]]]],
  [
    "points, each once and without those beyond the buffer",
    { type: "multipoint", parts: [point([1, 1]), point([1.2, 1]), point([9999, 5]), point([5, 5]), point([1, 1])] },
    1,
    [[[1, 1]], [[5, 5]]],
  ],
  [
    "a line without repeated vertices",
    line([0, 0], [0.2, 0], [5, 0], [5, 0.3], [5, 9]),
    2,
    [
      [
        [0, 0],
        [5, 0],
        [5, 9],
      ],
    ],
  ],
  [
    "lines, without one that shrank to a point",
    { type: "multiline", parts: [line([0, 0], [9, 9]), line([3, 3], [3.1, 3.1]), line([7, 0], [7, 2])] },
    2,
    [
      [
        [0, 0],
        [9, 9],
      ],
      [
        [7, 0],
        [7, 2],
      ],
    ],
  ],
  [
    "a square that turns clockwise on the screen",
    polygon(square(0, 0, 10)),
    3,
    [
      [
        [0, 0],
        [10, 0],
        [10, 10],
        [0, 10],
        [0, 0],
      ],
    ],
  ],
  [
    "a square that turned against the clock, turned round",
    polygon(square(0, 0, 10).toReversed()),
    3,
    [
      [
        [0, 0],
        [10, 0],
        [10, 10],
        [0, 10],
        [0, 0],
      ],
    ],
  ],
  [
    "a hole against the clock",
    polygon(square(0, 0, 10), square(2, 2, 3)),
    3,
    [
      [
        [0, 0],
        [10, 0],
        [10, 10],
        [0, 10],
        [0, 0],
      ],
      [
        [2, 5],
        [5, 5],
        [5, 2],
        [2, 2],
        [2, 5],
      ],
    ],
  ],
  [
    "polygons, without one whose hole takes all of it",
    {
      type: "multipolygon",
      parts: [polygon(square(0, 0, 2)), polygon(square(5, 5, 5), square(5, 5, 5)), polygon(square(20, 20, 2))],
    },
    3,
    [
      [
        [0, 0],
        [2, 0],
        [2, 2],
        [0, 2],
        [0, 0],
      ],
      [
        [20, 20],
        [22, 20],
        [22, 22],
        [20, 22],
        [20, 20],
      ],
    ],
  ],
  [
    "of a collection the parts of the highest dimension",
    {
      type: "collection",
      parts: [point([1, 1]), { type: "collection", parts: [line([0, 0], [4, 4])] }, point([2, 2])],
    },
    2,
    [
      [
        [0, 0],
        [4, 4],
      ],
    ],
  ],
];

const LEFT_OUT: [what: string, shape: Shape][] = [
  ["an empty point", { type: "point", at: undefined }],
  ["a point beyond the buffer", point([-101, 0])],
  ["a point far away", { type: "point", at: [1e300, -1e300] }],
  ["an empty line", line()],
  ["an empty polygon", { type: "polygon", rings: [] }],
  ["an empty collection", { type: "collection", parts: [] }],
  ["a line shorter than a unit, though over an edge of one", line([0.4, 0], [0.6, 0.5])],
  [
    "a polygon that shrank to a line",
    polygon([
      [0, 0],
      [9, 0.1],
      [5, 0.2],
    ]),
  ],
  [
    "a bow-tie, whose halves take each other away",
    polygon([
      [0, 0],
      [4, 4],
      [4, 0],
      [0, 4],
    ]),
  ],
  ["the points of a collection that has an empty line", { type: "collection", parts: [point([1, 1]), line()] }],
];

describe("geometries", () => {
  test.each(MADE)("%s", (_, shape, type, paths) => {
    expect(encode([shape])).toEqual([{ type, properties: {}, paths }]);
  });

  test.each(LEFT_OUT)("%s is left out", (_, shape) => {
    expect(encode([shape])).toEqual([]);
  });

  test("an area is cut to the tile and its buffer", () => {
    const cut = (...ring: Units[]): Units[] | undefined => pathsOf(polygon(ring))?.[0]?.slice(1).toSorted();
    expect(cut(...square(-5000, -5000, 5050))).toEqual([
      [-100, -100],
      [-100, 50],
      [50, -100],
      [50, 50],
    ]);
    expect(cut([-5000, 0], [5000, 5000], [5000, -5000])).toEqual([
      [-100, -100],
      [-100, 2450],
      [3392, 4196],
      [4196, -100],
      [4196, 4196],
    ]);
    expect(cut(...square(5000, 0, 900))).toBeUndefined();
  });

  test("one that has curves is left out, and those behind it are not", () => {
    const curve = ewkb(line([0, 0], [1, 1], [2, 0]));
    curve[1] = 8;
    const encoder = new LayerEncoder(BARE);
    encoder.push(copyBinary([[curve], [ewkb(point([1, 1]))]]));
    expect(decodeTile(encoder.finish())[0]?.features).toHaveLength(1);
  });

  test("vertices far away stay on their side", () => {
    expect(
      pathsOf({
        type: "line",
        vertices: [
          [1000, 2000],
          [1e30, -1e30],
        ],
      }),
    ).toEqual([
      [
        [0, 0],
        [2 ** 29, 2 ** 29],
      ],
    ]);
  });

  const units = fc.tuple(fc.integer({ min: -50, max: 3600 }), fc.integer({ min: -50, max: 3600 }));
  const options = fc.record({
    littleEndian: fc.boolean(),
    srid: fc.constantFrom(3857, undefined),
    more: fc.constantFrom<(0 | 1 | 2)[]>(0, 1, 2),
  });

  test("any line is read back, whatever its byte order, its SRID and its further dimensions", () => {
    fc.assert(
      fc.property(fc.uniqueArray(units, { minLength: 2, selector: String }), options, (vertices, given) => {
        expect(pathsOf(line(...vertices), given as EwkbOptions)).toEqual([vertices]);
      }),
    );
  });

  test("any polygon turns clockwise and has the vertices it had", () => {
    fc.assert(
      fc.property(units, fc.integer({ min: 1, max: 500 }), fc.boolean(), options, (at, side, turned, given) => {
        const ring = square(at[0], at[1], side);
        const paths = pathsOf(polygon(turned ? ring.toReversed() : ring), given as EwkbOptions);
        expect(paths?.[0]?.slice(1).toSorted()).toEqual(ring.toSorted());
        expect(doubledArea(paths?.[0] ?? [])).toBe(2 * side * side);
      }),
    );
  });
});

function doubledArea(ring: readonly Units[]): number {
  return ring.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = ring[(i + 1) % ring.length] as Units;
    return sum + x * nextY - nextX * y;
  }, 0);
}
