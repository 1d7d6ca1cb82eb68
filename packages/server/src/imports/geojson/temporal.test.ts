import { expect, test } from "vitest";
import { DATE, NO_TIME, TIME, TIMESTAMP, temporalKind } from "./temporal.ts";

function kindOf(text: string): number {
  // Digits around it must not count.
  const bytes = Buffer.from(`1${text}1`);
  return temporalKind(bytes, 1, bytes.length - 1);
}

test.each(["2024-02-29", "2024/02/29", "0001-01-01", "9999-12-31", "2000-02-29"])("%s is a date", (text) => {
  expect(kindOf(text)).toBe(DATE);
});

test.each([
  "2024-02-29T10:00",
  "2024-02-29T10:00:00",
  "2024-02-29 10:00:00",
  "2024-02-29T10:00:00Z",
  "2024-02-29T10:00:00.123456Z",
  "2024-02-29T10:00:00+02",
  "2024-02-29T10:00:00-0230",
  "2024/02/29 23:59:59.9+14:00",
])("%s is a timestamp", (text) => {
  expect(kindOf(text)).toBe(TIMESTAMP);
});

test.each(["10:00:00", "23:59:59.999"])("%s is a time", (text) => {
  expect(kindOf(text)).toBe(TIME);
});

test.each([
  "",
  "2024",
  "2024-02",
  "20240229",
  "2023-02-29",
  "1900-02-29",
  "2024-13-01",
  "2024-00-10",
  "2024-04-31",
  "0000-01-01",
  "2024-02/29",
  "24-02-2024",
  "02/29/2024",
  "2024-02-29x",
  "2024-02-29T",
  "2024-02-29T10",
  "2024-02-29T1:00",
  "2024-02-29T24:00",
  "2024-02-29T10:60",
  "2024-02-29T10:00:60",
  "2024-02-29T10:00:0",
  "2024-02-29T10:00:00.",
  "2024-02-29T10:00:00ZZ",
  "2024-02-29T10:00:00+",
  "2024-02-29T10:00:00+2",
  "2024-02-29T10:00:00+15:00",
  "2024-02-29T10:00:00+02:",
  "2024-02-29T10:00:00+02:60",
  "2024-02-29T10:00:00 CET",
  "10:00",
  "24:00:00",
  "10:00:00Z",
  "2024-0x-01",
])("%j is no point in time", (text) => {
  expect(kindOf(text)).toBe(NO_TIME);
});
