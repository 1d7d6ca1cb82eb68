import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CSV_FIXTURES, readFixture, summary } from "../../../../../test/support/csv-layer.ts";

const PLACES = "id integer, name text, note text; 3 rows";
const NAMES = "id integer, name text; 3 rows";

const FIXTURES: Record<string, string> = {
  "utf8.csv": PLACES,
  "utf8-bom.csv": PLACES,
  "utf16le-bom.csv": PLACES,
  "utf16be-bom.csv": PLACES,
  "utf16le.csv": PLACES,
  "latin1.csv": PLACES,
  "windows-1252.csv": PLACES,
  "windows-1250.csv": "id integer, name text; 5 rows",
  "windows-1251.csv": NAMES,
  "koi8-r.csv": NAMES,
  "macintosh.csv": NAMES,
  "iso-8859-7.csv": NAMES,
  "shift_jis.csv": "id integer, name text; 4 rows",
  "euc-kr.csv": NAMES,
  "gb18030.csv": NAMES,
  "forced_encoding_LATIN2_encoding_cities.csv": "id integer, name text; 2 rows",
  "mixed-encodings.csv": "id integer, name text; 8 rows, without 6",

  "semicolon.csv": "id integer, name text, price text; 2 rows",
  "tabs.csv": "id integer, name text, note text; 2 rows",
  "tabs.tsv": "id integer, name text, note text; 2 rows",
  "pipes.csv": "id integer, name text, note text; 2 rows",
  "spaces.csv": "id integer, lat double precision, lon double precision; lonlat c3 c2; 2 rows",
  "sep-line.csv": "id integer, name text; 2 rows",
  "one-column.csv": "name text; 3 rows",
  "one-column-commas.csv": "address text; 3 rows",

  "ragged.csv": "a integer, b integer, c integer; 4 rows, without 4 6",
  "blank-lines.csv": "a integer, b integer; 2 rows",
  "crlf.csv": "a integer, b text; 2 rows",
  "lone-cr.csv": "a integer, b text; 3 rows",
  "mixed-line-ends.csv": "a integer, b text; 4 rows",
  "quoted-newlines.csv": "a integer, b text; 3 rows, without 9",
  "odd-quotes.csv": "id integer, name text; 7 rows",
  "unclosed-quote.csv": "id integer, name text; 3 rows, without 3 6",
  "end-marker.csv": "path text; 3 rows",
  "end-marker-columns.csv": "path text, b integer; 3 rows, without 4",
  "nul.csv": "id integer, name text; 2 rows, without 3",

  "header-only.csv": "id text, name text; 0 rows",
  "headers-duplicate.csv": "name text, Name text, name text, name  text; 1 rows",
  "headers-empty.csv": "id integer, field_2 integer, field_3 integer, name text; 1 rows",
  "headers-emoji.csv": "id integer, 😀 text, naïve 🏳️‍🌈 text, 日本 text; 1 rows",
  "headers-reserved.csv":
    "select integer, table integer, user integer, xmin integer, cartodb_id integer, ogc_fid integer, gid integer; 1 rows",
  "headers-long.csv": `${"a".repeat(64)} integer, ${"a".repeat(64)} integer, ${"a".repeat(63)}b integer; 1 rows`,
  "headers-quoted.csv": 'a, b integer, two\nlines integer, a "quote" integer; 1 rows',
  "columns-1597.csv": `${Array.from({ length: 1597 }, (_, i) => `c${i} integer`).join(", ")}; 1 rows`,

  "integers.csv":
    "small integer, edge integer, big bigint, edge_big bigint, huge numeric, wide_real numeric, signed integer; 2 rows",
  "leading-zeros.csv": "zip integer, phone bigint; 2 rows",
  "reals.csv": "a double precision, b double precision, c double precision, d text, e double precision; 2 rows",
  "decimal-comma.csv": "id integer, price text, mixed text, code text; 3 rows",
  "booleans.csv": "a boolean, b boolean, c boolean, d boolean, e integer; 2 rows",
  "booleans-mixed.csv": "a text, b text; 2 rows",
  "dates.csv":
    "day date, slashes date, short date, stamp timestamp with time zone, zone timestamp with time zone, " +
    "mixed timestamp with time zone, time time without time zone; 2 rows",
  "dates-invalid.csv": "day text, leap text, us text, zero text, hour text, zone text; 2 rows",
  "mixed-types.csv": "a text, b double precision, c text, d text, e text, f text, g text; 2 rows",
  "quoted-numbers.csv": "a integer, b integer, c text; 3 rows",
  "blanks.csv": "a integer,  b  integer, c text; 2 rows",
  "empty-cells.csv": "a integer, b text, c text; 3 rows",

  "lonlat.csv": "id integer, Latitude double precision, Longitude double precision; lonlat c3 c2; 3 rows",
  "lonlat-swapped.csv": "id integer, lat double precision, lon double precision; lonlat c3 c2; 2 rows",
  "lonlat-junk.csv": "id integer, lat text, lng text; lonlat c3 c2; 4 rows",
  "lonlat-words.csv": "id integer, lat text, long text; 2 rows",
  "lonlat-comma.csv": "id integer, lat text, lon text; 2 rows",
  "geometry-and-lonlat.csv": "lat integer, lon integer; wkt c3; 1 rows",
  "wkt.csv": "id integer; wkt c2; 4 rows",
  "wkt-late.csv": "id integer; wkt c2; 2 rows",
  "wkt-unnamed.csv": "id integer; wkt c2; 2 rows",
  "wkt-two-unnamed.csv": "id integer, begin text, finish text; 1 rows",
  "wkt-some-unnamed.csv": "id integer, place text; 2 rows",
  "wkt-kinds.csv": "id integer; wkt c2; 14 rows",
  "wkb.csv": "id integer; wkb c2; 3 rows",
  "ewkb.csv": "id integer; wkb c2; 2 rows",
  "ewkb-unnamed.csv": "id integer; wkb c2; 2 rows",
  "geojson-column.csv": "id integer; geojson c2; 2 rows",
  "geojson-unnamed.csv": "id integer; geojson c2; 2 rows",
  "geojson-features.csv": "id integer, geojson text; 1 rows",
  "kml-column.csv": "id integer; kml c2; 2 rows",
  "the-geom-words.csv": "invalid_the_geom text, name text; 2 rows",
  "the-geom-empty.csv": "name text; 2 rows",
  "webmercator.csv": "cartodb_id integer, name text; wkb c2; 1 rows",
};

