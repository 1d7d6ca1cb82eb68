import { PLACEHOLDER_TYPES, type PlaceholderType } from "@carto-ts/protocol";
import fc from "fast-check";
import { parseSync } from "libpg-query";
import { expect, test } from "vitest";
import { MapError } from "../map-error.ts";
import { fillSql } from "./fill-sql.ts";
import { placeholderValue } from "./placeholder-value.ts";

/** What a template's author may write around holes: everything that begins or ends something, and what may be beside it. */
const AROUND = [
  ..."'\"\\,()|-&+@_=1a \n",
  ..."E' e' U&' U&\" B' X' N' $$ $a$ $1 -- /* */ 1e a. '' :: é".split(" "),
  "uescape ",
  "from t where x=",
];
const HOLE = "<%= n %>";
/** Holes in all kinds of literals and names, whole or broken off by what else there is. */
const QUOTED = ["'0'", '"0"', "E'0'", "U&'0'", 'U&"0"', "B'0'", "N'0'", "$$0$$", "$a$0$a$", "/*0*/"].map((quoted) =>
  quoted.replace("0", () => HOLE),
);

const templates = fc
  .array(fc.constantFrom(...AROUND, ...QUOTED, ...QUOTED, HOLE, HOLE), { minLength: 1, maxLength: 12 })
  .map((pieces) => `select ${pieces.join("")}`)
  .filter((template) => template.includes(HOLE));

const TEXTS = [
  "\\' or 1=1 --",
  "'",
  '"',
  "\\",
  "$$",
  "$a$",
  "$&",
  "$`",
  "$'",
  "<%= other %>",
  HOLE,
  "/*",
  "*/",
  "--",
  ";",
  "\u2019",
  "\0",
];
const texts = fc
  .array(fc.oneof(fc.constantFrom(...TEXTS, "a", "5", "-", "\n", " or 1=1"), fc.string()), { maxLength: 6 })
  .map((pieces) => pieces.join(""));

const VALUES: Readonly<Record<PlaceholderType, fc.Arbitrary<unknown>>> = {
  sql_literal: texts,
  sql_ident: texts,
  number: fc.oneof(
    fc.double(),
    fc.integer(),
    fc.constantFrom("5", "-5", "+5", "-1e5", ".5", "-.5", "1.5", "007"),
    texts,
  ),
  css_color: fc.oneof(fc.constantFrom("red", "or", "null", "desc", "e", "#fff", "#abcdef"), texts),
};
const OTHER_VALUE: Readonly<Record<PlaceholderType, unknown>> = {
  sql_literal: "zz",
  sql_ident: "zz",
  number: 7,
  css_color: "zz",
};

/** The filled SQL; undefined where it is refused. */
function fill(template: string, type: PlaceholderType, value: unknown): string | undefined {
  try {
    return fillSql(template, new Map([["n", placeholderValue("n", { type, default: "x" }, value)]]));
  } catch (error) {
    if (error instanceof MapError) return undefined;
    throw error;
  }
}

/** The syntax tree without literals and names; undefined for what is no SQL. */
function skeleton(sql: string): string | undefined {
  let tree: unknown;
  try {
    tree = parseSync(sql);
  } catch {
    return undefined;
  }
  return JSON.stringify(tree, (key, value: unknown) => {
    if (/location$|stmt_len$/.test(key)) return undefined;
    if (key === "A_Const") return "literal";
    return ["sval", "relname", "name"].includes(key) ? "" : value;
  });
}

test.each(PLACEHOLDER_TYPES)("no value of type %s changes more of any SQL than a literal or a name", (type) => {
  const property = fc.property(templates, VALUES[type], (template, value) => {
    const filled = fill(template, type, value);
    const tree = filled === undefined ? undefined : skeleton(filled);
    if (tree === undefined) return;
    const other = skeleton(fill(template, type, OTHER_VALUE[type]) ?? "");
    // Some SQL takes a number in parentheses alone: no other value can tell what it is without this one.
    if (other !== undefined || type !== "number") expect(tree).toBe(other);
  });
  fc.assert(property, { numRuns: 5_000 });
});
