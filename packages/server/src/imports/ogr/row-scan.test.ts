import { expect, test } from "vitest";
import { RowScan } from "./row-scan.ts";

async function* inPieces(text: string | Buffer, bytes: number): AsyncGenerator<Buffer> {
  const all = Buffer.from(text as string);
  for (let at = 0; at < all.length; at += bytes) yield Buffer.from(all.subarray(at, at + bytes));
}

async function scanned(text: string | Buffer, bytes: number): Promise<{ chunks: string[]; rows: number }> {
  const scan = new RowScan({ geometry: undefined, candidate: undefined });
  const chunks: string[] = [];
  for await (const chunk of scan.pass(inPieces(text, bytes))) chunks.push(chunk.toString());
  return { chunks, rows: scan.rows };
}

test("tabs and line ends behind a backslash become letters, and end no row, wherever a chunk ends", async () => {
  const raw = "a\\\tb\t\\\\\n\\\n\\\r\t\\N\n\\\\\\\n\t\\\\000\\\\\\\\\n";

  for (let bytes = 1; bytes <= raw.length; bytes++) {
    const { chunks, rows } = await scanned(raw, bytes);
    expect(chunks.join("")).toBe("a\\tb\t\\\\\n\\n\\r\t\\N\n\\\\\\n\t\\\\000\\\\\\\\\n");
    expect(rows).toBe(3);
    for (const chunk of chunks) expect(chunk.endsWith("\n")).toBe(true);
  }
});

test("bytes that are no UTF-8, and NUL, become U+FFFD", async () => {
  expect(await scanned(Buffer.from("a\xe9b\t\0\nok\n", "latin1"), 100)).toEqual({
    chunks: ["a\uFFFDb\t\uFFFD\nok\n"],
    rows: 2,
  });
});

test("the first geometries and texts are looked at", async () => {
  const seen: unknown[] = [];
  const point = "0101000000000000000000f03f0000000000000040";
  const scan = new RowScan({ geometry: { at: 1, onGeometry: (first) => seen.push(first) }, candidate: 0 });
  for await (const _ of scan.pass(inPieces(`\\N\t\\N\nPOINT(1 2)\t${point}\nno\t\\N\n`, 7)));

  expect(seen).toEqual([{ kind: 1, at: { x: 1, y: 2 } }]);
  expect(scan.geometryText).toBe("wkt");
});
