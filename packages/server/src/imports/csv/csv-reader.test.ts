import { randomUUID } from "node:crypto";
import { appendFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readCsvText, readFixture, summary } from "../../../../../test/support/csv-layer.ts";
import { readOptions } from "../../../../../test/support/read-layer.ts";
import { readCsv } from "./csv-reader.ts";

describe("encodings", () => {
  test.each(["utf8", "utf8-bom", "utf16le-bom", "utf16be-bom", "utf16le", "latin1"])(
    "%s gives the same rows",
    async (name) => {
      const { text } = await readFixture(`${name}.csv`);

      expect(text).toBe("1,Málaga,niño\n2,A Coruña,pingüino\n3,Cádiz,corazón\n");
    },
  );

  test.each([
    ["windows-1252", "1,Hôtel “Étoile”,100 € – élevé\n2,Café,l’été\n3,Crème brûlée,…\n"],
    ["windows-1250", "1,Łódź\n2,Kraków\n3,Gdańsk\n4,Poznań\n5,Święty Jerzy\n"],
    ["windows-1251", "1,Москва\n2,Санкт-Петербург\n3,Казань\n"],
    ["koi8-r", "1,Москва\n2,Санкт-Петербург\n3,Казань\n"],
    ["macintosh", "1,Málaga\r2,A Coruña\r3,Cádiz\r"],
    ["iso-8859-7", "1,Αθήνα\n2,Θεσσαλονίκη\n3,Πάτρα\n"],
    ["shift_jis", "1,東京都\n2,大阪府\n3,さっぽろ\n4,ソウル表示\n"],
    ["euc-kr", "1,서울특별시\n2,부산광역시\n3,대구\n"],
    ["gb18030", "1,北京市\n2,上海市\n3,广东省深圳市\n"],
    ["forced_encoding_LATIN2_encoding_cities", "1,Málaga\n2,Ľubľana\n"],
  ])("%s is told by its text, or by its name", async (name, expected) => {
    expect((await readFixture(`${name}.csv`)).text).toBe(expected);
  });

  test("characters that begin in one read and end in the next are whole", async () => {
    const row = "1,東京都-😀-Málaga\n";
    const count = Math.ceil(600_000 / Buffer.byteLength(row));
    const text = `id,name\n${row.repeat(count)}`;

    for (const source of [Buffer.from(text), Buffer.from(`\ufeff${text}`, "utf16le")]) {
      const { text: out, chunks } = await readCsvText(source);
      expect(out === row.repeat(count)).toBe(true);
      expect(chunks.length).toBeGreaterThan(1);
    }
  });

  test("text that is ASCII for long is still told by what follows", async () => {
    const ascii = "1,Malaga\n".repeat(60_000);
    const { text, facts } = await readCsvText(Buffer.from(`id,name\n${ascii}2,Málaga\n`, "latin1"));

    expect(facts.rows).toBe(60_001);
    expect(text.endsWith("\n2,Málaga\n")).toBe(true);
  });
});

