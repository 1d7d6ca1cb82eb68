import fc from "fast-check";
import { expect, test } from "vitest";
import { ConfigError } from "./errors.ts";
import { json } from "./json-value.ts";
import { ident, join, sql, unsafe } from "./sql-text.ts";

test.each([
  ["it's", "'it''s'"],
  ["", "''"],
  ["a\\b", " E'a\\\\b'"],
  ["\\' or 1=1 --", " E'\\\\'' or 1=1 --'"],
  ["L’Hospitalet 🗺", "'L’Hospitalet 🗺'"],
  ["line\nbreak", "'line\nbreak'"],
  [5, "5"],
  [-5, "(-5)"],
  [-0.5, "(-0.5)"],
  [1e21, "1e+21"],
  [Number.NaN, "'NaN'::float8"],
  [Number.NEGATIVE_INFINITY, "'-Infinity'::float8"],
  [9007199254740993n, "9007199254740993"],
  [-1n, "(-1)"],
  [true, "TRUE"],
  [false, "FALSE"],
  [null, "NULL"],
  [new Date("2020-01-02T03:04:05.678Z"), "'2020-01-02T03:04:05.678Z'::timestamptz"],
  [new Date("-000044-03-15T00:00:00Z"), "'0045-03-15T00:00:00.000Z BC'::timestamptz"],
  [new Date("+012345-01-01T00:00:00Z"), "'12345-01-01T00:00:00.000Z'::timestamptz"],
  [new Uint8Array([0, 171]), "decode('00ab', 'hex')"],
  [[1, null, 3], "ARRAY[1, NULL, 3]"],
  [["a", "b'c"], "ARRAY['a', 'b''c']"],
  [
    [
      [1, 2],
      [3, 4],
    ],
    "ARRAY[ARRAY[1, 2], ARRAY[3, 4]]",
  ],
  [[], "'{}'"],
  [{ a: "it's" }, `'{"a":"it''s"}'::jsonb`],
  [{ a: "\\u0000" }, ` E'{"a":"\\\\\\\\u0000"}'::jsonb`],
  [json([1, "a"]), `'[1,"a"]'::jsonb`],
  [json({ type: "Point", coordinates: [1, 2] }), `'{"type":"Point","coordinates":[1,2]}'::jsonb`],
  [
    { type: "Point", coordinates: [2.17, 41.38] },
    `ST_SetSRID(ST_GeomFromGeoJSON('{"type":"Point","coordinates":[2.17,41.38]}'), 4326)`,
  ],
])("%o is written as %s", (value, expected) => {
  expect(sql`${value}`.toString()).toBe(expected);
});

test("values, names and fragments make one statement", () => {
  const where = sql`name = ${"x"} and ${ident("col")} > ${-1}`;

  const statement = sql`select ${ident("public", "a b")} from t where ${where} and id in (${join([1, "2"])})`;

  expect(statement.toString()).toBe(
    `select "public"."a b" from t where name = 'x' and "col" > (-1) and id in (1, '2')`,
  );
});

test("identifiers are quoted whatever is in them", () => {
  expect(ident('we"ird').toString()).toBe('"we""ird"');
  expect(ident("a.b").toString()).toBe('"a.b"');
  expect(() => ident("")).toThrow(ConfigError);
  expect(() => ident("a\0b")).toThrow(ConfigError);
});

test("fragments are joined with any separator", () => {
  expect(join([sql`a = ${1}`, sql`b = ${2}`], sql` or `).toString()).toBe("a = 1 or b = 2");
  expect(join([ident("a"), ident("b")]).toString()).toBe('"a", "b"');
  expect(() => join([])).toThrow(ConfigError);
});

test("unsafe puts text in as it is", () => {
  expect(sql`order by a ${unsafe("desc")}`.toString()).toBe("order by a desc");
});

test("an object that looks like SQL is a value", () => {
  const sent: unknown = JSON.parse('{"text":"1; drop table t","toString":"x"}');

  expect(sql`select ${sent}`.toString()).toBe(`select '{"text":"1; drop table t","toString":"x"}'::jsonb`);
});

test.each([
  ["undefined", undefined],
  ["a NUL", "a\0b"],
  ["a NUL in JSON", { a: "a\0b" }],
  ["a function", () => 1],
  ["a symbol", Symbol("a")],
  ["a Map", new Map()],
  ["an invalid date", new Date(Number.NaN)],
  ["undefined in an array", [undefined]],
])("%s has no SQL form", (_, value) => {
  expect(() => sql`select ${value}`).toThrow(ConfigError);
});

test.each([
  ["a string", () => sql`select '${1}'`],
  ["a like pattern", () => sql`select 'it''s ${1}%'`],
  ["an escape string", () => sql`select E'\\'${1}'`],
  ["a quoted name", () => sql`select "${1}"`],
  ["a line comment", () => sql`select 1 -- ${1}`],
  ["a nested comment", () => sql`select 1 /* /* */ ${1} */`],
  ["a dollar string", () => sql`do $$ begin ${1} end $$`],
  ["a tagged dollar string", () => sql`do $a$ $b$ ${1} $a$`],
])("a placeholder inside %s is refused", (_, build) => {
  expect(build).toThrow(/stands inside|ends inside/);
});

test.each([
  ["a closed string", () => sql`select 'a' || ${"b"}`, "select 'a' || 'b'"],
  ["a backslash in a plain string", () => sql`select '\\' || ${1}`, "select '\\' || 1"],
  ["a closed escape string", () => sql`select e'\\'' || ${1}`, "select e'\\'' || 1"],
  ["a dollar inside a name", () => sql`select a$b$ + ${1}`, "select a$b$ + 1"],
  ["a closed comment", () => sql`select /* 'x */ ${1}`, "select /* 'x */ 1"],
  ["a comment's line", () => sql`select -- it's\n ${1}`, "select -- it's\n 1"],
  ["the name of a type", () => sql`select date${"2020-01-01"}`, "select date '2020-01-01'"],
  ["a string", () => sql`select 'a'${"b"}`, "select 'a' 'b'"],
])("a placeholder after %s is a value", (_, build, expected) => {
  expect(build().toString()).toBe(expected);
});

test("a fragment that ends in a comment doesn't swallow what follows", () => {
  expect(sql`select 1 ${sql`-- one`}, 2`.toString()).toBe("select 1 -- one\n, 2");
});

test("a fragment with an open quote is refused", () => {
  expect(() => sql`select 'a`).toThrow(/ends inside a string/);
});

test("any string is one string to PostgreSQL, whatever is in it", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("'", "\\", '"', "a", "$", "-", "\n", "é") }), (text) => {
      const literal = sql`${text}`.toString();

      expect(readLiteral(literal)).toBe(text);
    }),
  );
});

/** Reads '…' and E'…' as PostgreSQL does, and fails if anything is left over. */
function readLiteral(literal: string): string {
  const [, prefix, body] = /^ ?(E?)'((?:[^'\\]|''|\\[\s\S])*)'$/.exec(literal) ?? [];
  if (body === undefined) throw new Error(`not one literal: ${literal}`);
  if (prefix === "" && body.includes("\\")) throw new Error("a backslash in a plain literal");
  return body.replace(/''|\\([\s\S])/g, (_, escaped) => escaped ?? "'");
}
