import { describe, expect, test } from "vitest";
import { rows, values } from "../../support/sql.ts";
import { engines, startWorld } from "../../support/world.ts";

/** The numbers from 1 to `n` that neither 5 nor 7 divides. */
const sieved = (n: number): string =>
  `(select array_agg(x::numeric) from generate_series(1, ${n}) as x where x % 5 <> 0 and x % 7 <> 0)`;

describe.each(engines)("class breaks on %s", (engine) => {
  test("quantiles", async () => {
    await using world = await startWorld(engine);

    const q = "select CDB_QuantileBins(array_agg(x::numeric), 10) from generate_series(0, 99) as x";
    expect(await values(world, q)).toEqual([[9, 19, 29, 39, 49, 59, 69, 79, 89, 99]]);
    expect(await values(world, "select CDB_QuantileBins(array[3, null, 1]::numeric[], 2)")).toEqual([[1, 3]]);
    expect(await values(world, "select CDB_QuantileBins('{}', 2)")).toEqual([null]);
  });

  test("equal intervals, in the arithmetic of the array's type", async () => {
    await using world = await startWorld(engine);

    const q = `select CDB_EqualIntervalBins(array[0, 10], 4), CDB_EqualIntervalBins(array[0, 10]::numeric[], 4) as n,
      CDB_EqualIntervalBins(array[0, 10]::float8[], 4) as f, CDB_EqualIntervalBins(array[null]::int[], 4) as e`;
    expect(await values(world, q)).toEqual([[2, 4, 6, 8], [2.5, 5, 7.5, 10], [2.5, 5, 7.5, 10], null]);
    const [bounds] = await values(world, `select CDB_EqualIntervalBins(${sieved(300)}, 7)`);
    expect((bounds as number[]).map((bound) => Number(bound.toFixed(7)))).toEqual([
      43.5714286, 86.1428571, 128.7142857, 171.2857143, 213.8571429, 256.4285714, 299,
    ]);
  });

  test("heads and tails", async () => {
    await using world = await startWorld(engine);

    expect(await values(world, "select CDB_HeadsTailsBins(array[1, 2, 3, 4, 10], 3)")).toEqual([[4, 10]]);
    expect(await values(world, "select CDB_HeadsTailsBins(array[2, null, 1], 3)")).toEqual([[1, 2]]);
    const [bounds] = await values(world, `select CDB_HeadsTailsBins(${sieved(100)}, 7)`);
    expect((bounds as number[]).map((bound) => Number(bound.toFixed(2)))).toEqual([
      49.56, 74.44, 87.5, 93.5, 96.5, 98, 99,
    ]);
  });

  test("natural breaks, as upper or lower bounds", async () => {
    await using world = await startWorld(engine);
    const numbers = "array[.99, 1, 1.01, null, 4.99, 5.01, 10.01, 10.01, 15.01, 14.99, 20.1, 19.9]";

    expect(await values(world, `select CDB_JenksBins(${numbers}, 5)`)).toEqual([[1.01, 5.01, 10.01, 15.01, 20.1]]);
    expect(await values(world, `select CDB_JenksBins(${numbers}, 5, 0, true)`)).toEqual([
      [0.99, 4.99, 10.01, 14.99, 19.9],
    ]);
    expect(await values(world, "select CDB_JenksBins(array[3, 1, 2, 2], 5), CDB_JenksBins('{}', 3) as e")).toEqual([
      [1, 2, 3],
      null,
    ]);
  });

  test("natural breaks are the best ones", async () => {
    await using world = await startWorld(engine);
    // All ways to cut a dozen values into three, by their squared distances from their class's mean.
    const best = `with v as (select array_agg(x order by x) as a from unnest(array[1, 2, 4, 7, 8, 20, 22, 23, 40, 41, 45, 60]) as x),
      cuts as (select i, j, a, (select sum(d) from (
        select (x - avg(x) over (partition by (n > i)::int + (n > j)::int)) ^ 2 as d
        from unnest(a) with ordinality as u (x, n)) as s) as cost
      from v, generate_series(1, 10) as i, generate_series(i + 1, 11) as j)
      select array[a[i], a[j], a[12]], CDB_JenksBins(a, 3) as ours from cuts order by cost limit 1`;

    const [expected, ours] = await values(world, best);
    expect(ours).toEqual(expected);
  });

  test("a hundred thousand numbers are classified in a few seconds at most", async () => {
    await using world = await startWorld(engine);
    const numbers = "(select array_agg(((x * 7919) % 100003)::numeric ^ 2) from generate_series(1, 100000) as x)";

    for (const method of ["Jenks", "Quantile", "HeadsTails", "EqualInterval"]) {
      const started = performance.now();
      const [bounds] = await values(world, `select CDB_${method}Bins(${numbers}, 7)`);
      expect(bounds).toHaveLength(7);
      expect(performance.now() - started, method).toBeLessThan(8_000);
    }
  });
});

