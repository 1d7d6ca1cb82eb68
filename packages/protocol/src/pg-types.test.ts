import { expect, test } from "vitest";
import { pgTypeName, toField } from "./pg-types.ts";

const GEOMETRY = 16_400;
const GEOGRAPHY = 16_700;
const RASTER = 17_000;
const spatialTypes = new Map([
  [GEOMETRY, "geometry"],
  [GEOGRAPHY, "geography"],
  [RASTER, "raster"],
]);

function field(oid: number, typmod = -1) {
  return toField({ oid, typmod }, spatialTypes);
}

test.each([
  [16, "boolean", "bool"],
  [20, "number", "int8"],
  [23, "number", "int4"],
  [701, "number", "float8"],
  [1700, "number", "numeric"],
  [25, "string", "text"],
  [1043, "string", "varchar"],
  [18, "string", "char"],
  [705, "string", "unknown"],
  [1082, "date", "date"],
  [1083, "date", "time"],
  [1114, "date", "timestamp"],
  [1184, "date", "timestamptz"],
  [3912, "date", "daterange"],
  [17, "bytea", "bytea"],
  [19, "name", "name"],
  [26, "oid", "oid"],
  [790, "money", "money"],
  [869, "inet", "inet"],
  [2278, "void", "void"],
  [2950, "uuid", "uuid"],
  [3802, "jsonb", "jsonb"],
])("OID %i is of type %s, pgtype %s", (oid, type, pgtype) => {
  expect(field(oid)).toEqual({ type, pgtype });
});

test("names that contain int are numbers, whatever they are", () => {
  expect(field(1186)).toEqual({ type: "number", pgtype: "interval" });
  expect(field(600)).toEqual({ type: "number", pgtype: "point" });
  expect(field(3904)).toEqual({ type: "number", pgtype: "int4range" });
});

test("json is upper case, alone among the names", () => {
  expect(field(114)).toEqual({ type: "JSON", pgtype: "JSON" });
  expect(field(199)).toEqual({ type: "_json[]", pgtype: "_json" });
});

test("arrays are their element's family with brackets, or the raw name with brackets", () => {
  expect(field(1007)).toEqual({ type: "number[]", pgtype: "_int4" });
  expect(field(1009)).toEqual({ type: "string[]", pgtype: "_text" });
  expect(field(1000)).toEqual({ type: "boolean[]", pgtype: "_bool" });
  expect(field(1185)).toEqual({ type: "date[]", pgtype: "_timestamptz" });
  expect(field(2951)).toEqual({ type: "_uuid[]", pgtype: "_uuid" });
});

test("types of extensions, of users, and newer than CARTO's list are unknown and have no pgtype", () => {
  expect(field(16_999)).toEqual({ type: "unknown(16999)" });
  expect(field(4451)).toEqual({ type: "unknown(4451)" });
  expect(pgTypeName(774)).toBeUndefined();
});

test("a constrained spatial column tells its geometry type, dimensions and SRID", () => {
  // Type modifiers as PostgreSQL 15 with PostGIS 3.3 stores them.
  expect(field(GEOMETRY, 1_107_460)).toEqual({ type: "geometry", wkbtype: "Point", dims: 2, srid: 4326 });
  expect(field(GEOGRAPHY, 1_107_460)).toEqual({ type: "geography", wkbtype: "Point", dims: 2, srid: 4326 });
  expect(field(GEOMETRY, 1_107_471)).toEqual({ type: "geometry", wkbtype: "Polygon", dims: 4, srid: 4326 });
  expect(field(GEOMETRY, 987_412)).toEqual({ type: "geometry", wkbtype: "MultiLineString", dims: 2, srid: 3857 });
  expect(field(GEOMETRY, 1_107_456)).toEqual({ type: "geometry", wkbtype: "Unknown", dims: 2, srid: 4326 });
});

test("an unconstrained spatial column has 4 dimensions, SRID -1 and no geometry type", () => {
  expect(field(GEOMETRY)).toEqual({ type: "geometry", dims: 4, srid: -1 });
  expect(field(RASTER)).toEqual({ type: "raster", dims: 4, srid: -1 });
});
