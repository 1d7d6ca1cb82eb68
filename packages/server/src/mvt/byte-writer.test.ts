import fc from "fast-check";
import { PbfReader } from "pbf";
import { expect, test } from "vitest";
import { ByteWriter, varintLength } from "./byte-writer.ts";

const written = ({ bytes, at }: ByteWriter): Uint8Array => bytes.slice(0, at);

test("a varint of 32 bits is read back, and its length is known before", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (value) => {
      const out = new ByteWriter();
      out.varint(value);
      expect(new PbfReader(written(out)).readVarint()).toBe(value);
      expect(out.at).toBe(varintLength(value));
    }),
  );
});

test("a varint of 64 bits has seven bits of the number a byte, the lowest first", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
      const out = new ByteWriter();
      out.varint64(Number(value >> 32n), Number(value & 0xffff_ffffn));
      const expected: number[] = [];
      let rest = value;
      for (; rest > 127n; rest >>= 7n) expected.push(Number(rest & 127n) | 128);
      expect([...written(out)]).toEqual([...expected, Number(rest)]);
    }),
  );
});

test("bytes are copied whole, few or many, and what was there before stays", () => {
  for (const length of [0, 1, 64, 65, 5000]) {
    const source = Uint8Array.from({ length: length + 2 }, (_, i) => i % 251);
    const out = new ByteWriter();
    out.byte(9);
    out.copy(source, 1, length + 1);
    out.byte(8);
    expect([...written(out)]).toEqual([9, ...source.subarray(1, length + 1), 8]);
  }
});
