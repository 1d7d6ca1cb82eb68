import type { Outcome } from "../../support/import-outcome.ts";

/** GeoJSON that is none, or can't be a table. */
export const GEOJSON_FAILURES: Readonly<Record<string, Outcome>> = {
  "geojson/geometry-collection.geojson": { code: 3201, says: "Split it into one feature per geometry" },
  "geojson/collection-first.geojson": { code: 3201, says: "The first geometry (row 2) is a GeometryCollection" },
  "geojson/empty.geojson": { code: 1005, says: "The file is empty" },
  "geojson/empty-array.json": { code: 1005, says: "The file holds an empty array" },
  "geojson/nan.geojson": {
    code: 3007,
    says: "line 5, character 43: expected a value, found NaN, which JSON has not: write null",
  },
  "geojson/nan-coordinates.geojson": { code: 3007, says: "line 4, character 97: expected a value, found NaN" },
  "geojson/latin-1-only.geojson": { code: 2007, says: "row 1: it is not UTF-8. Save the file as UTF-8" },
  "geojson/crs-unknown.geojson": {
    code: 3008,
    says: 'urn:example:mars"}}. Write them in WGS 84 (longitude, latitude)',
  },
  "geojson/truncated.geojson": { code: 3007, says: "found the end of the file. It may have been cut off there" },
  "geojson/trailing.geojson": { code: 3007, says: 'line 8, character 1: expected the end of the file, found "<"' },
  "geojson/comma.geojson": { code: 3007, says: 'line 6, character 1: expected a value, found "]"' },
  "geojson/deep.geojson": { code: 3007, says: "expected no more than 100 levels of nesting" },
  "geojson/esri.json": {
    code: 1002,
    says: "The Esri JSON file can't be read: Invalid FeatureCollection object. Missing 'fields'",
  },
  "geojson/object.json": { code: 3007, says: "it has no type. Make it GeoJSON" },
  "geojson/page.geojson": { code: 1002, says: "The file is a web page, not data" },
};
