import type { Outcome } from "../../support/import-outcome.ts";

/** CSV by its geometries. */
export const CSV_GEOMETRIES: Readonly<Record<string, Outcome>> = {
  "csv/lonlat.csv": {
    columns: "id integer, latitude double precision, longitude double precision",
    rows: ["(1,40.4168,-3.7038)", "(2,41,2.15)", "(3,,)"],
    geometries: ["POINT(-3.7038 40.4168)", "POINT(2.15 41)", null],
  },
  "csv/lonlat-swapped.csv": {
    columns: "id integer, lat double precision, lon double precision",
    rows: ["(1,-120.5,40.4)", "(2,151.2,-33.9)"],
    geometries: ["POINT(40.4 -120.5)", "POINT(-33.9 151.2)"],
    unmapped: [1, 2],
  },
  "csv/lonlat-junk.csv": {
    columns: "id integer, lat double precision, lng double precision",
    rows: ["(1,40.4,-3.7)", "(2,,)", "(3,,2)", "(4,95,200)"],
    geometries: ["POINT(-3.7 40.4)", null, null, "POINT(200 95)"],
    unmapped: [4],
    rejectedValues: ["3: unknown, n/a", "4: 2, NaN"],
  },
  "csv/lonlat-words.csv": { columns: "id integer, lat text, long text", rows: ["(1,north,far)", "(2,south,near)"] },
  "csv/lonlat-comma.csv": {
    columns: "id integer, lat text, lon text",
    rows: ['(1,"40,4","-3,7")', '(2,"41,4","2,2")'],
  },
  "csv/geometry-and-lonlat.csv": { columns: "lat integer, lon integer", rows: ["(1,2)"], geometries: ["POINT(3 4)"] },
  "csv/wkt.csv": {
    columns: "id integer",
    rows: ["(1)", "(2)", "(3)", "(4)"],
    geometries: ["POINT(-3.7 40.4)", "LINESTRING(0 0,1 1)", null, "POLYGON((0 0,1 0,1 1,0 0))"],
  },
  "csv/wkt-late.csv": {
    columns: "id integer",
    rows: ["(1)", "(2)"],
    geometries: [null, "POINT(1 2)"],
    rejectedValues: ["2: n/a"],
  },
  "csv/wkt-unnamed.csv": {
    columns: "id integer",
    rows: ["(1)", "(2)"],
    geometries: ["POINT(-3.7 40.4)", "MULTIPOINT((0 0),(1 1))"],
  },
  "csv/wkt-two-unnamed.csv": {
    columns: "id integer, begin text, finish text",
    rows: ['(1,"POINT(0 0)","POINT(1 1)")'],
  },
  "csv/wkt-some-unnamed.csv": { columns: "id integer, place text", rows: ['(1,"POINT(-3.7 40.4)")', "(2,Madrid)"] },
  "csv/wkt-kinds.csv": {
    columns: "id integer",
    rows: ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)", "(8)", "(9)", "(10)", "(11)", "(12)", "(13)", "(14)"],
    geometries: [
      "POINT(1 2)",
      "POINT(1 2)",
      "POINT(1 2)",
      "GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(0 0,1 1))",
      "POINT EMPTY",
      null,
      "LINESTRING(179 10,-179 10)",
      "POLYGON((170 -10,-170 -10,-170 10,170 10,170 -10))",
      "POINT(0 90)",
      "POINT(5 6)",
      "LINESTRING(0 0,0.001205 0.049068,0.004815 0.098017,0.010823 …",
      "POINT(7 8)",
      null,
      null,
    ],
    unmapped: [5, 9],
    rejectedValues: ["7: POINT(NaN 2)", "14: POLYGON((0 0,1 1))", "15: POINT(1"],
  },
  "csv/wkb.csv": {
    columns: "id integer",
    rows: ["(1)", "(2)", "(3)"],
    geometries: ["POINT(0 0)", "POINT(-3.7 40.4)", "POINT(5 6)"],
  },
  "csv/ewkb.csv": { columns: "id integer", rows: ["(1)", "(2)"], geometries: ["POINT(-3.7 40.4)", "POINT(1 2)"] },
  "csv/ewkb-unnamed.csv": {
    columns: "id integer",
    rows: ["(1)", "(2)"],
    geometries: ["POINT(-3.7 40.4)", "POINT(1 2)"],
  },
  "csv/geojson-column.csv": {
    columns: "id integer",
    rows: ["(1)", "(2)"],
    geometries: ["POINT(-3.7 40.4)", "LINESTRING(0 0,1 1)"],
  },
  "csv/geojson-unnamed.csv": {
    columns: "id integer",
    rows: ["(1)", "(2)"],
    geometries: ["POINT(-3.7 40.4)", "POINT(1 2)"],
  },
  "csv/geojson-features.csv": {
    columns: "id integer, geojson text",
    rows: [
      '(1,"{""type"": ""Feature"", ""properties"": {}, ""geometry"": {""type"": ""Point"", ""coordinates"": [1, 2]}}")',
    ],
  },
  "csv/kml-column.csv": {
    columns: "id integer",
    rows: ["(1)", "(2)"],
    geometries: ["POINT(-3.7 40.4)", "LINESTRING(0 0,1 1)"],
  },
  "csv/the-geom-words.csv": { columns: "invalid_the_geom text, name text", rows: ["(round,a)", "(square,b)"] },
  "csv/the-geom-empty.csv": { columns: "name text", rows: ["(a)", "(b)"] },
  "csv/webmercator.csv": { columns: "name text", rows: ["(a)"], geometries: ["POINT(0 1)"] },
};
