import { expect, test } from "vitest";
import { Spool } from "./spool.ts";

const MB = 1024 * 1024;

async function readAll(spool: Spool<string>): Promise<{ label: string; length: number; sum: number }[]> {
  const read: { label: string; length: number; sum: number }[] = [];
  for await (const { label, bytes } of spool.read()) {
    const last = read.at(-1);
    const sum = bytes[0] ?? 0;
    if (last?.label === label && last.sum === sum) last.length += bytes.length;
    else read.push({ label, length: bytes.length, sum });
  }
  return read;
}

test("what was written is read in order, from memory and from the file behind it", async () => {
  const spool = new Spool<string>();
  for (let n = 0; n < 24; n++) await spool.write(n < 12 ? "a" : "b", Buffer.alloc(MB, n));
  spool.end();

  const read = await readAll(spool);

  expect(read.map(({ sum }) => sum)).toEqual(Array.from({ length: 24 }, (_, n) => n));
  expect(read.every(({ length }) => length === MB)).toBe(true);
  expect(read[11]?.label).toBe("a");
  expect(read[12]?.label).toBe("b");
});

test("a reader that is ahead waits, and gets the error behind what was written", async () => {
  const spool = new Spool<string>();
  const reading = readAll(spool);

  await spool.write("a", Buffer.from("x"));
  spool.end(new Error("broken"));

  await expect(reading).rejects.toThrow("broken");
});

test("after its reader has left a spool takes what comes and keeps nothing", async () => {
  const spool = new Spool<string>();
  for (let n = 0; n < 12; n++) await spool.write("a", Buffer.alloc(MB, n));
  for await (const _ of spool.read()) break;

  for (let n = 0; n < 12; n++) await spool.write("a", Buffer.alloc(MB, n));
  await spool.close();

  expect(await readAll(spool)).toEqual([]);
});
