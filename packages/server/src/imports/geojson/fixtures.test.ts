import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { readFileLayer } from "../../../../../test/support/read-layer.ts";
import { readGeojson } from "./geojson.ts";

const HOME = resolve(import.meta.dirname, "../../../../../fixtures/geo");

async function read(name: string) {
  const { rows, facts, geometries } = await readFileLayer(readGeojson, join(HOME, "geojson", name));
  return {
    rows,
    columns: facts.columns.map(({ header, type }) => `${header} ${type}`),
    geometry: facts.geometry?.kind,
    srid: facts.geometry && "srid" in facts.geometry ? facts.geometry.srid : undefined,
    geometries,
    rejected: facts.rejected.rows.map(({ row }) => row),
  };
}

test("every file is told of", () => {
  const told = [...readFileSync(join(HOME, "README.md"), "utf8").matchAll(/^\| `([^`]+)` \|/gm)].map(
    ([, name]) => name,
  );
  expect(readdirSync(join(HOME, "geojson")).filter((name) => !told.includes(name))).toEqual([]);
});

describe("these end the import:", () => {
  test.each([
    ["empty.geojson", 1005, "The file is empty"],
    ["empty-array.json", 1005, "an empty array"],
    ["latin-1-only.geojson", 2007, "row 1: it is not UTF-8. Save the file as UTF-8"],
    ["nan.geojson", 3007, "line 5, character 43: expected a value, found NaN, which JSON has not: write null"],
    ["nan-coordinates.geojson", 3007, "line 4, character 97: expected a value, found NaN"],
    ["truncated.geojson", 3007, "found the end of the file. It may have been cut off there"],
    ["trailing.geojson", 3007, 'line 8, character 1: expected the end of the file, found "<"'],
    ["comma.geojson", 3007, 'line 6, character 1: expected a value, found "]"'],
    ["deep.geojson", 3007, "expected no more than 100 levels of nesting"],
    ["topology.json", 3007, 'its type is neither "Feature" nor that of a geometry'],
    ["esri.json", 3007, "its geometry has no type"],
    ["object.json", 3007, "it has no type"],
    ["page.geojson", 3007, 'expected an object or an array, found "<"'],
    ["crs-unknown.geojson", 3008, "urn:example:mars"],
    ["geometry-collection.geojson", 3201, "(row 1)"],
    ["collection-first.geojson", 3201, "(row 2)"],
  ])("%s with %i", async (name, code, words) => {
    await expect(read(name)).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
  });
});

describe("these make rows with a geometry:", () => {
  test.each([
    ["feature.geojson", [{ name: "Madrid", id: "m1" }]],
    [
      "feature-ids.geojson",
      [
        { n: "1", id: "w123" },
        { n: "2", id: "7" },
      ],
    ],
    ["geometry.geojson", [{}]],
    ["empty-collection.geojson", []],
    ["sequence.geojsons", [{ name: "Madrid" }, { name: "Paris" }]],
    [
      "lines.geojsonl",
      [
        { name: "Madrid", people: null },
        { name: "Lima", people: "10" },
      ],
    ],
    ["lines-named-geojson.geojson", [{ name: "Madrid" }, { name: "Lima" }]],
    ["feature-array.json", [{ name: "Madrid" }, { name: "Paris" }]],
    ["z-m.geojson", [{ n: "1" }, { n: "2" }]],
    ["collection-later.geojson", [{ n: "1" }, { n: "2" }]],
    [
      "nan-strings.geojson",
      [
        { v: "1.5", w: "Infinity" },
        { v: "NaN", w: "-Infinity" },
      ],
    ],
    ["antimeridian.geojson", [{ name: "Fiji" }, { name: "beyond" }]],
    ["swapped.geojson", [{ name: "Melbourne" }, { name: "Madrid" }]],
    ["poles.geojson", [{ name: "North" }, { name: "South" }]],
    [
      "nested.geojson",
      [
        { tags: '{"a":[1,2,{"b":"x y"}]}', list: "[]" },
        { tags: "plain", list: '["\\"","\\\\"]' },
      ],
    ],
    ["duplicate-names.geojson", [{ a: "2", b: "1" }]],
    ["nul.geojson", [{ name: "a\ufffdb", tags: '["\\u0000"]' }]],
    ["lone-surrogate.geojson", [{ name: "a\ufffd", pair: "😀" }]],
    ["escapes.geojson", [{ s: 'tab\t newline\n return\r quote" slash/ backslash\\ null\\N end\\.', u: "\n\\é" }]],
    ["bom.geojson", [{ name: "Málaga 😀" }]],
    ["utf-16-le.geojson", [{ name: "Málaga 😀" }]],
    ["utf-16-be.geojson", [{ name: "Málaga 😀" }]],
    ["crs-84.geojson", [{ name: "Madrid" }]],
    ["curve.geojson", [{ n: "1" }, { n: "2" }]],
    ["few-points.geojson", [{ n: "1" }, { n: "2" }, { n: "3" }]],
    ["empty-coordinates.geojson", [{ n: "1" }, { n: "2" }]],
    ["null-geometry.geojson", [{ n: "1" }, { n: "2" }, { n: "3" }]],
  ])("%s", async (name, rows) => {
    expect(await read(name)).toMatchObject({ rows, geometry: "geojson", srid: undefined, rejected: [] });
  });

  test.each([
    ["bad-line.ndjson", ["1", "3", "5"], [2, 5]],
    ["not-features.geojson", ["1", "6"], [2, 3, 4, 5]],
  ])("%s, some being rejected", async (name, numbers, rejected) => {
    expect(await read(name)).toMatchObject({ rows: numbers.map((n) => ({ n })), rejected });
  });

  test("latin-1.geojson, what is not UTF-8 being rejected", async () => {
    expect(await read("latin-1.geojson")).toMatchObject({ rows: [{ name: "Madrid" }], rejected: [1] });
  });

  test.each([
    ["crs-25830.geojson", 25830],
    ["crs-behind.geojson", 3857],
  ])("%s, in EPSG:%i", async (name, srid) => {
    expect(await read(name)).toMatchObject({ rows: [{ name: "Madrid" }], srid });
  });
});

describe("these have columns of the types of their values:", () => {
  test.each([
    [
      "feature-collection.geojson",
      [
        "name text",
        "people integer",
        "height double precision",
        "capital boolean",
        "founded date",
        "seen timestamp with time zone",
      ],
    ],
    ["big-integers.geojson", ["safe bigint", "long bigint", "huge numeric", "mixed numeric", "wild text"]],
    ["mixed-types.geojson", ["a text", "b text", "c text", "d text", "e text"]],
    [
      "names.geojson",
      [
        "😀 integer",
        "name text",
        "Name text",
        "select integer",
        "cartodb_id integer",
        "invalid_the_geom text",
        `${"l".repeat(64)} integer`,
        `${"l".repeat(64)}x integer`,
        " integer",
        'a"b\\c integer',
        "café integer",
        "__proto__ integer",
        "constructor integer",
        "tab\there integer",
      ],
    ],
  ])("%s", async (name, columns) => {
    expect((await read(name)).columns).toEqual(columns);
  });
});

describe("these are of objects that are no features:", () => {
  test.each([
    ["flat.ndjson", undefined, ["city text", "people integer", "country text"]],
    ["flat-array.json", undefined, ["city text", "people integer", "tags text"]],
    ["flat-array-lonlat.json", "lonlat", ["city text", "lat double precision", "lon double precision"]],
    ["flat-array-wkt.json", "wkt", ["city text"]],
  ])("%s", async (name, geometry, columns) => {
    const table = await read(name);

    expect(table.rows).toHaveLength(2);
    expect(table.geometry).toBe(geometry);
    expect(table.columns).toEqual(columns);
  });
});
