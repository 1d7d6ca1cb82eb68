import fc from "fast-check";
import { expect, test } from "vitest";
import { toCopyText } from "../../../../../test/support/result-stream.ts";
import { CopyTextWriter } from "./data-row.ts";

/** A DataRow's payload, behind `offset` other bytes. */
function dataRow(values: readonly (string | null)[], offset = 0): Buffer {
  const parts: Buffer[] = [Buffer.alloc(offset, 1), Buffer.alloc(2)];
  parts[1]?.writeInt16BE(values.length);
  for (const value of values) {
    const length = Buffer.alloc(4);
    length.writeInt32BE(value === null ? -1 : Buffer.byteLength(value));
    parts.push(length, Buffer.from(value ?? ""));
  }
  return Buffer.concat(parts);
}

test("rows are appended until they are taken", () => {
  const writer = new CopyTextWriter();
  expect(writer.take()).toBeUndefined();

  writer.writeDataRow(dataRow(["1", null, ""], 5), 5);
  writer.writeDataRow(dataRow(["a\tb\nc\rd\be\ff\vg\\h", "\\N"]), 0);

  const text = "1\t\\N\t\na\\tb\\nc\\rd\\be\\ff\\vg\\\\h\t\\\\N\n";
  expect(writer.length).toBe(text.length);
  expect(writer.take()?.toString()).toBe(text);
  expect(writer.length).toBe(0);
  expect(writer.take()).toBeUndefined();
});

test("a row without fields is an empty line", () => {
  const writer = new CopyTextWriter();
  writer.writeDataRow(dataRow([]), 0);
  expect(writer.take()?.toString()).toBe("\n");
});

test("what was taken does not change when more is written", () => {
  const writer = new CopyTextWriter();
  for (const size of [10, 3_000_000, 10]) {
    writer.writeDataRow(dataRow(["a".repeat(size)]), 0);
    const taken = writer.take();
    writer.writeDataRow(dataRow(["b".repeat(size)]), 0);
    expect(taken?.equals(Buffer.from(`${"a".repeat(size)}\n`))).toBe(true);
    writer.take();
  }
});

test("any values become what COPY writes", () => {
  const value = fc.option(
    fc.string({
      unit: fc.oneof(fc.constantFrom(..."\\\b\t\n\v\f\r"), fc.string({ minLength: 1, maxLength: 1, unit: "binary" })),
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.array(value, { minLength: 1 })), (rows) => {
      const writer = new CopyTextWriter();
      for (const row of rows) writer.writeDataRow(dataRow(row), 0);
      expect(writer.take()?.toString() ?? "").toBe(toCopyText(rows).toString());
    }),
    { numRuns: 500 },
  );
});
