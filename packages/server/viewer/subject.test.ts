import { expect, test } from "vitest";
import { boundsOf, pointsOf } from "./bounds.ts";
import { queryOf, readSubject } from "./subject.ts";

const at = (pathname: string, search = "") => readSubject({ pathname, search });

test("an address says what is shown", () => {
  expect(at("/viewer/dev/dataset/caf%C3%A9%20%22x%22")).toEqual({ kind: "dataset", name: 'café "x"' });
  expect(at("/viewer/dev/query", "?q=select+1+%3B+%3B")).toEqual({ kind: "query", sql: "select 1" });
  expect(at("/viewer/dev/map/a", "?auth_token=x&auth_token[]=y")).toEqual({
    kind: "map",
    name: "a",
    tokens: ["x", "y"],
  });
  expect(at("/viewer/dev/dataset/100%")).toEqual({ kind: "dataset", name: "100%" });
  expect([at("/viewer/dev"), at("/viewer/dev/dataset/"), at("/viewer/dev/other/a")]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test("a dataset's query quotes its name", () => {
  expect(queryOf({ kind: "dataset", name: 'a"; drop' })).toBe('SELECT * FROM "a""; drop"');
  expect(queryOf({ kind: "map", name: "a", tokens: [] })).toBeUndefined();
});

test("bounds are around all points, in one turn of the globe", () => {
  expect(
    boundsOf(
      pointsOf([
        [
          [190, 1],
          [-5, 60],
        ],
        [[3, -4]],
      ]),
    ),
  ).toEqual([-5, -4, 180, 60]);
  expect(boundsOf(pointsOf([]))).toBeUndefined();
});
