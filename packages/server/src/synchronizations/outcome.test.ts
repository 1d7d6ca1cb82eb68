import { expect, test } from "vitest";
import { type ImportOptions, newImport } from "../imports/import.ts";
import { outcomeOf } from "./outcome.ts";

const OPTIONS: ImportOptions = {
  typeGuessing: true,
  quotedFieldsGuessing: true,
  contentGuessing: false,
  createVis: false,
  decimalComma: false,
  privacy: undefined,
  collision: undefined,
};
const begun = newImport({ kind: "url", url: "http://example.org/a.csv", since: {} }, OPTIONS);
const complete = { ...begun, state: "complete", version: { etag: '"v1"' } } as const;
const failure = { ...begun, state: "failure", failure: { code: 1100, message: "There is no file." } } as const;

test("a run that loaded something names its table, and the next comes after the interval", () => {
  const tables = [{ id: "t", name: "a", visualization_id: "v", rows: 1 }];
  const sync = { id: "s", table: undefined, name: undefined, columns: ["n"] };

  expect(outcomeOf({ intervalS: 900, retriedTimes: 4 }, { ...complete, tables, sync })).toEqual({
    state: "success",
    version: { etag: '"v1"' },
    loaded: { tableId: "t", columns: ["n"] },
    waitS: 900,
  });
});

test("a run that found the file it knew is a success without a table", () => {
  expect(outcomeOf({ intervalS: 0, retriedTimes: 0 }, complete)).toMatchObject({
    state: "success",
    loaded: undefined,
    waitS: null,
  });
});

test("a failure is told as the import tells it", () => {
  expect(outcomeOf({ intervalS: 900, retriedTimes: 0 }, failure)).toEqual({
    state: "failure",
    code: 1100,
    message: "Download file not found There is no file.",
    waitS: 900,
  });
});

test("pauses double after each failure, up to a day, and never below the interval", () => {
  const pause = (intervalS: number, retriedTimes: number): number | null =>
    outcomeOf({ intervalS, retriedTimes }, failure).waitS;

  expect([0, 1, 2, 6, 7, 9].map((times) => pause(900, times))).toEqual([900, 1800, 3600, 57_600, 86_400, 86_400]);
  expect([0, 1, 9].map((times) => pause(604_800, times))).toEqual([604_800, 604_800, 604_800]);
  expect(pause(0, 3)).toBeNull();
});

test("a run that nobody remembers has failed", () => {
  expect(outcomeOf({ intervalS: 900, retriedTimes: 0 }, undefined)).toMatchObject({ state: "failure", code: 9999 });
});
