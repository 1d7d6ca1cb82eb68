import { expect, test } from "vitest";
import { columnsOf, resultOf, toCopyText } from "../../../../test/support/result-stream.ts";
import { readRows } from "./rows.ts";

test("fields come as text, NULL as null, whatever their characters and wherever the chunks end", async () => {
  const columns = columnsOf({ a: "text", b: "int4" });
  const values = [
    ["tab\tnewline\nbackslash\\", "1"],
    [null, "2"],
    ["\\N", null],
    ["", "é"],
  ];
  const text = toCopyText(values);

  for (let cut = 1; cut < text.length; cut++) {
    expect(await readRows(resultOf(columns, [text.subarray(0, cut), text.subarray(cut)]))).toEqual(values);
  }
});

test("a result without rows, or without columns, is read as well", async () => {
  expect(await readRows(resultOf(columnsOf({ a: "text" }), []))).toEqual([]);
  expect(await readRows(resultOf([], [Buffer.from("\n\n")]))).toEqual([[], []]);
});
