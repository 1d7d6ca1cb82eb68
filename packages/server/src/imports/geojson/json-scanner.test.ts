import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JsonScanner, Unexpected } from "./json-scanner.ts";

/** What the scanner says of a text: whether all of it is one value, and where it stopped if it isn't. */
function scan(text: string): true | number {
  const scanner = new JsonScanner();
  scanner.bytes = Buffer.from(`${text}\0`);
  const end = scanner.bytes.length - 1;
  try {
    const behind = scanner.skipSpace(scanner.skipValue(scanner.skipSpace(0), 0));
    return behind === end ? true : behind;
  } catch (error) {
    if (error instanceof Unexpected) return error.at;
    throw error;
  }
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test.each([
  "null",
  " true ",
  "-0",
  "1e5",
  "1E+5",
  "1.50e-7",
  '""',
  '"\\u00e9\\"\\\\\\/\\b\\f\\n\\r\\t"',
  "[]",
  "{}",
  '{"":[{"":[]}]}',
  "\t[\r\n1 , 2 ]\n",
  '"\u007f"',
])("%j is JSON", (text) => {
  expect(scan(text)).toBe(true);
});

test.each([
  ["", 0],
  ["nul", 3],
  ["nulL", 3],
  ["True", 0],
  ["NaN", 0],
  ["-Infinity", 1],
  ["+1", 0],
  [".5", 0],
  ["1.", 2],
  ["1.e5", 2],
  ["1e", 2],
  ["1e+", 3],
  ["01", 1],
  ["0x1", 1],
  ["'a'", 0],
  ['"a', 2],
  ['"a\nb"', 2],
  ['"a\tb"', 2],
  ['"\\x41"', 2],
  ['"\\u12G4"', 5],
  ["[1,]", 3],
  ["[,1]", 1],
  ["[1 2]", 3],
  ["[1", 2],
  ["[1}", 2],
  ['{"a":1,}', 7],
  ['{"a" 1}', 5],
  ['{"a":}', 5],
  ["{a:1}", 1],
  ["{1:1}", 1],
  ['{"a":1]', 6],
  ["[1]]", 3],
  ["1 // no", 2],
  ["/* no */ 1", 0],
  ["\ufeff1", 0],
  ["\u00a01", 0],
  ["\f1", 0],
])("%j is no JSON from byte %i on", (text, at) => {
  expect(scan(text)).toBe(at);
});

test("100 levels of nesting are taken, and one more is not", () => {
  expect(scan("[".repeat(100) + "]".repeat(100))).toBe(true);
  expect(scan("[".repeat(101) + "]".repeat(101))).toBe(100);
  expect(scan('{"a":'.repeat(1_000_000))).toBe(500);
});

describe("of random texts", () => {
  const pieces = fc.constantFrom(
    ...'{}[]:,"\\ \n0123456789-+.eEnulltruefalseu00e9',
    '"a"',
    '"a":',
    "null",
    "true",
    "12.5e3",
    "é",
    "\t",
  );

  test("those are taken that JSON.parse takes", () => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const text = parts.join("");
        expect(scan(text) === true).toBe(parses(text));
      }),
      { numRuns: 3_000 },
    );
  });

  test("those are taken that JSON.parse takes, when JSON was changed at one place", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), pieces, fc.boolean(), (json, place, piece, instead) => {
        const at = place % (json.length + 1);
        const text = json.slice(0, at) + piece + json.slice(instead ? at + 1 : at);
        expect(scan(text) === true).toBe(parses(text));
      }),
      { numRuns: 3_000 },
    );
  });
});
