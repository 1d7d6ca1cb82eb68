import { createRequire } from "node:module";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  collect,
  columnsOf,
  cut,
  encodeOptions,
  resultOf,
  toCopyText,
} from "../../../../../test/support/result-stream.ts";
import { topojson } from "./topojson.ts";

const { feature } = createRequire(import.meta.url)("topojson-client") as {
  /** Collections come as several features. */
  feature(topology: unknown, object: unknown): { geometry: Geometry | null; features?: { geometry: Geometry }[] };
};

type Position = [number, number];
type Nested = number[] | Nested[];
interface Geometry {
  type: string;
  coordinates?: Nested;
  geometries?: Geometry[];
}
interface Document {
  type: string;
  transform: { scale: number[]; translate: number[] };
  objects: Record<string, { type: string | null; arcs?: unknown; properties: unknown }>;
  arcs: Position[][];
}

/** With corners that make a step of the grid 1. */
const CORNERS = '{"type":"MultiPoint","coordinates":[[0,0],[9999,9999]]}';

async function encode(
  geometries: Geometry[],
  places: number[] = [],
  corners: string | null = CORNERS,
): Promise<Document> {
  const rows = [[corners, null], ...geometries.map((geometry, i) => [JSON.stringify(geometry), String(i)])];
  const result = resultOf(columnsOf({ the_geom: "text", id: "int4" }), cut(toCopyText(rows), places));
  return JSON.parse(await collect(topojson.encode(result, encodeOptions()))) as Document;
}

const geometriesOf = (document: Document): (Geometry | null)[] =>
  Object.values(document.objects).map((object) => {
    const { geometry, features } = feature(document, object);
    return features ? { type: "GeometryCollection", geometries: features.map((one) => one.geometry) } : geometry;
  });

const polygon = (...rings: Position[][]): Geometry => ({ type: "Polygon", coordinates: rings });
const line = (...coordinates: Position[]): Geometry => ({ type: "LineString", coordinates });

test("points lie on a grid between the corners, and nothing has arcs", async () => {
  const corners = '{"type":"MultiPoint","coordinates":[[-3.699732,16],[33,40.423012]]}';
  const points: Geometry[] = [
    { type: "Point", coordinates: [33, 16] },
    { type: "Point", coordinates: [-3.699732, 40.423012] },
  ];

  expect(await encode(points, [9, 70], corners)).toEqual({
    type: "Topology",
    transform: { scale: [0.003670340234023402, 0.0024425454545454546], translate: [-3.699732, 16] },
    objects: {
      0: { type: "Point", coordinates: [9999, 0], properties: { id: 0 } },
      1: { type: "Point", coordinates: [0, 9999], properties: { id: 1 } },
    },
    arcs: [],
  });
});

test("nothing is a topology of nothing", async () => {
  expect(await encode([], [], null)).toEqual({
    type: "Topology",
    transform: { scale: [1, 1], translate: [0, 0] },
    objects: {},
    arcs: [],
  });
});

test("neighbours share the arc between them, each running its own way", async () => {
  const document = await encode([
    polygon([
      [0, 0],
      [10, 0],
      [10, 10],
      [0, 10],
      [0, 0],
    ]),
    polygon([
      [10, 0],
      [20, 0],
      [20, 10],
      [10, 10],
      [10, 0],
    ]),
  ]);

  expect(document.arcs).toHaveLength(3);
  const [left, right] = Object.values(document.objects).map(({ arcs }) => (arcs as number[][])[0] ?? []);
  const shared = left?.find((arc) => right?.includes(~arc));
  expect(shared).toBeDefined();
});

test("a ring that another polygon has as its hole is one arc", async () => {
  const hole: Position[] = [
    [2, 2],
    [3, 2],
    [3, 3],
    [2, 2],
  ];
  const document = await encode([
    polygon(
      [
        [0, 0],
        [0, 9],
        [9, 9],
        [9, 0],
        [0, 0],
      ],
      hole,
    ),
    polygon([
      [3, 2],
      [2, 2],
      [3, 3],
      [3, 2],
    ]),
  ]);

  expect(document.arcs).toHaveLength(2);
  expect(Object.values(document.objects).map(({ arcs }) => arcs)).toEqual([[[0], [1]], [[-2]]]);
});

test("lines are cut where one of them ends or parts", async () => {
  const document = await encode([line([0, 0], [5, 5], [9, 9]), line([5, 5], [9, 9]), line([9, 9], [5, 5], [5, 0])]);

  expect(document.arcs).toEqual([
    [
      [0, 0],
      [5, 5],
    ],
    [
      [5, 5],
      [4, 4],
    ],
    [
      [5, 5],
      [0, -5],
    ],
  ]);
  expect(Object.values(document.objects).map(({ arcs }) => arcs)).toEqual([[0, 1], [1], [-2, 2]]);
});

test("outer rings run clockwise, holes the other way", async () => {
  const document = await encode([
    polygon(
      [
        [0, 0],
        [9, 0],
        [9, 9],
        [0, 9],
        [0, 0],
      ],
      [
        [2, 2],
        [2, 3],
        [3, 3],
        [2, 2],
      ],
    ),
  ]);

  const [outer = [], hole = []] = (geometriesOf(document)[0]?.coordinates ?? []) as Position[][];
  const area = (ring: Position[]): number =>
    ring.slice(1).reduce((sum, [x, y], i) => sum + (ring[i]?.[0] ?? 0) * y - x * (ring[i]?.[1] ?? 0), 0);
  expect([Math.sign(area(outer)), Math.sign(area(hole))]).toEqual([-1, 1]);
});

