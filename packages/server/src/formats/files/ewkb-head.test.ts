import { expect, test } from "vitest";
import { GeometrySurvey, readEwkbHead } from "./ewkb-head.ts";

const POINT = "0101000020E6100000000000000000F03F0000000000000040";
const POINT_Z = "01010000A0E6100000000000000000F03F00000000000000400000000000000840";
const EMPTY_POINT = "0101000000000000000000F87F000000000000F87F";
const LINE = "0102000020110F0000020000000000000000000000000000000000000000000000000000F03F000000000000F03F";
const EMPTY_LINE = "010200000000000000";
const LINES = "010500000000000000";

function survey(...fields: string[]): GeometrySurvey {
  const found = new GeometrySurvey();
  for (const field of fields) found.look(Buffer.from(`${field}\t1\n`));
  return found;
}

test("a geometry's head has its kind, dimensions and reference", () => {
  expect(readEwkbHead(Buffer.from(POINT), 0)).toEqual({
    kind: 1,
    hasZ: false,
    hasM: false,
    srid: 4326,
    isEmpty: false,
  });
  expect(readEwkbHead(Buffer.from(POINT_Z), 0)).toMatchObject({ kind: 1, hasZ: true, srid: 4326 });
  expect(readEwkbHead(Buffer.from(LINE), 0)).toMatchObject({ kind: 2, srid: 3857, isEmpty: false });
  expect(readEwkbHead(Buffer.from(EMPTY_POINT), 0)).toMatchObject({ kind: 1, srid: 0, isEmpty: true });
  expect(readEwkbHead(Buffer.from(EMPTY_LINE), 0)).toMatchObject({ kind: 2, isEmpty: true });
});

test("kinds are one, several of one, or any", () => {
  expect(survey(POINT, POINT).commonType).toBe("POINT");
  expect(survey(POINT, POINT_Z).commonType).toBe("POINTZ");
  expect(survey(LINE, LINES).commonType).toBe("MULTILINESTRING");
  expect(survey(LINES, LINE).commonType).toBe("MULTILINESTRING");
  expect(survey(POINT, LINE).commonType).toBe("GEOMETRY");
  expect(survey(POINT, LINES).commonType).toBe("GEOMETRY");
  expect(survey("\\N").commonType).toBeUndefined();
});

test("the first geometry decides the reference, and the kind where one must", () => {
  const found = survey("\\N", LINE, POINT);
  expect([found.srid, found.firstType]).toEqual([3857, "LINESTRING"]);
});

test("what is empty becomes NULL", () => {
  const rows = `${POINT}\ta\n${EMPTY_POINT}\tb\n\\N\tc\n${EMPTY_LINE}\n${LINE}\td\n`;
  expect(survey().look(Buffer.from(rows)).toString()).toBe(`${POINT}\ta\n\\N\tb\n\\N\tc\n\\N\n${LINE}\td\n`);
});

test("rows without a position are noticed", () => {
  expect(survey(POINT, LINE).isWhole).toBe(true);
  expect(survey(POINT, "\\N").isWhole).toBe(false);
  expect(survey(POINT, EMPTY_LINE).isWhole).toBe(false);
});

test("a column's type serves where there is no geometry, and only there", () => {
  // geometry(PolygonZ, 25830)
  const typmod = (25830 << 8) | (3 << 2) | 2;
  const empty = survey();
  empty.assume(typmod);
  expect([empty.srid, empty.firstType, empty.commonType]).toEqual([25830, "POLYGONZ", "POLYGONZ"]);
  const full = survey(POINT);
  full.assume(typmod);
  expect(full.commonType).toBe("POINT");
  const untyped = survey();
  untyped.assume(-1);
  expect([untyped.srid, untyped.commonType]).toEqual([0, undefined]);
});
