import { describe, expect, test } from "vitest";
import { oneDataview } from "../support/dataviews.ts";
import { engines, startWorld, type World } from "../support/world.ts";

/** A row a minute, from ten minutes before midnight to ten minutes after. */
const MINUTES = "select generate_series('2007-02-15 23:50'::timestamp, '2007-02-16 00:10', '1 minute') as at";

interface Dates {
  aggregation: string;
  offset: number;
  timestamp_start: number;
  bin_width: number;
  bins_count: number;
  bins_start: number;
  nulls: number;
  bins: { bin: number; freq: number; timestamp: number }[];
}

const ask = (world: World, query: string, params: string, options: object = {}): Promise<Dates> =>
  oneDataview<Dates>(world, { query, type: "histogram", options: { column: "at", ...options }, params });

const at = (iso: string): number => Date.parse(`${iso}Z`) / 1_000;

describe.each(engines)("histograms of dates on %s", (engine) => {
  test("have a bin for each unit that has rows", async () => {
    await using world = await startWorld(engine);
    expect(await ask(world, MINUTES, "?aggregation=day")).toEqual({
      aggregation: "day",
      offset: 0,
      timestamp_start: 1171497600,
      bin_width: 86400,
      bins_count: 2,
      bins_start: 1171497600,
      nulls: 0,
      bins: [
        { bin: 0, min: 1171497600, max: 1171497600, avg: 1171497600, freq: 10, timestamp: 1171497600 },
        { bin: 1, min: 1171584000, max: 1171584000, avg: 1171584000, freq: 11, timestamp: 1171584000 },
      ],
      type: "histogram",
    });
  });

  test("go by the days of another zone, and of an hour by none", async () => {
    await using world = await startWorld(engine);
    expect(await ask(world, MINUTES, "?aggregation=day&offset=-3600")).toMatchObject({
      offset: -3600,
      timestamp_start: 1171501200,
      bins_count: 1,
      bins: [{ bin: 0, freq: 21, timestamp: 1171501200 }],
    });
    expect(await ask(world, MINUTES, "?offset=-1800", { aggregation: "hour", offset: 3600 })).toMatchObject({
      offset: -1800,
      bins: [{ timestamp: 1171580400 }, { timestamp: 1171584000 }],
    });
    expect((await ask(world, MINUTES, "", { aggregation: "day", offset: 10800 })).bins).toHaveLength(1);
  });

  test("count empty units between the bounds, which are within", async () => {
    await using world = await startWorld(engine);
    const query = "select unnest(array['2020-01-15', '2020-04-01', '2021-03-31', null]::date[]) as at";
    expect(await ask(world, query, "?aggregation=month")).toMatchObject({
      timestamp_start: at("2020-01-01T00:00:00"),
      bin_width: 2592000,
      bins_count: 15,
      nulls: 1,
      bins: [{ bin: 0 }, { bin: 3 }, { bin: 14, timestamp: at("2021-03-01T00:00:00") }],
    });
    const bounds = `?aggregation=month&start=${at("2020-02-01T00:00:00")}&end=${at("2020-04-01T00:00:00")}`;
    expect(await ask(world, query, bounds)).toMatchObject({
      timestamp_start: at("2020-02-01T00:00:00"),
      bins_count: 3,
      bins_start: at("2020-04-01T00:00:00"),
      bins: [{ bin: 2, freq: 1 }],
    });
    expect(await ask(world, query, "?aggregation=second")).toMatchObject({
      bin_width: 1,
      bins_count: at("2021-03-31T00:00:00") - at("2020-01-15T00:00:00") + 1,
      bins: [{ bin: 0 }, {}, {}],
    });
  });

  test.each([
    ["week", 604800, [0, 11]],
    ["quarter", 7776000, [0, 1]],
    ["year", 31557600, [0]],
    ["decade", 315576000, [0]],
    ["century", 3155760000, [0]],
    ["millennium", 31557600000, [0]],
  ])("have bins of a %s", async (aggregation, width, bins) => {
    await using world = await startWorld(engine);
    const query = "select unnest(array['2020-01-15', '2020-04-01']::timestamptz[]) as at";
    const answer = await ask(world, query, `?aggregation=${aggregation}`);
    expect([answer.bin_width, answer.bins.map(({ bin }) => bin)]).toEqual([width, bins]);
  });

  test.each([
    ["1 second", 50, "second"],
    ["1 minute", 50, "minute"],
    ["1 hour", 99, "hour"],
    ["1 day", 90, "day"],
    ["1 week", 90, "week"],
    ["1 month", 90, "month"],
    ["1 year", 90, "year"],
    ["1 century", 9, "decade"],
  ])("choose a unit themselves for steps of %s", async (step, count, unit) => {
    await using world = await startWorld(engine);
    const query = `select timestamp '2000-01-01' + i * interval '${step}' as at from generate_series(0, ${count}) i`;
    expect((await ask(world, query, "?aggregation=auto")).aggregation).toBe(unit);
  });

  test("without a unit are those of seconds since 1970", async () => {
    await using world = await startWorld(engine);
    expect(await ask(world, MINUTES, "?bins=2")).toMatchObject({
      bin_width: 600,
      bins_start: at("2007-02-15T23:50:00"),
      bins: [{ freq: 10 }, { freq: 11 }],
    });
  });
});
