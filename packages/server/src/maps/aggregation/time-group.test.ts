import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestDatabase, type TestDatabase } from "../../../../../test/support/engine.ts";
import { rowsOf } from "../../../../../test/support/layer-rows.ts";
import { engines } from "../../../../../test/support/world.ts";
import { readTimeGroup, timeGroupSql } from "./time-group.ts";

/** A Thursday. */
const DATE = "2007-02-15T01:02:03.5Z";
/** A Saturday, the first day of a quarter. */
const OTHER = "2017-07-01T23:59:59Z";

describe.each(engines)("groups of times on %s", (id) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase(id);
  });
  afterAll(() => database?.[Symbol.asyncDispose]());

  /** The groups that times are in. */
  async function groupsOf(
    group: object,
    { format, times = [DATE, OTHER] }: { format?: string; times?: string[] } = {},
  ): Promise<unknown[]> {
    const read = readTimeGroup(group, format, (message) => {
      throw new Error(message);
    });
    const columns = times.map((time, at) => `${timeGroupSql(read, `timestamptz '${time}'`)} as c${at}`);
    const [row] = await rowsOf(database, `select ${columns.join(", ")}`);
    return Object.values(row ?? {});
  }

  test.each([
    ["dayOfWeek", [4, 6]],
    ["dayOfMonth", [15, 1]],
    ["dayOfYear", [46, 182]],
    ["hourOfDay", [1, 23]],
    ["monthOfYear", [2, 7]],
    ["quarterOfYear", [1, 3]],
    ["semesterOfYear", [1, 2]],
    ["trimesterOfYear", [1, 2]],
    ["weekOfYear", [7, 26]],
    ["minuteOfHour", [2, 59]],
  ])("%s comes again", async (units, groups) => {
    expect(await groupsOf({ units })).toEqual(groups);
  });

  test("weeks begin on Mondays, and Sunday is the seventh day", async () => {
    const times = ["2007-02-18T12:00:00Z", "2007-02-19T12:00:00Z", "2007-01-01T00:00:00Z", "2006-12-31T23:00:00Z"];
    expect(await groupsOf({ units: "dayOfWeek" }, { times })).toEqual([7, 1, 1, 7]);
    expect(await groupsOf({ units: "weekOfYear" }, { times })).toEqual([7, 8, 1, 52]);
  });

  test("half and third parts of a year end with their months", async () => {
    const times = ["2007-04-30T00:00:00Z", "2007-05-01T00:00:00Z", "2007-06-30T00:00:00Z", "2007-09-01T00:00:00Z"];
    expect(await groupsOf({ units: "trimesterOfYear" }, { times })).toEqual([1, 2, 2, 3]);
    expect(await groupsOf({ units: "semesterOfYear" }, { times })).toEqual([1, 1, 1, 2]);
  });

  test.each([
    ["second", [3723, 328_665_599]],
    ["minute", [62, 5_477_759]],
    ["hour", [1, 91_295]],
    ["day", [1, 3_804]],
    ["week", [1, 544]],
    ["month", [1, 126]],
    ["quarter", [1, 43]],
    ["semester", [1, 21]],
    ["trimester", [1, 32]],
    ["year", [1, 11]],
    ["decade", [0, 1]],
    ["century", [1, 1]],
    ["millennium", [1, 1]],
  ])("%s is counted from where it starts", async (units, groups) => {
    expect(await groupsOf({ units, starting: "2007-02-15" }, { times: [DATE, "2017-07-15T23:59:59Z"] })).toEqual(
      groups,
    );
  });

  test.each([
    ["day", [732_722, 736_511]],
    ["week", [104_675, 105_216]],
    ["month", [24_074, 24_199]],
    ["quarter", [8_025, 8_067]],
    ["semester", [4_013, 4_034]],
    ["trimester", [6_019, 6_050]],
    ["year", [2007, 2017]],
    ["decade", [200, 201]],
    ["century", [21, 21]],
    ["millennium", [3, 3]],
  ])("%s is counted from the year 1 where nothing is said", async (units, groups) => {
    expect(await groupsOf({ units })).toEqual(groups);
    expect(await groupsOf({ units, starting: "long ago" })).toEqual(groups);
  });

  test("several units are one group, which begins where numbers do", async () => {
    const times = ["2007-01-01T00:00:00Z", "2007-03-31T00:00:00Z", "2007-04-01T00:00:00Z"];
    expect(await groupsOf({ units: "month", count: 3, starting: "2007" }, { times })).toEqual([1, 1, 2]);
    const hours = ["2007-01-01T00:30:00Z", "2007-01-01T05:59:59Z", "2007-01-01T06:00:00Z"];
    expect(await groupsOf({ units: "hour", count: 6, starting: "2007-01-01T00" }, { times: hours })).toEqual([0, 0, 1]);
  });

  test.each([
    ["second", ["2007-02-15T01:02:03", "2017-07-01T23:59:59"]],
    ["minute", ["2007-02-15T01:02", "2017-07-01T23:59"]],
    ["hour", ["2007-02-15T01", "2017-07-01T23"]],
    ["day", ["2007-02-15", "2017-07-01"]],
    ["week", ["2007-W07", "2017-W26"]],
    ["month", ["2007-02", "2017-07"]],
    ["quarter", ["2007-Q1", "2017-Q3"]],
    ["semester", ["2007S1", "2017S2"]],
    ["trimester", ["2007t1", "2017t2"]],
    ["year", ["2007", "2017"]],
    ["decade", ["D200", "D201"]],
    ["century", ["C21", "C21"]],
    ["millennium", ["M3", "M3"]],
  ])("%s has a text", async (units, groups) => {
    expect(await groupsOf({ units }, { format: "iso" })).toEqual(groups);
  });

  test.each([
    [3600, [2, 0]],
    ["3600", [2, 0]],
    [-7200, [23, 21]],
    ["Asia/Kolkata", [6, 5]],
    ["america/new_york", [20, 19]],
    ["utc", [1, 23]],
  ])("hours are those of the time zone %j", async (timezone, groups) => {
    expect(await groupsOf({ units: "hourOfDay", timezone })).toEqual(groups);
  });

  test("a time zone that there isn't is told, and gets nowhere", async () => {
    await expect(groupsOf({ units: "hourOfDay", timezone: "x', now()) || (select 'y" })).rejects.toThrow(
      `time zone "x', now()) || (select 'y" not recognized`,
    );
  });
});
