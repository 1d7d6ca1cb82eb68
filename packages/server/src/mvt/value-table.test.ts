import fc from "fast-check";
import { PbfReader } from "pbf";
import { expect, test } from "vitest";
import { type ValueKind, ValueTable } from "./value-table.ts";

type Typed = [kind: ValueKind, value: string | number | boolean | bigint];

/** A value as PostgreSQL's binary form has it. */
function binary([kind, value]: Typed): Buffer {
  if (kind === "text") return Buffer.from(value as string);
  const bytes = Buffer.alloc({ bool: 1, int2: 2, int4: 4, float4: 4, int8: 8, float8: 8 }[kind]);
  if (kind === "bool") bytes.writeUInt8(value ? 1 : 0);
  else if (kind === "int2") bytes.writeInt16BE(value as number);
  else if (kind === "int4") bytes.writeInt32BE(value as number);
  else if (kind === "int8") bytes.writeBigInt64BE(value as bigint);
  else if (kind === "float4") bytes.writeFloatBE(value as number);
  else bytes.writeDoubleBE(value as number);
  return bytes;
}

/** Adds values, with other bytes around them; returns their numbers. */
function addAll(table: ValueTable, values: readonly Typed[]): number[] {
  return values.map((value) => {
    const bytes = Buffer.concat([Buffer.from("xy"), binary(value), Buffer.from("z")]);
    return table.add(value[0], bytes, { start: 2, end: bytes.length - 1 });
  });
}

/** A value as it was read: the field of the message, and what it holds. */
function readValue(pbf: PbfReader): [field: number, value: unknown] {
  const end = pbf.readVarint() + pbf.pos;
  const tag = pbf.readVarint();
  const field = tag >> 3;
  if (field === 1) return [field, pbf.readString()];
  if (field === 2) return [field, pbf.readFloat()];
  if (field === 3) return [field, pbf.readDouble()];
  if (field === 7) return [field, pbf.readBoolean()];
  let varint = 0n;
  for (let shift = 0n; pbf.pos < end; shift += 7n) varint |= BigInt((pbf.buf[pbf.pos++] as number) & 127) << shift;
  return [field, field === 6 ? (varint >> 1n) ^ -(varint & 1n) : varint];
}

function readTable({ out }: ValueTable): [field: number, value: unknown][] {
  const pbf = new PbfReader(out.bytes.slice(0, out.at));
  const values: [number, unknown][] = [];
  while (pbf.pos < pbf.length) {
    expect(pbf.readVarint()).toBe(0x22);
    values.push(readValue(pbf));
  }
  return values;
}

test("each type has the field that ST_AsMVT gives it", () => {
  const table = new ValueTable();
  addAll(table, [
    ["text", "Málaga"],
    ["text", ""],
    ["float4", 1.5],
    ["float8", 0.1],
    ["int2", 32767],
    ["int2", -32768],
    ["int4", 2147483647],
    ["int4", -2147483648],
    ["int8", 9223372036854775807n],
    ["int8", -9223372036854775808n],
    ["int8", 9007199254740993n],
    ["bool", true],
    ["bool", false],
  ]);
  expect(readTable(table)).toEqual([
    [1, "Málaga"],
    [1, ""],
    [2, 1.5],
    [3, 0.1],
    [5, 32767n],
    [6, -32768n],
    [5, 2147483647n],
    [6, -2147483648n],
    [5, 9223372036854775807n],
    [6, -9223372036854775808n],
    [5, 9007199254740993n],
    [7, true],
    [7, false],
  ]);
});

test("equal values of one kind are one, whatever the integers' width", () => {
  const table = new ValueTable();
  const numbers = addAll(table, [
    ["int2", 7],
    ["int4", 7],
    ["int8", 7n],
    ["float8", 7],
    ["text", "7"],
    ["text", "7"],
    ["float8", 7],
    ["float4", 7],
  ]);
  expect(numbers).toEqual([0, 0, 0, 1, 2, 2, 1, 3]);
});

const typed: fc.Arbitrary<Typed> = fc.oneof(
  fc.tuple(fc.constant<"text">("text"), fc.oneof(fc.string({ unit: "grapheme" }), fc.constant("a".repeat(200)))),
  fc.tuple(fc.constant<"int4">("int4"), fc.integer()),
  fc.tuple(fc.constant<"int8">("int8"), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  fc.tuple(fc.constant<"float8">("float8"), fc.double({ noNaN: true })),
  fc.tuple(fc.constant<"bool">("bool"), fc.boolean()),
);

test("every number leads to the value that it was given for", () => {
  fc.assert(
    fc.property(fc.array(typed, { maxLength: 60 }), (values) => {
      const table = new ValueTable();
      const numbers = addAll(table, values);
      const read = readTable(table);
      expect(numbers.map((number) => read[number]?.[1])).toEqual(
        values.map(([kind, value]) => (kind === "int4" ? BigInt(value) : value)),
      );
      expect(new Set(read.map(String)).size).toBe(read.length);
    }),
  );
});

test("a hundred thousand values find their places again", () => {
  const table = new ValueTable();
  const values = Array.from({ length: 100_000 }, (_, i): Typed => ["text", `value ${i}`]);
  const first = addAll(table, values);
  expect(new Set(first).size).toBe(100_000);
  expect(addAll(table, values).every((number, i) => number === first[i])).toBe(true);
});
