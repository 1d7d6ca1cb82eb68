import fc from "fast-check";
import { loadModule, parseSync } from "libpg-query";
import { beforeAll, expect, test } from "vitest";
import { toColumnNames } from "./column-names.ts";

beforeAll(() => loadModule());

const nameOf = (header: string): string | undefined => toColumnNames([header])[0];

test.each([
  ["Field: 2", "field_2"],
  ["2 Items", "_2_items"],
  ["Acadia 1.2.3", "acadia_1_2_3"],
  ["_testingTesting", "_testingtesting"],
  ["SELECT", "_select"],
  ["column__1", "column_1"],
  ["Población (%)", "poblacion"],
  ["1.0", "_1_0"],
  ["日本", "_"],
  ["", "_"],
  ["  spaced   out  ", "spaced_out"],
  ["a - b -- c", "a_b_c"],
  ["a _ b", "a_b"],
  ["<b>Bold</b> name", "bold_name"],
  ["a < 5 and b > 3", "a_5_and_b_3"],
  ["R&amp;D", "r_d"],
  ["this & that", "this_that"],
  ["tab\tand\nnewline", "tab_and_newline"],
  ["ﬁeld ②", "field_2"],
  ["new", "_new"],
  ["xmin", "_xmin"],
  ["system_user", "_system_user"],
])("the header %j becomes the column %s", (header, name) => {
  expect(nameOf(header)).toBe(name);
});

test.each([
  ["Straße Øresund Łódź", "strasse_oresund_lodz"],
  ["Þingvellir æ œ đ", "thingvellir_ae_oe_d"],
  ["ISTANBUL İı", "istanbul_ii"],
  ["Население", "naselenie"],
  ["Ёжик Щука", "yozhik_shchuka"],
  // The same with marks of their own behind the letters.
  ["Йод Ёж".normalize("NFD"), "yod_yozh"],
  ["Київ Їжак", "kiyiv_yizhak"],
  ["Љубав", "ljubav"],
])("letters of %j are written in ASCII", (header, name) => {
  expect(nameOf(header)).toBe(name);
});

test("a header that comes again is numbered", () => {
  expect(toColumnNames(["201moore", "201moore", "201Moore", "a", "a_1", "a"])).toEqual([
    "_201moore",
    "_201moore_1",
    "_201moore_2",
    "a",
    "a_1",
    "a_2",
  ]);
  expect(toColumnNames(["日本", "", "東京", "foo_", "foo_"])).toEqual(["_", "_1", "_2", "foo_", "foo_1"]);
});

test("a long header is cut to 63 bytes, its number still in it", () => {
  const long = "x".repeat(100);
  expect(toColumnNames([long, `${long}y`])).toEqual(["x".repeat(63), `${"x".repeat(61)}_1`]);
});

test("columns that have a meaning keep their names", () => {
  const own = ["cartodb_id", "the_geom", "the_geom_webmercator", "ogc_fid", "created_at"];
  expect(toColumnNames(own)).toEqual(own);
  expect(toColumnNames(["CartoDB_ID", "The Geom", "cartodb_id"])).toEqual(["cartodb_id", "the_geom", "cartodb_id_1"]);
});

test("two thousand columns of one name are told apart at once", () => {
  const startedAt = performance.now();
  expect(new Set(toColumnNames(Array.from({ length: 2000 }, () => "name"))).size).toBe(2000);
  expect(performance.now() - startedAt).toBeLessThan(1000);
});

test.each([
  ["spaces", `a${" ".repeat(500_000)}b`],
  ["tags", "<a".repeat(300_000)],
  ["entities", "&a".repeat(300_000)],
  ["underscores", `${"_".repeat(500_000)}b`],
])("a header of a megabyte of %s takes no time", (_, header) => {
  const startedAt = performance.now();
  expect(nameOf(header)?.length).toBeLessThanOrEqual(63);
  expect(performance.now() - startedAt).toBeLessThan(1000);
});

/** Headers of all kinds: any text, words of SQL, and few letters so that there are many of one name. */
const anyHeader = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 80 }),
  fc.string({ unit: "binary", maxLength: 80 }),
  fc.constantFrom("select", "User", "table", "values", "between", "left", "json_table", "cartodb_id", "_", "a_1"),
  fc.string({ unit: fc.constantFrom("a", "_", "-", " ", "1", "é", "<", ">"), maxLength: 70 }),
);

test("any headers give names that are different, valid without quotes and at most 63 bytes", () => {
  fc.assert(
    fc.property(fc.array(anyHeader, { minLength: 1, maxLength: 30 }), (headers) => {
      const names = toColumnNames(headers);
      expect(names).toHaveLength(headers.length);
      expect(new Set(names).size).toBe(headers.length);
      for (const name of names) expect(name).toMatch(/^[a-z_][a-z0-9_]{0,62}$/);
      // PostgreSQL's own parser.
      parseSync(`CREATE TABLE t (${names.map((name) => `${name} text`).join(", ")})`);
      parseSync(`SELECT ${names.join(", ")} FROM t WHERE ${names.join(" || ")} > '' ORDER BY ${names.join(", ")}`);
    }),
    { numRuns: 500 },
  );
});

test("names that were made already stay as they are", () => {
  fc.assert(
    fc.property(fc.array(anyHeader, { maxLength: 30 }), (headers) => {
      const names = toColumnNames(headers);
      expect(toColumnNames(names)).toEqual(names);
    }),
    { numRuns: 500 },
  );
});