describe.each(engines)("numbers, words and dates on %s", (engine) => {
  test("distributions have a shape", async () => {
    await using world = await startWorld(engine);
    const shape = async (expression: string): Promise<unknown> =>
      (
        await values(
          world,
          `select CDB_DistType(array_agg((${expression})::numeric)) from generate_series(-100, 100) as x`,
        )
      )[0];

    expect(await shape("x ^ 3")).toBe("A");
    expect(await shape("x")).toBe("F");
    expect(await shape("sqrt(x + 100)")).toBe("J");
    expect(await shape("(x + 100) ^ 2")).toBe("L");
    expect(await shape("sin(pi() * x / 200)")).toBe("U");
    expect(await shape("null")).toBe(null);
  });

  test("moments, the most frequent value, and the share of the most frequent ones", async () => {
    await using world = await startWorld(engine);

    const [kurtosis, skewness] = await values(
      world,
      "select CDB_Kurtosis(array_agg(x::numeric)), CDB_Skewness(array_agg(x::numeric)) from generate_series(1, 1000) as x",
    );
    expect(kurtosis).toBeCloseTo(-1.2, 4);
    expect(skewness).toBeCloseTo(0, 9);
    const mode =
      "select CDB_Math_Mode(x), CDB_Math_Mode(x::text) as t from unnest(array[3, 1, 2, 2, 3, null, null, null]) as x";
    expect(await values(world, mode)).toEqual([2, "2"]);
    const letters =
      "array_cat(array_fill('a'::text, array[9]), (select array_agg(n::text) from generate_series(1, 11) as n))";
    expect(
      await values(world, `select CDB_DistinctMeasure(${letters}), CDB_DistinctMeasure(${letters}, 0.9) as t`),
    ).toEqual([0.9, 1]);
    expect(await values(world, `select CDB_DistinctMeasure(${letters}, 0.95)`)).toEqual([0]);
  });

  test("dates become numbers, and texts dates", async () => {
    await using world = await startWorld(engine);

    expect(
      await values(
        world,
        `select CDB_DateToNumber('1999-01-08 00:00:00'::timestamp), CDB_DateToNumber('1999-01-08 00:00:00+00'::timestamptz) as z,
           CDB_StringToDate('1999-01-08')::text as a, CDB_StringToDate('915753600')::text as b, CDB_StringToDate('x') as c`,
      ),
    ).toEqual([915_753_600, 915_753_600, "1999-01-08 00:00:00", "1999-01-08 00:00:00", null]);
  });

  test("separators of digits are guessed", async () => {
    await using world = await startWorld(engine);
    await rows(world, 'create table t (none text, "c" text, d text, "C" text, "D" text, x text)');
    await rows(
      world,
      "insert into t values ('123', '1,2', '1.23', '1,234,567', '1.234,5', '1,234'), ('1', ',5', '1234.567', '9', '', '12,345')",
    );

    expect(await rows(world, "select f, (CDB_DigitSeparator('t', f)).* from CDB_ColumnNames('t') as f")).toEqual([
      { f: "none", t: null, d: null },
      { f: "c", t: ".", d: "," },
      { f: "d", t: ",", d: "." },
      { f: "C", t: ",", d: "." },
      { f: "D", t: ".", d: "," },
      { f: "x", t: null, d: null },
    ]);
  });

  test("row ids are spread over a table", async () => {
    await using world = await startWorld(engine);
    await rows(
      world,
      "create table t as select i, repeat('x', 100) as x from generate_series(1, 5000) as i; analyze t",
    );

    const q =
      "select count(*) as n, max(i) > 4000 as late, min(i) < 1000 as early from t where ctid in (select unnest(CDB_RandomTids('t', 50)))";
    const [found] = await rows(world, q);
    expect(found).toMatchObject({ late: true, early: true });
    expect(found?.["n"]).toBeGreaterThan(25);
  });
});
