import fc from "fast-check";
import { expect, test } from "vitest";
import { copyBinary } from "../../../../test/support/geometry-bytes.ts";
import { CopyRowSplitter } from "./copy-rows.ts";

const field = fc.option(fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)));
const HEAD = 19;
const TAIL = 2;

test("the rows are the same wherever the output is cut, and each piece of them begins and ends with a row", () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(field, { maxLength: 4 }), { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 }),
      (rows, lengths) => {
        const output = copyBinary(rows);
        const splitter = new CopyRowSplitter();
        const pieces: Buffer[] = [];
        for (let at = 0, i = 0; at < output.length; i++) {
          const length = lengths[i % lengths.length] as number;
          const whole = splitter.push(output.subarray(at, at + length));
          at += length;
          if (whole) pieces.push(Buffer.from(whole));
        }
        expect(Buffer.concat(pieces)).toEqual(output.subarray(HEAD, -TAIL));
        const starts = new Set([0]);
        for (let i = 1; i <= rows.length; i++) starts.add(copyBinary(rows.slice(0, i)).length - HEAD - TAIL);
        let end = 0;
        for (const piece of pieces) {
          end += piece.length;
          expect(starts).toContain(end);
        }
      },
    ),
  );
});

test("a head with an extension is read over", () => {
  const output = copyBinary([[Buffer.from("a")]]);
  output.writeUInt32BE(3, 15);
  const splitter = new CopyRowSplitter();
  const head = Buffer.concat([output.subarray(0, HEAD), Buffer.from("xy")]);
  expect(splitter.push(head)).toBeUndefined();
  expect(splitter.push(Buffer.concat([Buffer.from("z"), output.subarray(HEAD)]))).toEqual(output.subarray(HEAD, -TAIL));
});

test("a field of many pieces costs linear time", () => {
  const output = copyBinary([[Buffer.alloc(32 * 1024 ** 2, 1)]]);
  const splitter = new CopyRowSplitter();
  const startedAt = performance.now();
  let rows: Uint8Array | undefined;
  for (let at = 0; at < output.length; at += 8192) rows = splitter.push(output.subarray(at, at + 8192)) ?? rows;
  expect(rows?.length).toBe(output.length - HEAD - TAIL);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});
