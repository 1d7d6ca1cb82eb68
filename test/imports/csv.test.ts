import { readdirSync } from "node:fs";
import type { Carto } from "@carto-ts/sdk/node";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TEXT, valueType } from "../../packages/server/src/imports/csv/kinds.ts";
import { kindOf } from "../../packages/server/src/imports/csv/value-kind.ts";
import { CSV_FIXTURES, type ReadLayer, readCsvText, readFixture } from "../support/csv-layer.ts";
import { engines, startWorld } from "../support/world.ts";

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Copies a layer into a staging table, and says how many rows the database took. */
async function stage(carto: Carto, { staging, copy, chunks }: ReadLayer, table = "staging"): Promise<number> {
  const columns = staging.map(({ name, type }) => `${name} ${type}`);
  await carto.sql.query(`DROP TABLE IF EXISTS ${table}`);
  await carto.sql.query(`CREATE TABLE ${table} (_row bigserial, ${columns.join(", ")})`);
  const delimiter = copy.format === "csv" ? quoted(copy.delimiter) : "";
  const into = `${table} (${staging.map(({ name }) => name).join(", ")})`;
  const sql = `COPY ${into} FROM STDIN WITH (FORMAT csv, ENCODING 'UTF8', DELIMITER ${delimiter})`;
  return (await carto.copy.from(sql, chunks)).total_rows;
}

/** The rows of a staging table as they were staged, without their numbers. */
async function staged(carto: Carto, table = "staging"): Promise<(string | null)[][]> {
  const { rows } = await carto.sql.query(`SELECT * FROM ${table} ORDER BY _row`);
  return rows.map(({ _row, ...cells }) => Object.values(cells) as (string | null)[]);
}

/** The staged values as their columns' types. */
async function cast(carto: Carto, { facts }: ReadLayer): Promise<unknown[][]> {
  const values = facts.columns.map(({ at, type }, i) => `nullif(${at.column}, '')::${type}::text AS v${i}`);
  const { rows } = await carto.sql.query(`SELECT ${["_row", ...values].join(", ")} FROM staging ORDER BY _row`);
  return rows.map(({ _row, ...cells }) => Object.values(cells));
}

async function readAll(): Promise<[string, ReadLayer][]> {
  const read: [string, ReadLayer][] = [];
  for (const name of readdirSync(CSV_FIXTURES)) {
    const layer = await readFixture(name).catch(() => undefined);
    // The COPY endpoint refuses to copy nothing.
    if (layer !== undefined && layer.facts.rows > 0) read.push([name, layer]);
  }
  return read;
}

