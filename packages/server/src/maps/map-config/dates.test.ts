import { expect, test } from "vitest";
import { numberDates } from "./dates.ts";

test("dates become seconds, in their places", () => {
  const columns = { allColumns: ["a", 'the "day"', "g"], dateColumns: ['the "day"'] };
  expect(numberDates("select * from t -- all", columns)).toBe(
    `SELECT "a", date_part('epoch', "the ""day""") AS "the ""day""", "g" FROM (select * from t -- all\n) AS _cdb_dated`,
  );
});

test("a query without dates stays as it is", () => {
  expect(numberDates("select 1 a", { allColumns: ["a"], dateColumns: [] })).toBe("select 1 a");
});
