import { randomBytes } from "node:crypto";
import lzma from "lzma";
import { afterAll, describe, expect, test } from "vitest";
import { MapError } from "../map-error.ts";
import { LzmaThread } from "./lzma-thread.ts";

type Level = Parameters<typeof lzma.compress>[1];

const thread = new LzmaThread();
afterAll(() => thread[Symbol.asyncDispose]());

/** Packs as clients do. */
const pack = (text: string, level: Level = 3): string => encode(lzma.compress(text, level));
const encode = (stream: readonly number[]): string => Buffer.from(stream.map((byte) => byte + 128)).toString("base64");
const HEADER = [93, 0, 0, 16, 0];
const UNKNOWN_LENGTH = Array.from({ length: 8 }, () => -1);

test.each([1, 2, 3, 4, 5, 6, 7, 8, 9] as const)("unpacks what was packed at level %i", async (level) => {
  const config = JSON.stringify({
    layers: [{ options: { sql: "select 'ä€' from t", cartocss: "#l{}".repeat(2_000) } }],
  });
  await expect(thread.read(pack(JSON.stringify({ config }), level))).resolves.toEqual({ config });
});

test("unpacks characters beyond U+FFFF, whoever packed them", async () => {
  await expect(thread.read(encode(lzma.compress(Buffer.from('{"config":"🗺"}'), 1)))).resolves.toEqual({ config: "🗺" });
});

test("bears pluses that a URL made blanks", async () => {
  const text = [..."abcdefghijklmnop"]
    .map((letter) => pack(JSON.stringify({ config: letter })))
    .find((packed) => packed.includes("+"));
  expect(text).toBeDefined();
  await expect(thread.read(text?.replaceAll("+", " ") ?? "")).resolves.toHaveProperty("config");
});

describe("refuses, in little time,", () => {
  test.each([
    ["no stream", encode([1, 2, 3]), "truncated input"],
    ["nothing", "", "truncated input"],
    ["properties that there aren't", encode([-1, 0, 0, 1, 0, ...UNKNOWN_LENGTH, 1, 2, 3, 4, 5]), "corrupted input"],
    ["much memory", encode([8 + 4 * 9, 0, 0, 1, 0, ...UNKNOWN_LENGTH, 0, 0, 0, 0, 0]), "corrupted input"],
    ["more than may be in a URL", "A".repeat(65_537), "it is longer than 65536 characters"],
    ["a list", pack("[]"), "it must be an object of parameters"],
    [
      "a length that is too large",
      encode([...HEADER, 1, 0, 16, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]),
      "it unpacks to more than 1048576 bytes",
    ],
  ])("%s", async (_, packed, reason) => {
    await expect(thread.read(packed)).rejects.toThrow(
      expect.objectContaining({ message: `Error parsing lzma as JSON: ${reason}`, status: 400 }),
    );
  });

  test("a stream that unpacks to much more than it is", async () => {
    const started = performance.now();
    const bomb = lzma.compress("[".repeat(3 * 2 ** 20), 1);
    const reason = "Error parsing lzma as JSON: it unpacks to more than 1048576 bytes";
    await expect(thread.read(encode(bomb))).rejects.toThrow(reason);
    // So do those that don't say how long they are.
    for (const length of [UNKNOWN_LENGTH, UNKNOWN_LENGTH.map(() => 0)]) {
      const stream = [...bomb.slice(0, 5), ...length, ...bomb.slice(13)];
      await expect(thread.read(encode(stream))).rejects.toThrow(reason);
    }
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test("streams that are cut anywhere", async () => {
    const whole = lzma.compress(JSON.stringify({ config: "select 1, 2, 3 from a table" }), 5);
    for (let length = 0; length < whole.length - 8; length += 3) {
      await expect(thread.read(encode(whole.slice(0, length)))).rejects.toBeInstanceOf(MapError);
    }
  });

  test("anything else", async () => {
    for (let run = 0; run < 20; run++) {
      const garbage = [...HEADER, ...UNKNOWN_LENGTH, 0, ...randomBytes(500)];
      await expect(thread.read(encode(garbage))).rejects.toBeInstanceOf(MapError);
    }
  });
});

test("lets the event loop run while it unpacks", async () => {
  const packed = pack(JSON.stringify({ config: "x".repeat(1_000_000) }));
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await thread.read(packed);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(3);
});

test("refuses more at once than it can hold", async () => {
  const packed = pack("{}");
  const results = await Promise.allSettled(Array.from({ length: 40 }, () => thread.read(packed)));
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(32);
});
