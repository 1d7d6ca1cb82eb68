import { expect, test } from "vitest";
import { EXPORT_FORMATS, exportFormatOf, exportLosses } from "./export-formats.ts";
import { SQL_FORMATS } from "./sql.ts";

test("every format of the SQL API is told of once", () => {
  expect(EXPORT_FORMATS.map(({ id }) => id).sort()).toEqual([...SQL_FORMATS].sort());
});

test.each([
  ["a.csv", "csv"],
  ["folder.d/A.GeoJSON", "geojson"],
  ["a.json", "geojson"],
  ["a.geojsonl.gz", "geojsonl"],
  ["a.jsonl", "ndjson"],
  ["a.kml", "kml"],
  ["a.zip", "shp"],
  ["a.shp", "shp"],
  ["a.gpkg", "gpkg"],
  ["a.sqlite", "spatialite"],
  ["a.fgb", "flatgeobuf"],
  ["a.parquet", "geoparquet"],
  ["a.txt", undefined],
  ["csv", undefined],
  ["a.csv/b", undefined],
])("the name %s means %s", (name, id) => {
  expect(exportFormatOf(name)?.id).toBe(id);
});

test("what is lost is told of the columns that lose it", () => {
  const fields = {
    the_geom: { type: "geometry" },
    population_2026: { type: "number", pgtype: "int4" },
    größe_cm: { type: "number", pgtype: "int4" },
    größe_km: { type: "number", pgtype: "int4" },
    größen_mm: { type: "number", pgtype: "int4" },
    at: { type: "date", pgtype: "timestamptz" },
  };
  const of = (name: string, columns: Parameters<typeof exportLosses>[1]): unknown => {
    const format = exportFormatOf(name);
    return format && exportLosses(format, columns);
  };

  expect(of("a.zip", fields)).toEqual([
    { text: "names are cut to 10 characters", columns: ["population_2026", "größen_mm"] },
    { text: "timestamps lose their time and become dates", columns: ["at"] },
  ]);
  expect(of("a.zip", { the_geom: { type: "geometry" }, name: { type: "string", pgtype: "text" } })).toEqual([]);
  expect(of("a.geojson", fields)).toEqual([{ text: "fractions of seconds are cut off", columns: ["at"] }]);
  expect(of("a.topojson", {})).toEqual([
    { text: "positions are moved to a grid of 10,000 by 10,000, and rows without a geometry left out", columns: [] },
  ]);
  expect(of("a.csv", fields)).toEqual([]);
});
