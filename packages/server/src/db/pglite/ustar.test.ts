import { expect, test } from "vitest";
import { readTar, type TarEntry, writeTar } from "./ustar.ts";

const file = (name: string, text: string): TarEntry => ({ name, type: "file", mode: 0o600, bytes: Buffer.from(text) });

test("entries come back as they went in, in their order", () => {
  const entries: TarEntry[] = [
    { name: "pg_wal", type: "directory", mode: 0o700, bytes: new Uint8Array() },
    file("pg_wal/000000010000000000000001", "x".repeat(1_000)),
    file("empty", ""),
    file("block", "y".repeat(512)),
  ];

  const read = readTar(writeTar(entries));

  expect(read.map(({ name, type, mode }) => ({ name, type, mode }))).toEqual(
    entries.map(({ name, type, mode }) => ({ name, type, mode })),
  );
  expect(read.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(["", "x".repeat(1_000), "", "y".repeat(512)]);
});

test("a path over 100 bytes is split and put together again", () => {
  const name = `${"a".repeat(60)}/${"b".repeat(60)}/${"c".repeat(60)}`;

  expect(readTar(writeTar([file(name, "1")]))[0]?.name).toBe(name);
});

test("a path that can't be split is refused", () => {
  expect(() => writeTar([file("a".repeat(101), "1")])).toThrow("too long");
});

test("a damaged header is told", () => {
  const archive = writeTar([file("a", "1")]);
  archive[0] = 0x62;

  expect(() => readTar(archive)).toThrow("damaged");
});
