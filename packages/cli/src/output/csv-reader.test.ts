import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Cell } from "./cell.ts";
import { encodeCsv } from "./csv.ts";
import { firstRecord, readCsv } from "./csv-reader.ts";

async function readAll(text: string, chunk = 7): Promise<Cell[][]> {
  const bytes = new TextEncoder().encode(text);
  async function* source(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
  }
  const records: Cell[][] = [];
  for await (const batch of readCsv(source())) records.push(...batch);
  return records;
}

describe("readCsv", () => {
  it("reads any line end, and a last line without one", async () => {
    expect(await readAll("a,b\r\n1,2\n3,4\r5,6")).toEqual([
      ["a", "b"],
      ["1", "2"],
      ["3", "4"],
      ["5", "6"],
    ]);
  });

  it("takes an unquoted empty field for NULL and a quoted one for the empty string", async () => {
    expect(await readAll(',""\r\n')).toEqual([[null, ""]]);
  });

  it("reads quotes, commas and lines inside of quotes", async () => {
    expect(await readAll('"say ""hi""","a,b","x\r\ny"\r\n')).toEqual([['say "hi"', "a,b", "x\r\ny"]]);
  });

  it("reads nothing from nothing", async () => {
    expect(await readAll("")).toEqual([]);
  });

  it("reads what encodeCsv wrote, wherever the chunks are cut", async () => {
    const cell = fc.option(fc.string({ unit: "grapheme" }), { nil: null });
    const records = fc.array(fc.array(cell, { minLength: 2, maxLength: 2 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(records, fc.integer({ min: 1, max: 9 }), async (rows, chunk) => {
        const text = rows.map((row) => encodeCsv(row)).join("");
        expect(await readAll(text, chunk)).toEqual(rows.map((row) => row.map(wellFormed)));
      }),
    );
  });

  it("reads a record of megabytes in many chunks in linear time", async () => {
    const long = "x".repeat(8_000_000);
    expect(await readAll(`id,geom\n1,"${long}"\n`, 16_384)).toEqual([
      ["id", "geom"],
      ["1", long],
    ]);
  });
});

describe("firstRecord", () => {
  it("waits for the end of the line", () => {
    expect(firstRecord("a,b", false, ",")).toBeUndefined();
    expect(firstRecord("a,b", true, ",")).toEqual({ cells: ["a", "b"], length: 3 });
    expect(firstRecord('"a;x";b\r\n1;2', false, ";")).toEqual({ cells: ["a;x", "b"], length: 9 });
  });
});

function wellFormed(cell: Cell): Cell {
  return cell === null ? null : new TextDecoder().decode(new TextEncoder().encode(cell));
}
