import { describe, expect, test } from "vitest";
import { importFailure } from "../support/import-outcome.ts";
import { engines, startWorld } from "../support/world.ts";

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `v${i}`);
/** A number of 18 digits that a double holds exactly. */
const number = (i: number): number => (i + 1) / 2 ** 17 + 0.5 ** 40;

const csv = (rows: readonly (readonly unknown[])[], columns: number): File =>
  new File([[names(columns), ...rows].map((row) => row.join(",")).join("\n")], "wide.csv");

const geojson = (rows: readonly (readonly unknown[])[], columns: number): File => {
  const features = rows.map((row) => ({
    type: "Feature",
    geometry: { type: "Point", coordinates: [2, 41] },
    properties: Object.fromEntries(names(columns).map((name, i) => [name, row[i]])),
  }));
  return new File([JSON.stringify({ type: "FeatureCollection", features })], "wide.geojson");
};

describe.each(engines)("wide rows on %s", (engine) => {
  test.each([
    ["CSV", csv],
    ["GeoJSON", geojson],
  ])("of %s become a table although their texts are larger than a page", async (_, file) => {
    await using world = await startWorld(engine);
    const rows = [0, 1, 2].map((row) => names(768).map((_, i) => number(i + row)));

    const { datasets } = await world.carto.datasets.create(file(rows, 768));

    expect(datasets).toMatchObject([{ name: "wide", rows: 3 }]);
    const found = await world.carto.sql.query("SELECT cartodb_id, v0, v300, v767 FROM wide ORDER BY 1");
    expect(found.rows).toEqual(
      [0, 1, 2].map((row) => ({
        cartodb_id: row + 1,
        v0: number(row),
        v300: number(300 + row),
        v767: number(767 + row),
      })),
    );
    expect(found.fields).toMatchObject({ v0: { pgtype: "float8" }, v767: { pgtype: "float8" } });
  });

  test("keep empty values apart from empty texts", async () => {
    await using world = await startWorld(engine);

    await world.carto.datasets.create(csv([["x", "", '""', ...names(297)]], 300));

    expect((await world.carto.sql.query("SELECT v0, v1, v2, v3 FROM wide")).rows).toEqual([
      { v0: "x", v1: null, v2: "", v3: "v0" },
    ]);
  });

  test.each([
    ["CSV", csv],
    ["GeoJSON", geojson],
  ])("of %s that no page has room for are refused in words, and leave nothing", async (_, file) => {
    await using world = await startWorld(engine);

    const failure = await importFailure(world.carto, file([names(1597).map(() => "x".repeat(10))], 1597));

    expect(failure).toMatchObject({
      code: 2004,
      says: expect.stringContaining("Leave out columns, or split the file"),
    });
    const left = await world.carto.sql.query(
      "SELECT relname FROM pg_class WHERE relnamespace = 'cdb_importer'::regnamespace",
    );
    expect(left.rows).toEqual([]);
  });

  test("of GeoJSON with one property too many are refused", async () => {
    await using world = await startWorld(engine);

    const failure = await importFailure(world.carto, geojson([names(1598)], 1598));

    expect(failure).toMatchObject({ code: 2004, says: expect.stringContaining("1597") });
  });

  test("have room for a text of megabytes", async () => {
    await using world = await startWorld(engine);

    await world.carto.datasets.create(new File([`a,b\n1,${"é".repeat(2_000_000)}\n`], "long.csv"));

    expect((await world.carto.sql.query("SELECT a, length(b) AS letters FROM long")).rows).toEqual([
      { a: 1, letters: 2_000_000 },
    ]);
  });
});
