import { expect, test } from "vitest";
import { dispositionName } from "./content-disposition.ts";

/** A header as HTTP carries it: bytes of UTF-8. */
const utf8 = (text: string): string => Buffer.from(text).toString("latin1");

test.each([
  ['attachment; filename="cities.csv"', "cities.csv"],
  ["attachment;filename=cities.csv", "cities.csv"],
  ["ATTACHMENT; FileName = cities.csv ; x=y", "cities.csv"],
  ['attachment; filename="a \\"b\\"; c.csv"', 'a "b"; c.csv'],
  ["attachment; filename=\"plain.csv\"; filename*=UTF-8''na%C3%AFve.csv", "naïve.csv"],
  ["attachment; filename*=utf-8'en'a%20b.csv", "a b.csv"],
  ["attachment; filename*=iso-8859-1''na%EFve.csv", "naïve.csv"],
  ["attachment; filename=\"plain.csv\"; filename*=UTF-8''%FF.csv", "plain.csv"],
  ["attachment; filename=\"plain.csv\"; filename*=klingon''a.csv", "plain.csv"],
  ["attachment; filename*=broken; filename=plain.csv", "plain.csv"],
  [utf8('attachment; filename="población.csv"'), "población.csv"],
  ['attachment; filename="poblaci\xf3n.csv"', "población.csv"],
  ['attachment; filename="a%20b.csv"', "a b.csv"],
  ['attachment; filename="cities.csv', undefined],
  ["attachment", undefined],
  ["attachment; filename=", undefined],
  ["", undefined],
])("%j names %j", (header, name) => {
  expect(dispositionName(header)).toBe(name);
});

test("a hostile header takes no time", () => {
  const startedAt = performance.now();
  for (const header of [
    `;a="${'\\"'.repeat(50_000)}`,
    ';a="'.repeat(20_000),
    `;${" ".repeat(100_000)}`,
    "a=".repeat(50_000),
  ]) {
    dispositionName(header);
  }
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});
