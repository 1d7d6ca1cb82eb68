import fc from "fast-check";
import { loadModule, parseSync } from "libpg-query";
import { beforeAll, describe, expect, test } from "vitest";
import { freeTableName, toTableName } from "./table-name.ts";

beforeAll(() => loadModule());

test.each([
  ["TM_WORLD_BORDERS_SIMPL-0.3.zip", "tm_world_borders_simpl_0_3"],
  ["TM_WORLD_BORDERS_SIMPL-0.3", "tm_world_borders_simpl_0_3"],
  ["2010 data.csv", "table_2010_data"],
  ["all.csv", "all_t"],
  ["data (1).csv", "data_1"],
  ["política.csv", "pol_tica"],
  ["select.geojson", "select_t"],
  ["public.csv", "public_t"],
  ["spatial_ref_sys.csv", "spatial_ref_sys_t"],
  ["raster.csv", "raster_t"],
  ["cities.csv.gz", "cities"],
  ["cities.tar.gz", "cities"],
  ["Cities.GeoJSON", "cities"],
  ["R&D 'quoted' \"x\".csv", "rd_quoted_x"],
  ["a__b.csv", "a_b"],
  ["_private.csv", "table_private"],
  ["  padded .csv", "padded"],
  ["a|b.csv", "a_b"],
  ["日本.csv", "table_"],
  ["", "untitled_table"],
  [".csv", "untitled_table"],
  ["( )", "untitled_table"],
  ["x".repeat(100), "x".repeat(63)],
])("the file %j becomes the table %s", (file, table) => {
  expect(toTableName(file)).toBe(table);
});

test("any file name gives a table that PostgreSQL's parser takes without quotes, and stays as it is", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "grapheme" }), fc.string({ unit: "binary" })), (file) => {
      const table = toTableName(file);
      expect(table).toMatch(/^[a-z][a-z0-9_]{0,62}$/);
      parseSync(`SELECT * FROM ${table} WHERE ${table}.a > 1`);
      expect(toTableName(table)).toBe(table);
    }),
    { numRuns: 1000 },
  );
});

describe("a free name", () => {
  const free = (base: string, ...taken: string[]): string => freeTableName(base, (name) => taken.includes(name));

  test("is the name itself where it is not taken, else the first number that is not", () => {
    expect(free("roads")).toBe("roads");
    expect(free("roads", "roads")).toBe("roads_1");
    expect(free("roads", "roads", "roads_1", "roads_3")).toBe("roads_2");
  });

  test("stays within 63 bytes", () => {
    const long = "x".repeat(63);
    expect(free(long, long)).toBe(`${"x".repeat(61)}_1`);
  });

  test("is not looked for without end", () => {
    expect(() => freeTableName("roads", () => true)).toThrow(
      "All 10000 names from roads_1 on are taken: rename the file, or drop tables.",
    );
  });
});