test("every kind of geometry comes back; what is empty is null or has no parts", async () => {
  const kinds: Geometry[] = [
    {
      type: "MultiPoint",
      coordinates: [
        [1, 2],
        [3, 4],
      ],
    },
    {
      type: "MultiLineString",
      coordinates: [
        [
          [0, 0],
          [5, 5],
        ],
        [
          [7, 7],
          [8, 7],
        ],
      ],
    },
    {
      type: "MultiPolygon",
      coordinates: [
        [
          [
            [0, 0],
            [0, 4],
            [4, 0],
            [0, 0],
          ],
        ],
      ],
    },
    { type: "GeometryCollection", geometries: [{ type: "Point", coordinates: [1, 1] }, line([5, 5], [0, 0])] },
  ];
  const empty: Geometry[] = ["Point", "LineString"].map((type) => ({ type, coordinates: [] }));

  const document = await encode([...kinds, ...empty, { type: "Polygon", coordinates: [] }]);

  expect(geometriesOf(document)).toEqual([...kinds, null, null, { type: "Polygon", coordinates: [] }]);
});

test("what falls together on the grid keeps the positions that its kind must have", async () => {
  const document = await encode([
    line([1, 1], [1.1, 1]),
    polygon([
      [5, 5],
      [5.1, 5],
      [5.1, 5.1],
      [5, 5],
    ]),
  ]);

  expect(geometriesOf(document)).toEqual([
    line([1, 1], [1, 1]),
    polygon([
      [5, 5],
      [5, 5],
      [5, 5],
      [5, 5],
    ]),
  ]);
});

test("a coordinate that is no number is an error", async () => {
  const rows = Buffer.from(`${CORNERS}\t\\N\n{"type":"Point","coordinates":[NaN,1]}\t1\n`);
  const encoding = topojson.encode(resultOf(columnsOf({ the_geom: "text", id: "int4" }), [rows]), encodeOptions());

  await expect(collect(encoding)).rejects.toMatchObject({ status: 400 });
});

test("an error after any number of rows comes before the first byte", async () => {
  const rows = toCopyText([
    [CORNERS, null],
    ...Array.from({ length: 5000 }, () => [JSON.stringify(line([0, 0], [1, 1])), "1"]),
  ]);
  const result = resultOf(columnsOf({ the_geom: "text", id: "int4" }), [rows], { error: new Error("late") });
  const { chunks } = topojson.encode(result, encodeOptions());

  await expect(chunks[Symbol.asyncIterator]().next()).rejects.toThrow("late");
});

test("a million positions are as many as there may be", async () => {
  const long = JSON.stringify(line(...Array.from({ length: 10_000 }, (_, i): Position => [i, i % 2])));
  const rows = toCopyText([[CORNERS, null], ...Array.from({ length: 101 }, () => [long, "1"])]);
  const result = resultOf(columnsOf({ the_geom: "text", id: "int4" }), [rows]);

  await expect(collect(topojson.encode(result, encodeOptions()))).rejects.toMatchObject({ status: 413 });
});

test("any lines and rings come back, and no arc is there twice", async () => {
  // Few different positions, so that lines meet, run together, touch themselves and repeat each other.
  const position = fc.tuple(fc.nat(3), fc.nat(3));
  const path = fc.array(position, { minLength: 2, maxLength: 9 });
  const distinct = (points: Position[]): Position[] =>
    points.filter(([x, y], i) => i === 0 || x !== points[i - 1]?.[0] || y !== points[i - 1]?.[1]);
  const shape = fc.oneof(
    path.map((points) => line(...points)),
    path.map((points) => polygon([...points, points[0] ?? [0, 0]])),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(shape, { maxLength: 6 }), fc.array(fc.nat(2000)), async (shapes, places) => {
      const document = await encode(shapes, places);

      const decoded = geometriesOf(document);
      expect(decoded.map((one) => one?.type)).toEqual(shapes.map(({ type }) => type));
      decoded.forEach((one, i) => {
        const [before, after] = [shapes[i], one].map((shape) => {
          const ring = shape?.type === "Polygon";
          const points = distinct((ring ? shape?.coordinates?.[0] : shape?.coordinates) as Position[]);
          return { ring, points: points.length === 1 || !ring ? points : points.slice(0, -1) };
        });
        expect(variants(before)).toContain(JSON.stringify(after?.points));
      });
      const arcs = document.arcs.map(absolute);
      expect(new Set([...arcs, ...arcs.map((arc) => [...arc].reverse())].map((arc) => JSON.stringify(arc))).size).toBe(
        arcs.reduce((sum, arc) => sum + (JSON.stringify(arc) === JSON.stringify([...arc].reverse()) ? 1 : 2), 0),
      );
    }),
    { numRuns: 300 },
  );
});

/** The ways in which a line, or a ring without its last position, may come back. */
function variants(shape: { ring: boolean; points: Position[] } | undefined): string[] {
  const { ring = false, points = [] } = shape ?? {};
  if (!ring) return [JSON.stringify(points)];
  const turned = points.map((_, i) => [...points.slice(i), ...points.slice(0, i)]);
  return [...turned, ...turned.map((one) => [...one].reverse())].map((one) => JSON.stringify(one));
}

function absolute(arc: Position[]): Position[] {
  let [x, y] = [0, 0];
  return arc.map(([dx, dy]): Position => {
    x += dx;
    y += dy;
    return [x, y];
  });
}
