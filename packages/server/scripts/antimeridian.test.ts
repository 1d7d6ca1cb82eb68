import { describe, expect, test } from "vitest";
import { cutLine, cutPolygon } from "./antimeridian.mjs";

describe("a polygon", () => {
  test("that stays clear of the antimeridian is left as it is", () => {
    const ring = [
      [0, 0],
      [10, 0],
      [10, 10],
      [0, 0],
    ] as const;
    expect(cutPolygon([ring])).toEqual([[ring]]);
  });

  test("that steps over it becomes two, which end there", () => {
    const ring = [
      [170, 0],
      [-170, 0],
      [-170, 10],
      [170, 10],
      [170, 0],
    ] as const;
    expect(cutPolygon([ring])).toEqual([
      [
        [
          [170, 0],
          [180, 0],
          [180, 10],
          [170, 10],
          [170, 0],
        ],
      ],
      [
        [
          [-180, 0],
          [-170, 0],
          [-170, 10],
          [-180, 10],
          [-180, 0],
        ],
      ],
    ]);
  });

  test("that goes round a pole is closed over it", () => {
    const ring = [
      [-90, -70],
      [0, -70],
      [90, -70],
      [179, -70],
      [-179, -70],
      [-90, -70],
    ] as const;
    const [[outside = []] = [], ...others] = cutPolygon([ring]);
    expect(others).toEqual([]);
    expect(outside).toEqual([
      [-180, -70],
      [-179, -70],
      [-90, -70],
      [0, -70],
      [90, -70],
      [179, -70],
      [180, -70],
      [180, -90],
      [-180, -90],
      [-180, -70],
    ]);
  });

  test("keeps a hole in the part that it is in", () => {
    const ring = [
      [170, 0],
      [-170, 0],
      [-170, 10],
      [170, 10],
      [170, 0],
    ] as const;
    const hole = [
      [-178, 2],
      [-178, 4],
      [-176, 4],
      [-178, 2],
    ] as const;
    expect(cutPolygon([ring, hole]).map((rings) => rings.length)).toEqual([1, 2]);
  });
});

test("a line that steps over the antimeridian ends there and goes on at the other side", () => {
  expect(
    cutLine([
      [179, 0],
      [-179, 2],
      [-178, 2],
    ]),
  ).toEqual([
    [
      [179, 0],
      [180, 1],
    ],
    [
      [-180, 1],
      [-179, 2],
      [-178, 2],
    ],
  ]);
});
