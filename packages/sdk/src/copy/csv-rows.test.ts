import fc from "fast-check";
import { expect, test } from "vitest";
import { ConfigError } from "../errors.ts";
import { json } from "../json-value.ts";
import { type CsvDialect, csvHeader, csvWriter } from "./csv-rows.ts";

const USUAL: CsvDialect = { delimiter: ",", nullText: "" };

test.each([
  ["text", "text"],
  ["", '""'],
  [null, ""],
  [undefined, ""],
  ['say "hi"', '"say ""hi"""'],
  ["a,b", '"a,b"'],
  ["a\nb", '"a\nb"'],
  ["\\.", '"\\."'],
  [1.5, "1.5"],
  [Number.NaN, "NaN"],
  [Number.POSITIVE_INFINITY, "Infinity"],
  [12345678901234567890n, "12345678901234567890"],
  [true, "true"],
  [new Date("2020-01-02T03:04:05.678Z"), "2020-01-02T03:04:05.678Z"],
  [new Uint8Array([1, 255]), '"\\x01ff"'],
  [[1, null, 2], '"{""1"",NULL,""2""}"'],
  [[["a"], ['b"c']], '"{{""a""},{""b\\""c""}}"'],
  [[], "{}"],
  [[{ a: 1 }], '"[{""a"":1}]"'],
  [json([1]), "[1]"],
  [{ a: [1] }, '"{""a"":[1]}"'],
  [{ type: "Point", coordinates: [2.17, 41.38] }, "SRID=4326;POINT(2.17 41.38)"],
  [{ type: "Point", coordinates: [1, 2, 3] }, "SRID=4326;POINT(1 2 3)"],
  [{ type: "Point", coordinates: [] }, "SRID=4326;POINT EMPTY"],
  [
    {
      type: "Polygon",
      coordinates: [
        [
          [0, 0],
          [1, 0],
          [0, 0],
        ],
      ],
    },
    '"SRID=4326;POLYGON((0 0,1 0,0 0))"',
  ],
  [
    {
      type: "GeometryCollection",
      geometries: [
        { type: "Point", coordinates: [1, 2] },
        { type: "MultiPoint", coordinates: [[3, 4]] },
      ],
    },
    '"SRID=4326;GEOMETRYCOLLECTION(POINT(1 2),MULTIPOINT(3 4))"',
  ],
])("%o is written as %s", (value, expected) => {
  expect(csvWriter(["a"], USUAL)({ a: value })).toBe(`${expected}\n`);
});

test.each([
  [() => 1],
  [Symbol("a")],
  [new Map()],
  ["a\0b"],
  [new Date(Number.NaN)],
  [{ type: "Point", coordinates: ["x"] }],
])("what PostgreSQL has no text for is refused (%#)", (value) => {
  expect(() => csvWriter(["a"], USUAL)({ a: value })).toThrow(ConfigError);
});

test("cells follow the columns, and other keys are left out", () => {
  const write = csvWriter(["b", "a", "missing"], USUAL);

  expect(csvHeader(["b", "a,c"], USUAL)).toBe('b,"a,c"\n');
  expect(write({ a: 1, b: "x", c: 3 })).toBe("x,1,\n");
});

test("another delimiter and another text for NULL are quoted around", () => {
  const write = csvWriter(["a", "b", "c", "d"], { delimiter: "1", nullText: "null" });

  expect(write({ a: 21, b: "null", c: null, d: "x" })).toBe('"21"1"null"1null1x\n');
});

test("any text comes back from PostgreSQL's CSV as it was", () => {
  const cell = fc.oneof(
    fc.constant(null),
    fc.string({ unit: fc.constantFrom('"', ",", "\n", "\r", "\\", ".", "a", " ", "é", "🗺") }),
  );
  fc.assert(
    fc.property(fc.array(fc.record({ a: cell, b: cell }), { maxLength: 5 }), (rows) => {
      const text = rows.map(csvWriter(["a", "b"], USUAL)).join("");

      expect(readCsv(text)).toEqual(rows.map(({ a, b }) => [a, b]));
    }),
  );
});

/** Reads CSV as COPY does: an unquoted empty cell is NULL, a quoted one an empty string. */
function readCsv(text: string): (string | null)[][] {
  const rows: (string | null)[][] = [];
  let cells: (string | null)[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    cells.push(quoted === undefined ? plain || null : quoted.replaceAll('""', '"'));
    if (end !== "\n") continue;
    rows.push(cells);
    cells = [];
  }
  return rows;
}
