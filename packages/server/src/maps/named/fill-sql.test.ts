import type { PlaceholderType } from "@carto-ts/protocol";
import { parseSync } from "libpg-query";
import { describe, expect, test } from "vitest";
import { MapError } from "../map-error.ts";
import { fillSql } from "./fill-sql.ts";
import { placeholderValue } from "./placeholder-value.ts";

function fill(template: string, type: PlaceholderType, value: unknown): string {
  const values = new Map([["n", placeholderValue("n", { type, default: "x" }, value)]]);
  return fillSql(template, values);
}

/** The same numbers for every run. */
function* random(): Generator<number, never> {
  for (let state = 20_261; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

const PIECES = ["'", '"', "\\", "$$", "$&", "$`", "$'", "<%= n %>", "<%= other %>", "/*", "*/", "--", ";", "\u0000"];
const OTHERS = [
  "\u2019",
  "\ue000",
  "\n",
  "\r",
  " ",
  "a",
  "é",
  "1",
  "-",
  "+",
  ".",
  "e",
  "E",
  "U&",
  "!bbox!",
  "😀",
  "\ud800",
];

function texts(): string[] {
  const numbers = random();
  const pieces = [...PIECES, ...OTHERS];
  const pick = (): string => pieces[Math.floor(numbers.next().value * pieces.length)] ?? "";
  const made = Array.from({ length: 400 }, () =>
    Array.from({ length: 1 + Math.floor(numbers.next().value * 8) }, pick).join(""),
  );
  const plain = ["5", "-5", "+5", "1e5", "-.5", "10.5", "1e-7", "red", "#fff", "or", "it's", "x' OR 1=1 --", '"; drop'];
  return [...pieces, ...plain, ...made];
}

/** Templates with a hole in every kind of place. */
const TEMPLATES = [
  "select * from t where a = '<%= n %>' and b",
  "select * from t where a = 'x<%= n %>' '' and b",
  `select "<%= n %>" from t`,
  `select 1 as "a<%= n %>b" from t`,
  "select a from t where b > <%= n %> and c",
  "select 10 -<%= n %> from t",
  "select 10 - -<%= n %> from t",
  "select a from t<%= n %> where c",
  "select 1<%= n %> from t",
  "select E'a<%= n %>b' from t",
  "select E'a'\n 'b<%= n %>' from t",
  "select U&'a<%= n %>b' from t",
  `select U&"a<%= n %>b" from t`,
  "select $$ <%= n %> $$ from t",
  "select $a<%= n %>$ '<%= n %>' $a5$ from t",
  "select $a5$ $a<%= n %>$ x $a5$ from t",
  "select 1 /* <%= n %> */ from t",
  "select 1 /* /* */ <%= n %> */ from t",
  "select 1 -- <%= n %>\n from t",
  "select '--', '<%= n %>' from t",
  "select '/*', \"<%= n %>\", '*/' from t",
  "select 'a''<%= n %>' from t",
  "select '\\', '<%= n %>' from t",
  "select a$b$ , '<%= n %>' , c$b$ from t",
];

/** A tree without places in the text, its values and names told apart by `mark` alone. */
const shapeOf = (sql: string, mark: string): string =>
  JSON.stringify(parseSync(sql), (key, value: unknown) => {
    if (/location$|stmt_len$/.test(key)) return undefined;
    return value === mark ? "FILLED" : value;
  });

const SENTINEL: Record<PlaceholderType, string> = {
  sql_literal: "zz",
  sql_ident: "zz",
  css_color: "zz",
  number: "7",
};

describe.each(Object.keys(SENTINEL) as PlaceholderType[])("a placeholder of type %s", (type) => {
  test.each(TEMPLATES)("never changes the SQL around it: %s", (template) => {
    for (const text of texts()) {
      let filled: string;
      try {
        filled = fill(template, type, text);
      } catch (error) {
        expect(error).toBeInstanceOf(MapError);
        continue;
      }
      const expected = skeleton(fill(template, type, SENTINEL[type]));
      expect(skeleton(filled), `${template} with ${JSON.stringify(text)}`).toBe(expected);
    }
  });
});

/** The tree without any values and names. */
function skeleton(sql: string): string {
  let tree: unknown;
  try {
    tree = parseSync(sql);
  } catch {
    return "no SQL";
  }
  return JSON.stringify(tree, (key, value: unknown) => {
    if (/location$|stmt_len$/.test(key)) return undefined;
    if (key === "A_Const") return "constant";
    return ["sval", "relname", "name", "ival", "fval"].includes(key) ? "" : value;
  });
}

test("what comes in is the value of its literal, character by character", () => {
  for (const text of ["it's", "$&", "$`", "$' or 1=1 --", "\\", "<%= n %>", "/*", "\u2019"]) {
    expect(shapeOf(fill("select * from t where a = '<%= n %>'", "sql_literal", text), text)).toBe(
      shapeOf("select * from t where a = 'zz'", "zz"),
    );
  }
});

test.each([
  ["dashes behind a literal", `select e'a'${"--".repeat(500)} <%= n %>`],
  ["dollars in a name", `select ${"a$b$".repeat(50_000)} <%= n %>`],
  ["names with dollars", `select ${"a$b$ ".repeat(50_000)} <%= n %>`],
  ["lines behind literals", `select ${"e'a'\n--\n\n".repeat(20_000)} <%= n %>`],
])("%s take no longer than other text", (_, template) => {
  const startedAt = performance.now();
  fill(template, "number", 1);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});

test("a negative number is in parentheses, for a minus before it would begin a comment", () => {
  expect(fill("select 10 -<%= n %>", "number", -5)).toBe("select 10 -(-5)");
  expect(fill("select 10 +<%=n%>", "number", "+5")).toBe("select 10 +5");
  expect(fill("select '<%= n %>'", "number", "-5")).toBe("select '-5'");
  expect(fill("select layer_<%= n %>.a from t", "number", 3)).toBe("select layer_3.a from t");
});

test.each<[PlaceholderType, unknown, string]>([
  ["number", "1; drop", "Invalid number value for template parameter 'n': 1; drop"],
  ["number", null, "Invalid number value for template parameter 'n': null"],
  ["css_color", "not a colour;", "Invalid css_color value for template parameter 'n': not a colour;"],
  ["css_color", "#ff", "Invalid css_color value for template parameter 'n': #ff"],
  ["sql_literal", "a\0b", "Invalid sql_literal value for template parameter 'n': a\0b"],
  ["sql_literal", { toString: 1 }, `Invalid sql_literal value for template parameter 'n': {"toString":1}`],
  ["unknown" as PlaceholderType, "a", "Invalid placeholder type 'unknown'"],
  [
    "sql_literal",
    "a",
    "sql_literal placeholder 'n' must stand between plain single quotes, not in the code of the SQL",
  ],
])("%s %j is refused in words", (type, value, message) => {
  expect(() => fill("select <%= n %>", type, value)).toThrow(message);
});
