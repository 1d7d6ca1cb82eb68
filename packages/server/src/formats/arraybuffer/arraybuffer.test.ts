import { expect, test } from "vitest";
import { decodeArrayBuffer } from "../../../../../test/support/array-buffer.ts";
import {
  columnsOf,
  cut,
  encodeOptions,
  resultOf,
  type TypeName,
  toCopyText,
} from "../../../../../test/support/result-stream.ts";
import { arraybuffer } from "./arraybuffer.ts";

async function encode(
  types: Record<string, TypeName>,
  rows: (string | null)[][],
  places: number[] = [],
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const result = resultOf(columnsOf(types), cut(toCopyText(rows), places));
  for await (const piece of arraybuffer.encode(result, encodeOptions()).chunks) pieces.push(piece);
  return Buffer.concat(pieces);
}

test("a document has a big-endian header, the names, and little-endian columns at multiples of four", async () => {
  const bytes = await encode({ a__int16: "int4", b: "text" }, [["-2", "é"]]);

  expect(bytes.toString("hex")).toBe(
    [
      "0000000b0000004a",
      ...["0000000a00000022", "0000000500000010", "61005f005f0069006e00740031003600", "0000000500000002", "6200"],
      "0000",
      ...["0000000400000002", "feff"],
      "0000",
      ...["0000000a0000000a", "0000000500000002", "e900"],
    ].join(""),
  );
});

test("columns are numbers by the end of their name, texts, and lists", async () => {
  const types = {
    id__int32: "int4",
    small__uint8: "int8",
    clamped__uintclamp8: "float8",
    x: "float8",
    ok: "bool",
    name: "text",
    day: "date",
    j: "jsonb",
    list__int16: "int4[]",
    words: "text[]",
    raw: "bytea",
  } as const;
  const rows = [
    ["-1", "255", "300.2", "1.5", "t", "a\tb😀", "2020-01-02", '{"a": 1}', "{1,-2,NULL}", '{a,"b c",NULL}', "\\x00ff"],
    [null, null, null, null, null, null, null, null, null, null, null],
  ];

  expect(decodeArrayBuffer(await encode(types, rows, [7, 30, 90]))).toEqual([
    Object.keys(types),
    [-1, 0],
    [255, 0],
    [255, 0],
    [1.5, Number.NaN],
    [1, 0],
    ["a\tb😀", ""],
    ["2020-01-02T00:00:00Z", ""],
    ['{"a":1}', ""],
    [[1, -2, 0], []],
    [["a", "b c", ""], []],
    [[0, 255], []],
  ]);
});

test("a number that its type can't hold is an error", async () => {
  await expect(encode({ a__uint8: "int4" }, [["256"]])).rejects.toMatchObject({
    status: 400,
    message: 'value 256 of column "a__uint8" is out of range for uint8',
  });
  await expect(encode({ a__int8: "float8" }, [["NaN"]])).rejects.toMatchObject({ status: 400 });
});

test("no rows are no bytes", async () => {
  expect(await encode({ a: "int4" }, [])).toHaveLength(0);
});

test("what gets larger than 64 MB is refused before anything is sent", async () => {
  const rows = Array.from({ length: 40 }, () => ["x".repeat(1 << 20)]);

  await expect(encode({ a: "text" }, rows)).rejects.toMatchObject({ status: 413 });
});
