import { describe, expect, it } from "vitest";
import type { Cell } from "../output/cell.ts";
import { fromCsv, fromObjects, type TextRows, take } from "./rows.ts";

async function* chunks<T>(items: readonly T[], onEnd: () => void = () => {}): AsyncGenerator<T> {
  try {
    yield* items;
  } finally {
    onEnd();
  }
}

async function collect(rows: TextRows): Promise<Cell[][]> {
  const all: Cell[][] = [];
  for await (const batch of rows.batches) all.push(...batch);
  return all;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("take", () => {
  it("stops in the middle of a batch and ends the source", async () => {
    let ended = false;
    const seen: number[] = [];
    for await (const batch of take(
      chunks([[1, 2, 3], [4, 5, 6], [7]], () => (ended = true)),
      4,
    ))
      seen.push(...batch);
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(ended).toBe(true);
  });
});

describe("fromCsv", () => {
  it("gives columns and rows, whatever the chunks", async () => {
    const rows = await fromCsv(chunks([bytes("a,b\r\n1"), bytes(",x\r\n2,\r\n")]), {});
    expect(rows.columns).toEqual(["a", "b"]);
    expect(await collect(rows)).toEqual([
      ["1", "x"],
      ["2", null],
    ]);
  });

  it("picks columns in the order asked for, and the first rows", async () => {
    const rows = await fromCsv(chunks([bytes("a,b\n1,x\n2,y\n")]), { columns: ["b", "a"], limit: 1 });
    expect(await collect(rows)).toEqual([["x", "1"]]);
  });

  it("names the columns there are when one is missing", async () => {
    await expect(fromCsv(chunks([bytes("a,b\n")]), { columns: ["c"] })).rejects.toMatchObject({
      hint: "its columns are a, b",
    });
  });

  it("has neither columns nor rows when nothing comes", async () => {
    const rows = await fromCsv(chunks([]), { columns: ["a"] });
    expect(rows.columns).toEqual([]);
    expect(await collect(rows)).toEqual([]);
  });
});

describe("fromObjects", () => {
  it("takes the columns that the answer ends with when there is no row", async () => {
    const rows = await fromObjects({ batches: () => chunks([]), fields: { a: {}, b: {} } }, {});
    expect(rows.columns).toEqual(["a", "b"]);
    expect(await collect(rows)).toEqual([]);
  });

  it("takes the columns of the first row", async () => {
    const rows = await fromObjects(
      { batches: () => chunks([[], [{ a: 1, b: null }], [{ a: { c: 2 }, b: true }]]), fields: undefined },
      {},
    );
    expect(rows.columns).toEqual(["a", "b"]);
    expect(await collect(rows)).toEqual([
      ["1", null],
      ['{"c":2}', "true"],
    ]);
  });
});
