import { describe, expect, it } from "vitest";
import { type HeadedSource, readHeader } from "./source.ts";

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield new TextEncoder().encode(text);
}

async function textOf(source: HeadedSource): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of source.bytes) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

describe("readHeader", () => {
  it("reads the names of a CSV and leaves the bytes as they are", async () => {
    const source = await readHeader(chunks("\ufeffna", 'me,"the, geom"\r\nMad', "rid,x\n"), "csv", ",");
    expect(source.columns).toEqual(["name", "the, geom"]);
    expect(await textOf(source)).toBe('\ufeffname,"the, geom"\r\nMadrid,x\n');
  });

  it("takes the line away from a text file", async () => {
    const source = await readHeader(chunks("größe\tb", "\r\n1\t2\n"), "text", "\t");
    expect(source.columns).toEqual(["größe", "b"]);
    expect(await textOf(source)).toBe("1\t2\n");
  });

  it("reads a file of nothing but a header without a line end", async () => {
    expect((await readHeader(chunks("a,b"), "csv", ",")).columns).toEqual(["a", "b"]);
  });

  it.each(["", "a,,c\n1,2,3\n"])("says so when %j has no names", async (text) => {
    await expect(readHeader(chunks(text), "csv", ",")).rejects.toMatchObject({
      hint: expect.stringContaining("--no-header"),
    });
  });
});
