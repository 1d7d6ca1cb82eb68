import fc from "fast-check";
import { expect, test } from "vitest";
import { cleanFileName } from "./file-name.ts";

test.each([
  ["cities.csv", "cities.csv"],
  ["Sales 2024.csv", "Sales 2024.csv"],
  ["../../etc/passwd", "passwd"],
  ["/etc/passwd", "passwd"],
  ["C:\\Users\\me\\cities.csv", "cities.csv"],
  ["C:cities.csv", "cities.csv"],
  ["\\\\server\\share\\cities.csv", "cities.csv"],
  ["..", ""],
  [".", ""],
  ["...", ""],
  [".htaccess", "htaccess"],
  ["a/", ""],
  ["ci\0ties.csv\0.exe", "cities.csv.exe"],
  ["cities\r\nSet-Cookie: a=b.csv", "citiesSet-Cookie: a=b.csv"],
  ["\u202Evsc.seitic", "vsc.seitic"],
  ["ci\u200Bties\uFEFF.csv", "cities.csv"],
  ["e\u0301.csv", "\u00E9.csv"],
  ["\uD800cities.csv", "cities.csv"],
  ["  cities.csv  ", "cities.csv"],
])("%j is known as %j", (given, name) => {
  expect(cleanFileName(given)).toBe(name);
});

test("a long name is cut to 255 bytes and keeps its extension", () => {
  expect(cleanFileName(`${"x".repeat(300)}.csv`)).toBe(`${"x".repeat(251)}.csv`);
  expect(cleanFileName(`${"日".repeat(300)}.csv.gz`)).toBe(`${"日".repeat(82)}.csv.gz`);
});

test("no name has a folder, a control character or more than 255 bytes, and a clean one stays as it is", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme", minLength: 200 })), (given) => {
      const name = cleanFileName(given);
      expect(name).not.toMatch(/[/\\\p{Cc}\p{Cf}]|^\.|[\uD800-\uDBFF](?![\uDC00-\uDFFF])/u);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
      expect(cleanFileName(name)).toBe(name);
    }),
    { numRuns: 1000 },
  );
});