const FAILURES: Record<string, number> = {
  "utf32le-bom.csv": 2002,
  "forced_encoding_KLINGON_encoding_cities.csv": 2002,
  "all-bad.csv": 2003,
  "empty.csv": 1005,
  "blank.csv": 1005,
  "columns-1598.csv": 2004,
  "columns-1600.csv": 2004,
};

describe("fixtures", () => {
  test("all of them are expected to be something, and described", () => {
    const files = readdirSync(CSV_FIXTURES).toSorted();
    const readme = readFileSync(join(CSV_FIXTURES, "../README.md"), "utf8").split(/^## /m);
    const described = readme.find((section) => section.startsWith("CSV\n"))?.matchAll(/^\| `([^`]+)`/gm) ?? [];

    expect(Object.keys({ ...FIXTURES, ...FAILURES }).toSorted()).toEqual(files);
    expect([...described].map(([, name]) => name).toSorted()).toEqual(files);
  });

  test.each(Object.entries(FIXTURES))("%s is read", async (name, expected) => {
    expect(summary(await readFixture(name))).toBe(expected);
  });

  test.each(Object.entries(FAILURES))("%s is refused with %d", async (name, code) => {
    await expect(readFixture(name)).rejects.toMatchObject({ name: "ImportError", code });
  });
});
