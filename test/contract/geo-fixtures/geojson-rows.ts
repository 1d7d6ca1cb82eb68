import type { Outcome } from "../../support/import-outcome.ts";

/** GeoJSON by its shape, its encoding and its properties. */
export const GEOJSON_ROWS: Readonly<Record<string, Outcome>> = {
  "geojson/feature-collection.geojson": {
    columns:
      "name text, people integer, height double precision, capital boolean, founded date, seen timestamp with time zone",
    rows: [
      '(Madrid,3223334,667.5,t,0865-01-01,"2024-02-29 10:00:00+00")',
      '(Paris,2102650,35,t,,"2024-03-01 08:00:00+00")',
      '("Ville ""Légère""",0,-0.5,f,1999-12-31,"2024-03-01 00:00:00+00")',
    ],
    geometries: ["POINT(-3.7038 40.4168)", "POINT(2.3522 48.8566)", "MULTIPOLYGON(((0 0,1 0,1 1,0 0)))"],
  },
  "geojson/feature.geojson": {
    columns: "name text, id text",
    rows: ["(Madrid,m1)"],
    geometries: ["POINT(-3.7038 40.4168)"],
  },
  "geojson/geometry.geojson": { columns: "", rows: ["()"], geometries: ["LINESTRING(-3.7 40.4,2.35 48.85)"] },
  "geojson/sequence.geojsons": {
    columns: "name text",
    rows: ["(Madrid)", "(Paris)"],
    geometries: ["POINT(-3.7038 40.4168)", "POINT(2.3522 48.8566)"],
  },
  "geojson/lines.geojsonl": {
    columns: "name text, people integer",
    rows: ["(Madrid,)", "(Lima,10)"],
    geometries: ["POINT(-3.7038 40.4168)", "POINT(-77.0428 -12.0464)"],
  },
  "geojson/lines-named-geojson.geojson": {
    columns: "name text",
    rows: ["(Madrid)", "(Lima)"],
    geometries: ["POINT(-3.7038 40.4168)", "POINT(-77.0428 -12.0464)"],
  },
  "geojson/bad-line.ndjson": {
    columns: "n integer",
    rows: ["(1)", "(3)", "(5)"],
    geometries: ["POINT(-3.7038 40.4168)", "POINT(2.3522 48.8566)", "POINT(-77.0428 -12.0464)"],
    rejectedRows: [
      '2: expected the rest of the value, found "\\n"',
      "5: expected a value, found NaN, which JSON has not: write null",
    ],
  },
  "geojson/flat.ndjson": {
    columns: "city text, people integer, country text",
    rows: ["(Madrid,3223334,)", "(Lima,,PE)"],
  },
  "geojson/flat-array.json": {
    columns: "city text, people integer, tags text",
    rows: ["(Madrid,3223334,)", '(Paris,2102650,"[""a"", ""b""]")'],
  },
  "geojson/flat-array-lonlat.json": {
    columns: "city text, lat double precision, lon double precision",
    rows: ["(Madrid,40.4168,-3.7038)", "(Nowhere,,)"],
    geometries: ["POINT(-3.7038 40.4168)", null],
  },
  "geojson/flat-array-wkt.json": {
    columns: "city text",
    rows: ["(Madrid)", "(Nowhere)"],
    geometries: ["POINT(-3.7038 40.4168)", null],
  },
  "geojson/feature-array.json": {
    columns: "name text",
    rows: ["(Madrid)", "(Paris)"],
    geometries: ["POINT(-3.7038 40.4168)", "POINT(2.3522 48.8566)"],
  },
  "geojson/feature-ids.geojson": {
    columns: "n integer, id text",
    rows: ["(1,w123)", "(2,7)"],
    geometries: ["POINT(-3.7038 40.4168)", "POINT(2.3522 48.8566)"],
  },
  "geojson/empty-collection.geojson": { columns: "", rows: [] },
  "geojson/nan-strings.geojson": {
    columns: "v text, w text",
    rows: ["(1.5,Infinity)", "(NaN,-Infinity)"],
    geometries: ["POINT(-3.7038 40.4168)", "POINT(2.3522 48.8566)"],
  },
  "geojson/big-integers.geojson": {
    columns: "safe bigint, long bigint, huge numeric, mixed numeric, wild text",
    rows: [
      "(9007199254740991,9007199254740993,9223372036854775808,9007199254740993,1e400)",
      "(1,-9223372036854775808,-1,0.5,1)",
    ],
    geometries: ["POINT(-3.7038 40.4168)", "POINT(2.3522 48.8566)"],
  },
  "geojson/mixed-types.geojson": {
    columns: "a text, b text, c text, d text, e text",
    rows: ["(1,true,2024-02-29,1,)", "(one,0,soon,1.5,)", '(1.50,,"",[1],)'],
    geometries: ["POINT(-3.7038 40.4168)", "POINT(2.3522 48.8566)", "POINT(-77.0428 -12.0464)"],
  },
  "geojson/nested.geojson": {
    columns: "tags text, list text",
    rows: ['("{""a"":[1,2,{""b"":""x y""}]}",[])', '(plain,"[""\\\\"""",""\\\\\\\\""]")'],
    geometries: ["POINT(-3.7038 40.4168)", "POINT(2.3522 48.8566)"],
  },
  "geojson/names.geojson": {
    columns:
      "_ integer, name text, name_1 text, _select integer, invalid_the_geom text, lllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll integer, lllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll_1 integer, _1 integer, a_b_c integer, cafe integer, _proto_ integer, constructor integer, tab_here integer",
    rows: ["(1,a,b,2,x,3,4,5,6,8,9,10,11)", "(,c,,,,,,,,12,,,)"],
    ids: [7, 9],
    geometries: ["POINT(-3.7038 40.4168)", "POINT(2.3522 48.8566)"],
  },
  "geojson/duplicate-names.geojson": {
    columns: "a integer, b integer",
    rows: ["(2,1)"],
    geometries: ["POINT(-3.7038 40.4168)"],
  },
  "geojson/nul.geojson": {
    columns: "name text, tags text",
    rows: ['(a�b,"[""\\\\u0000""]")'],
    geometries: ["POINT(-3.7038 40.4168)"],
  },
  "geojson/lone-surrogate.geojson": {
    columns: "name text, pair text",
    rows: ["(a�,😀)"],
    geometries: ["POINT(-3.7038 40.4168)"],
  },
  "geojson/escapes.geojson": {
    columns: "s text, u text",
    rows: ['("tab\t newline\n return\r quote"" slash/ backslash\\\\ null\\\\N end\\\\.","\n\\\\é")'],
    geometries: ["POINT(-3.7038 40.4168)"],
  },
  "geojson/bom.geojson": { columns: "name text", rows: ['("Málaga 😀")'], geometries: ["POINT(-4.42 36.72)"] },
  "geojson/utf-16-le.geojson": { columns: "name text", rows: ['("Málaga 😀")'], geometries: ["POINT(-4.42 36.72)"] },
  "geojson/utf-16-be.geojson": { columns: "name text", rows: ['("Málaga 😀")'], geometries: ["POINT(-4.42 36.72)"] },
  "geojson/latin-1.geojson": {
    columns: "name text",
    rows: ["(Madrid)"],
    geometries: ["POINT(-3.7038 40.4168)"],
    rejectedRows: ["1: it is not UTF-8"],
  },
  "geojson/not-features.geojson": {
    columns: "n integer",
    rows: ["(1)", "(6)"],
    geometries: ["POINT(-3.7038 40.4168)", "POINT(2.3522 48.8566)"],
    rejectedRows: [
      "2: it is not an object",
      "3: it is not an object",
      "4: its properties are not an object",
      "5: its geometry has no type",
    ],
  },
  "geojson/topology.json": { columns: "id text", rows: ["(a)"], geometries: ["POINT(0 0)"] },
};
