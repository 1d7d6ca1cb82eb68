import type { Outcome } from "../../support/import-outcome.ts";

/** GeoJSON by its geometries. */
export const GEOJSON_GEOMETRIES: Readonly<Record<string, Outcome>> = {
  "geojson/z-m.geojson": {
    columns: "n integer",
    rows: ["(1)", "(2)"],
    geometries: ["POINT(-3.7 40.4)", "LINESTRING(0 0,1 1)"],
  },
  "geojson/collection-later.geojson": {
    columns: "n integer",
    rows: ["(1)", "(2)"],
    geometries: ["POINT(-3.7038 40.4168)", "GEOMETRYCOLLECTION(POINT(-3.7038 40.4168),POINT(2.3522 48.8566))"],
  },
  "geojson/antimeridian.geojson": {
    columns: "name text",
    rows: ["(Fiji)", "(beyond)"],
    geometries: [
      "POLYGON((177 -19,-178 -19,-178 -16,177 -16,177 -19))",
      "POLYGON((177 -19,182 -19,182 -16,177 -16,177 -19))",
    ],
  },
  "geojson/swapped.geojson": {
    columns: "name text",
    rows: ["(Melbourne)", "(Madrid)"],
    geometries: ["POINT(-37.8136 144.9631)", "POINT(-3.7038 40.4168)"],
    unmapped: [1],
  },
  "geojson/poles.geojson": {
    columns: "name text",
    rows: ["(North)", "(South)"],
    geometries: ["POINT(0 90)", "POINT(0 -90)"],
    unmapped: [1, 2],
  },
  "geojson/crs-84.geojson": { columns: "name text", rows: ["(Madrid)"], geometries: ["POINT(-3.7038 40.4168)"] },
  "geojson/crs-25830.geojson": { columns: "name text", rows: ["(Madrid)"], geometries: ["POINT(-3.703798 40.416799)"] },
  "geojson/crs-behind.geojson": {
    columns: "name text",
    rows: ["(Madrid)"],
    geometries: ["POINT(-3.703791 40.416663)"],
  },
  "geojson/curve.geojson": {
    columns: "n integer",
    rows: ["(1)", "(2)"],
    geometries: ["POINT(-3.7038 40.4168)", null],
    rejectedValues: ['2: { "type": "CircularString", "coordinates": [[0, 0], [1, 1], [2, 0]] }'],
  },
  "geojson/few-points.geojson": {
    columns: "n integer",
    rows: ["(1)", "(2)", "(3)"],
    geometries: ["POINT(-3.7038 40.4168)", "POLYGON((0 0,1 1,0 0))", "LINESTRING(0 0)"],
  },
  "geojson/empty-coordinates.geojson": {
    columns: "n integer",
    rows: ["(1)", "(2)"],
    geometries: ["POINT(-3.7038 40.4168)", "POLYGON EMPTY"],
    unmapped: [2],
  },
  "geojson/null-geometry.geojson": {
    columns: "n integer",
    rows: ["(1)", "(2)", "(3)"],
    geometries: [null, "POINT(-3.7038 40.4168)", null],
  },
};