describe.each(engines)("CSV on %s", (engine) => {
  test("the rows of every fixture are taken, and all their values have the type of their column", async () => {
    await using world = await startWorld(engine);
    for (const [name, layer] of await readAll()) {
      expect([name, await stage(world.carto, layer)]).toEqual([name, layer.facts.rows]);
      expect([name, (await cast(world.carto, layer)).length]).toEqual([name, layer.facts.rows]);
    }
  });

  test.each<[string, (string | null)[][]]>([
    [
      "odd-quotes.csv",
      [
        ["1", '5" pipe'],
        ["2", "b, c"],
        ["3", 'he said "no" again'],
        ["4", '"Foo" Ltd.'],
        ["5", 'a""b'],
        ["6", ""],
        ["7", "d"],
      ],
    ],
    [
      "quoted-newlines.csv",
      [
        ["1", "two\nlines"],
        ["2", 'a "quote", a comma\nand\n\nmore'],
        ["3", "x"],
      ],
    ],
    [
      "empty-cells.csv",
      [
        ["1", null, ""],
        [null, "x", null],
        ["3", "", null],
      ],
    ],
    ["end-marker.csv", [["a"], ["\\."], ["b"]]],
    [
      "end-marker-columns.csv",
      [
        ["a", "1"],
        ["\\.", null],
        ["\n\\.\n", "2"],
      ],
    ],
    [
      "lone-cr.csv",
      [
        ["1", "x"],
        ["2", "y\rz"],
        ["3", "w"],
      ],
    ],
    [
      "crlf.csv",
      [
        ["1", "x"],
        ["2", "y\r\nz"],
      ],
    ],
    [
      "ragged.csv",
      [
        ["1", "2", "3"],
        ["4", "5", null],
        ["7", "8", "9"],
        ["14", "15", "16"],
      ],
    ],
    [
      "pipes.csv",
      [
        ["1", "a, b", "c"],
        ["2", "d", "e|f"],
      ],
    ],
    ["one-column-commas.csv", [["Calle Mayor 1, Madrid"], ["Plaza Nueva"], ["Rúa 3, 2º, Vigo"]]],
    [
      "shift_jis.csv",
      [
        ["1", "東京都"],
        ["2", "大阪府"],
        ["3", "さっぽろ"],
        ["4", "ソウル表示"],
      ],
    ],
  ])("the cells of %s arrive as they are meant", async (name, expected) => {
    await using world = await startWorld(engine);
    await stage(world.carto, await readFixture(name));

    expect(await staged(world.carto)).toEqual(expected);
  });

  test("numbers and times keep what they say", async () => {
    await using world = await startWorld(engine);
    const integers = await readFixture("integers.csv");
    await stage(world.carto, integers);
    expect(await cast(world.carto, integers)).toEqual([
      ["1", "2147483647", "9007199254740993", "9223372036854775807", "9223372036854775808", "9007199254740993", "5"],
      ["-2", "-2147483648", "-9007199254740993", "-9223372036854775808", "123456789012345678901234567890", "1.5", "0"],
    ]);

    const dates = await readFixture("dates.csv");
    await stage(world.carto, dates);
    const [first] = await cast(world.carto, dates);
    expect(first?.slice(0, 3)).toEqual(["2024-02-29", "2024-01-31", "2024-01-05"]);

    const commas = await readFixture("decimal-comma.csv", { decimalComma: true });
    await stage(world.carto, commas);
    expect((await cast(world.carto, commas)).map((row) => row[1])).toEqual(["1.5", "-2.25", "3"]);
  });

  test("geometries are what PostGIS reads", async () => {
    await using world = await startWorld(engine);
    const read: Record<string, string> = {
      "wkt.csv": "ST_GeomFromEWKT(c2)",
      "wkb.csv": "c2::geometry",
      "ewkb.csv": "c2::geometry",
      "geojson-column.csv": "ST_GeomFromGeoJSON(c2)",
    };
    const points: unknown[] = [];
    for (const [name, expression] of Object.entries(read)) {
      await stage(world.carto, await readFixture(name));
      const text = `ST_AsText(ST_Force2D(${expression}))`;
      const { rows } = await world.carto.sql.query(
        `SELECT ${text} AS g FROM staging WHERE c2 <> '' ORDER BY _row LIMIT 2`,
      );
      points.push(rows.map(({ g }) => g));
    }

    expect(points).toEqual([
      ["POINT(-3.7 40.4)", "LINESTRING(0 0,1 1)"],
      ["POINT(0 0)", "POINT(-3.7 40.4)"],
      ["POINT(-3.7 40.4)", "POINT(1 2)"],
      ["POINT(-3.7 40.4)", "LINESTRING(0 0,1 1)"],
    ]);
  });

  test("any table arrives as it was written", async () => {
    await using world = await startWorld(engine);
    const unit = fc.constantFrom("a", "1", '"', ",", ";", "\t", "|", " ", "\n", "\r", "\\", ".", "é", "😀");
    const cell = fc.oneof(fc.constant(null), fc.string({ unit, maxLength: 8 }));
    const tables = fc.array(fc.tuple(cell, cell, fc.constant("x")), { minLength: 1, maxLength: 200 });
    const dialects = fc.record({
      delimiter: fc.constantFrom(",", "\t", ";", "|"),
      lineEnd: fc.constantFrom("\n", "\r\n", "\r"),
    });
    await fc.assert(
      fc.asyncProperty(tables, dialects, async (rows, { delimiter, lineEnd }) => {
        const write = (value: string | null): string => (value === null ? "" : `"${value.replaceAll('"', '""')}"`);
        const lines = rows.map((row) => row.map(write).join(delimiter) + lineEnd);
        const header = ["a", "b", "c"].join(delimiter) + lineEnd;

        const layer = await readCsvText(header + lines.join(""));
        expect(layer.facts.rejected.count).toBe(0);
        expect(await stage(world.carto, layer)).toBe(rows.length);
        expect(await staged(world.carto)).toEqual(rows);
      }),
      { numRuns: 15 },
    );
  });

  test("every value that has a kind can be cast to the type of it", async () => {
    await using world = await startWorld(engine);
    const number = fc
      .tuple(
        fc.constantFrom("", "-", "+"),
        fc.string({ unit: fc.constantFrom(..."0123456789.,"), maxLength: 24, size: "max" }),
      )
      .map(([sign, digits]) => sign + digits);
    const integer = fc
      .tuple(fc.constantFrom("", "-", "+00"), fc.bigInt({ min: 0n, max: 10n ** 24n }))
      .map((parts) => parts.join(""));
    const exponent = fc.tuple(number, fc.integer({ min: -400, max: 400 })).map(([base, power]) => `${base}e${power}`);
    const two = fc.integer({ min: 0, max: 62 }).map((n) => String(n).padStart(2, "0"));
    const small = fc.integer({ min: 0, max: 32 }).map(String);
    const date = fc
      .tuple(fc.integer({ min: 0, max: 9999 }), fc.constantFrom("-", "/"), small, small)
      .map(([year, mark, month, day]) => [String(year).padStart(4, "0"), month, day].join(mark));
    const time = fc
      .tuple(small, two, fc.option(two), fc.constantFrom("", ".5", ".123456789"))
      .map(([h, m, s, fraction]) => `${h}:${m}${s === null ? "" : `:${s}${fraction}`}`);
    const zone = fc.oneof(
      fc.constantFrom("", "Z", " UTC", "z"),
      fc
        .tuple(fc.constantFrom("+", "-", " +"), two, fc.constantFrom("", "00", ":30", ":59"))
        .map((parts) => parts.join("")),
    );
    const stamp = fc.tuple(date, fc.constantFrom("T", " ", "t"), time, zone).map((parts) => parts.join(""));
    const word = fc.constantFrom("t", "F", "yes", "No", "TRUE", "y", "n", "tru");
    const value = fc
      .oneof(number, integer, exponent, date, time, stamp, word)
      .chain((text) => fc.constantFrom(text, ` ${text} `));

    const cases = fc.sample(value, 20_000).flatMap((text) => {
      const bytes = Buffer.from(`${text};`);
      const kind = kindOf(bytes, 0, bytes.length - 1);
      const type = valueType(kind, { decimalComma: true });
      return kind === TEXT ? [] : [{ text: type === "double precision" ? text.replace(",", ".") : text, type }];
    });
    const types = [...new Set(cases.map(({ type }) => type))];
    expect(types.toSorted()).toEqual([
      "bigint",
      "boolean",
      "date",
      "double precision",
      "integer",
      "numeric",
      "time without time zone",
      "timestamp with time zone",
    ]);
    for (const type of types) {
      const texts = cases.filter((one) => one.type === type).map(({ text }) => quoted(text));
      const { rows } = await world.carto.sql.query(
        `SELECT count(t::${type})::int AS n FROM unnest(ARRAY[${texts.join(", ")}]) AS t`,
      );
      expect([type, rows[0]?.["n"]]).toEqual([type, texts.length]);
    }
  });
});
