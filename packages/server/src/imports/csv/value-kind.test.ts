import { expect, test } from "vitest";
import { BIGINT, BOOLEAN, COMMA, DATE, HUGE, INTEGER, LONG, REAL, TEXT, TIME, TIMESTAMP, valueType } from "./kinds.ts";
import { kindOf } from "./value-kind.ts";

const NAMES = new Map(
  Object.entries({ INTEGER, BIGINT, LONG, HUGE, REAL, COMMA, BOOLEAN, DATE, TIMESTAMP, TIME, TEXT }).map(
    ([name, kind]) => [kind, name],
  ),
);

/** What `value` is when it stands between others. */
function kindName(value: string): string | undefined {
  const bytes = Buffer.from(`7;${value};7`);
  return NAMES.get(kindOf(bytes, 2, bytes.length - 2));
}

test.each([
  ["INTEGER", ["0", "-0", "+5", "007", "2147483647", "-2147483648", " 5 ", "0000000000000000000000000012"]],
  ["BIGINT", ["2147483648", "-2147483649", "9007199254740992", "-9007199254740992", "000002147483648"]],
  ["LONG", ["9007199254740993", "9223372036854775807", "-9223372036854775808"]],
  ["HUGE", ["9223372036854775808", "-9223372036854775809", "9".repeat(1000)]],
  ["REAL", ["1.5", ".5", "5.", "-.5", "+1e5", "1E-5", "1.5e+300", "0e999", "1e-300", "0.000", `${"1".repeat(300)}.5`]],
  ["COMMA", ["1,5", "-0,25", "+3,0"]],
  ["BOOLEAN", ["t", "F", "y", "N", "yes", "No", "TRUE", "false", "True"]],
  ["DATE", ["2024-02-29", "2000-02-29", "2024/2/9", "0001-01-01", "9999-12-31", " 2024-01-01 "]],
  [
    "TIMESTAMP",
    [
      "2024-01-31 10:00",
      "2024-01-31T10:00:00",
      "2024/1/31 9:00:00.123456789",
      "2024-01-31T10:00:00Z",
      "2024-01-31 10:00:00+02",
      "2024-01-31 10:00:00 -0330",
      "2024-01-31 10:00:00+15:59",
      "2024-01-31 10:00:00 UTC",
    ],
  ],
  ["TIME", ["9:30", "09:30", "23:59:59", "09:30:00.5"]],
  ["TEXT", ["", " ", "a", "-", "+", ".", "e5", "1e", "1e+", "1.5.2", "--5", "1-2", "12a", "1 2", "0x10", "NaN", "inf"]],
  ["TEXT", ["1e400", "-1e400", "1e-400", `1${"0".repeat(400)}.5`, "9".repeat(1001), "$5", "5%", "1,", ",5", "1,5,5"]],
  ["TEXT", ["tr", "ye", "nope", "falsy", "true1", "tt", "on", "off"]],
  ["TEXT", ["2023-02-29", "1900-02-29", "2024-04-31", "2024-13-01", "2024-00-01", "2024-01-00", "0000-01-01"]],
  ["TEXT", ["2024-01", "2024-01-", "2024-1-123", "2024-01/02", "24-01-01", "02/01/2020", "12024-01-01"]],
  ["TEXT", ["2024-01-01T", "2024-01-01 24:00", "2024-01-01 10", "2024-01-01 10:60", "2024-01-01 10:00:60"]],
  ["TEXT", ["2024-01-01 10:00:00.", "2024-01-01 10:00+16", "2024-01-01 10:00+2", "2024-01-01 10:00 CET"]],
  ["TEXT", ["24:00", "9:3", "09:30:", "09:30:60", "09:30:00.", "123:00", "+9:30", "09:30:00+02"]],
])("%s: %j", (kind, values) => {
  expect(values.map((value) => [value, kindName(value)])).toEqual(values.map((value) => [value, kind]));
});

const type = (...kinds: number[]): string =>
  valueType(
    kinds.reduce((all, kind) => all | kind, 0),
    { decimalComma: false },
  );

test("a column has the smallest type that takes all its values", () => {
  expect(type(INTEGER)).toBe("integer");
  expect(type(INTEGER, BIGINT)).toBe("bigint");
  expect(type(LONG)).toBe("bigint");
  expect(type(INTEGER, HUGE)).toBe("numeric");
  expect(type(INTEGER, BIGINT, REAL)).toBe("double precision");
  expect(type(DATE)).toBe("date");
  expect(type(DATE, TIMESTAMP)).toBe("timestamp with time zone");
  expect(type(TIME)).toBe("time without time zone");
  expect(type(BOOLEAN)).toBe("boolean");
});

test("an integer that a double would round beside fractions makes a column numeric", () => {
  expect(type(LONG, REAL)).toBe("numeric");
  expect(type(HUGE, REAL)).toBe("numeric");
});

test("a column without values, or of several kinds of them, is text", () => {
  expect(type()).toBe("text");
  for (const [a, b] of [
    [INTEGER, BOOLEAN],
    [INTEGER, DATE],
    [DATE, TIME],
    [TIMESTAMP, TIME],
    [REAL, TEXT],
    [BOOLEAN, TEXT],
  ]) {
    expect(type(a ?? 0, b ?? 0)).toBe("text");
  }
});

test("decimal commas are numbers where that is asked for, and not beside decimal points", () => {
  expect(type(COMMA)).toBe("text");
  expect(valueType(COMMA | INTEGER, { decimalComma: true })).toBe("double precision");
  expect(valueType(COMMA | LONG, { decimalComma: true })).toBe("numeric");
  expect(valueType(COMMA | REAL, { decimalComma: true })).toBe("text");
  expect(valueType(REAL, { decimalComma: true })).toBe("double precision");
});