describe("options", () => {
  test("without guessing all is text, and only a geometry that is named as one is found", async () => {
    const options = { typeGuessing: false };

    expect(summary(await readFixture("lonlat.csv", options))).toBe("id text, Latitude text, Longitude text; 3 rows");
    expect(summary(await readFixture("wkt.csv", options))).toBe("id text; wkt c2; 4 rows");
    expect(summary(await readFixture("wkt-unnamed.csv", options))).toBe("id text, where_it_is text; 2 rows");
    expect(summary(await readFixture("the-geom-empty.csv", options))).toBe("name text; 2 rows");
    expect(summary(await readFixture("the-geom-words.csv", options))).toBe("invalid_the_geom text, name text; 2 rows");
  });

  test("without guessing of quoted values a column with one is text, a named geometry is found nevertheless", async () => {
    const options = { quotedFieldsGuessing: false };

    expect(summary(await readFixture("quoted-numbers.csv", options))).toBe("a text, b integer, c text; 3 rows");
    expect(summary(await readFixture("wkt.csv", options))).toBe("id integer; wkt c2; 4 rows");
    expect(summary(await readFixture("wkt-unnamed.csv", options))).toBe("id integer, where_it_is text; 2 rows");
    expect(summary(await readCsvText('lat,lon\n"1","2"\n', options))).toBe("lat text, lon text; lonlat c2 c1; 1 rows");
  });

  test("decimal commas become points in columns of numbers alone", async () => {
    const { text, ...layer } = await readFixture("decimal-comma.csv", { decimalComma: true });

    expect(summary({ text, ...layer })).toBe("id integer, price double precision, mixed text, code text; 3 rows");
    expect(text).toBe("1;1.5;1,5;1,2,3\n2;-2.25;2.5;4\n3;3;3;5\n");
  });

  test("decimal commas work in quotes, in coordinates, in rows that are written anew, and beside bad rows", async () => {
    const rows = '"1,5",2,"x "y" z"\n3,"4,25",z\n1,2,3,4\n"5,5"\n"6,5",7\n';
    const { text, ...layer } = await readCsvText(`a,b,c\n${rows}`, { decimalComma: true });

    expect(text).toBe('"1.5",2,"x ""y"" z"\n3,"4.25",z\n"6.5",7,\n');
    expect(summary({ text, ...layer })).toBe("a double precision, b double precision, c text; 3 rows, without 4 5");
    expect(layer.rowOf(3)).toBe(6);
    expect(summary(await readFixture("lonlat-comma.csv", { decimalComma: true }))).toBe(
      "id integer, lat double precision, lon double precision; lonlat c3 c2; 2 rows",
    );
  });

  test("progress grows up to the file's size, also where it is read twice", async () => {
    const text = `a,b\n${"1,5\n".repeat(300_000)}`;
    for (const decimalComma of [false, true]) {
      const told: number[] = [];
      await readCsvText(text, { decimalComma, onProgress: (bytes) => told.push(bytes) });

      expect(told.length).toBeGreaterThan(3);
      expect(told).toEqual(told.toSorted((a, b) => a - b));
      expect(told.at(-1)).toBe(text.length);
    }
  });

  test("an abort ends the reading", async () => {
    const controller = new AbortController();
    const reading = readCsvText(`a,b\n${"1,5\n".repeat(300_000)}`, {
      signal: controller.signal,
      onProgress: (bytes) => {
        if (bytes > 500_000) controller.abort(new Error("enough"));
      },
    });

    await expect(reading).rejects.toThrow("enough");
  });
});

test("a layer is named after its file, and says how its rows are written", async () => {
  const { name, staging, copy } = await readFixture("tabs.tsv");

  expect(name).toBe("tabs");
  expect(copy).toEqual({ format: "csv", delimiter: "\t" });
  expect(staging).toEqual(["c1", "c2", "c3"].map((column) => ({ name: column, type: "text" })));
  expect((await readCsvText("a,b\n", { name: "Sales 2024.v2.csv" })).name).toBe("Sales 2024.v2");
});

test("rows know the line that they began in", async () => {
  const { rowOf } = await readFixture("quoted-newlines.csv");

  expect([1, 2, 3].map(rowOf)).toEqual([2, 4, 8]);
});

test("rows that are left out are all counted, and the first 100 listed", async () => {
  const { facts } = await readCsvText(`a,b\n1,2\n${"x\n".repeat(1_000)}`);

  expect(facts.rejected.count).toBe(1_000);
  expect(facts.rejected.rows).toHaveLength(100);
  expect(facts.rejected.rows[0]).toEqual({ row: 3, reason: "it has 1 field, the header has 2", text: "x" });
});

test("a file without a readable row says what is wrong with the first", async () => {
  await expect(readFixture("all-bad.csv")).rejects.toThrow(
    "None of the file's 2 rows could be read. The first is line 2: it has 3 fields, the header has 2.",
  );
});

test.each([
  ["a picture", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"],
  ["an archive", "PK\x03\x04\x14\0\0\0\x08\0a,b\n"],
  ["a header with a NUL", `a,b\0\n${"1,2\n".repeat(100)}`],
])("%s is refused as no text", async (_, text) => {
  await expect(readCsvText(Buffer.from(text, "latin1"))).rejects.toMatchObject({ code: 1002 });
});

test("a header whose quote is never closed is refused", async () => {
  await expect(readCsvText('a,"b\n1,2\n')).rejects.toMatchObject({
    code: 2003,
    message: expect.stringMatching("line 1"),
  });
});

test("a file of any size is read in little memory", async () => {
  const path = join(tmpdir(), `carto-csv-${randomUUID()}`);
  const rows = `${"1,2.5,some text,2024-01-01 10:00:00,true".padEnd(99)}\n`.repeat(10_000);
  await writeFile(path, `a,b,c,d,e\n`);
  for (let i = 0; i < 100; i++) await appendFile(path, rows);
  const before = process.memoryUsage.rss();
  let peak = 0;
  const onProgress = (): void => {
    peak = Math.max(peak, process.memoryUsage.rss());
  };

  let bytes = 0;
  for await (const { chunks } of readCsv({ path, name: "big.csv", size: 100e6 }, readOptions({ onProgress }))) {
    for await (const chunk of chunks) bytes += chunk.length;
  }
  await rm(path);

  expect(bytes).toBe(rows.length * 100);
  expect(peak - before).toBeLessThan(64e6);
});
