import { once } from "node:events";
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, createGzip, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Origin, replying } from "../../../../../test/support/download.ts";
import { eventually } from "../../../../../test/support/http.ts";

const MB = 1024 ** 2;
const CSV = "a,b\n1,2\n";
const URL_WITH_TOKEN = "http://data.example.org/cities.csv?api_key=s3cret";
const SHOWN = "http://data.example.org/cities.csv?…";

let origin: Origin;

beforeAll(async () => {
  origin = await Origin.start();
});

afterEach(() => origin.clear());

afterAll(async () => {
  // Whatever happened, nothing is left behind and nothing is held open.
  expect((await readdir(origin.dir)).filter((name) => name !== "trusted.pem")).toEqual([]);
  expect(await eventually(async () => (await origin.connections()) === 0)).toBe(true);
  await origin.close();
});

describe("a file", () => {
  test("is written to the disk for this user alone, and what the server says of it is given", async () => {
    origin.answer = replying(CSV, {
      "Content-Type": "text/csv; charset=utf-8",
      "Content-Disposition": "attachment; filename*=UTF-8''poblaci%C3%B3n.csv",
      ETag: '"abc"',
      "Last-Modified": "Wed, 01 May 2024 00:00:00 GMT",
    });

    expect(await origin.fetch(URL_WITH_TOKEN)).toEqual({
      unchanged: false,
      name: "población.csv",
      size: 8,
      contentType: "text/csv; charset=utf-8",
      etag: '"abc"',
      lastModified: "Wed, 01 May 2024 00:00:00 GMT",
    });
    expect(await readFile(origin.path, "utf8")).toBe(CSV);
    expect((await stat(origin.path)).mode & 0o777).toBe(0o600);
    expect(origin.requests[0]?.url).toBe("/cities.csv?api_key=s3cret");
    expect(origin.requests[0]?.headers).toMatchObject({
      host: "data.example.org",
      "accept-encoding": "gzip, deflate, br",
    });
  });

  test("may be empty, and of unknown length", async () => {
    origin.answer = replying("");
    expect(await origin.fetch(URL_WITH_TOKEN)).toMatchObject({ size: 0, name: "cities.csv", etag: undefined });
    await rm(origin.path);
    origin.answer = (_, response) => {
      response.write("a,b\n");
      response.end("1,2\n");
    };
    expect(await origin.fetch(URL_WITH_TOKEN)).toMatchObject({ size: 8 });
  });

  test("tells how far it is", async () => {
    const seen: [number, number | undefined][] = [];
    origin.answer = replying(Buffer.alloc(MB, "a"), { "Content-Length": MB });
    await origin.fetch(URL_WITH_TOKEN, { onProgress: (bytes, total) => seen.push([bytes, total]) });
    expect(seen.at(-1)).toEqual([MB, MB]);
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.every(([bytes], n) => bytes > (seen[n - 1]?.[0] ?? 0))).toBe(true);
  });

  test("that is there already is not touched", async () => {
    await writeFile(origin.path, "mine");
    await expect(origin.fetch(URL_WITH_TOKEN)).rejects.toMatchObject({ code: 1000 });
    expect(await readFile(origin.path, "utf8")).toBe("mine");
  });

  test("that can't be written is an error of the server's", async () => {
    const [code, message] = await origin.failure(URL_WITH_TOKEN, { path: join(origin.dir, "no", "such", "folder") });
    expect([code, message]).toEqual([1000, "The server can't store the file (ENOENT): ask whoever runs it."]);
  });

  test("behind a link to its page is fetched from its own address", async () => {
    await origin.fetch("http://github.com/o/r/blob/main/data/cities.csv");
    expect(origin.requests.map(({ url }) => url)).toEqual(["/o/r/raw/main/data/cities.csv"]);
  });

  test("of 300 MB leaves memory flat", async () => {
    const total = 300 * MB;
    const piece = Buffer.alloc(MB, "a");
    origin.answer = async (_, response) => {
      for (let sent = 0; sent < total; sent += MB) if (!response.write(piece)) await once(response, "drain");
      response.end();
    };
    const before = process.memoryUsage().rss;
    let peak = 0;
    const { size } = await origin.fetch(URL_WITH_TOKEN, {
      maxBytes: total,
      onProgress: () => {
        peak = Math.max(peak, process.memoryUsage().rss);
      },
    });
    expect(size).toBe(total);
    expect((peak - before) / MB).toBeLessThan(150);
  });
});

describe("content that is compressed on its way", () => {
  const long = Array.from({ length: 50_000 }, (_, n) => `${n},${(n * 7919) % 104_729}\n`).join("");

  test.each([
    ["gzip", gzipSync(long)],
    ["x-gzip", gzipSync(long)],
    ["GZIP", gzipSync(long)],
    ["deflate", deflateSync(long)],
    ["deflate", deflateRawSync(long)],
    ["br", brotliCompressSync(long)],
    ["identity", Buffer.from(long)],
    ["deflate, gzip", gzipSync(deflateSync(long))],
    ["gzip", Buffer.concat([gzipSync(long.slice(0, 1000)), gzipSync(long.slice(1000))])],
  ])("as %s is unpacked", async (coding, body) => {
    origin.answer = replying(body, { "Content-Encoding": coding, "Content-Length": body.length });
    const seen: number[] = [];
    expect(await origin.fetch(URL_WITH_TOKEN, { onProgress: (bytes) => seen.push(bytes) })).toMatchObject({
      size: long.length,
      name: "cities.csv",
    });
    expect(await readFile(origin.path, "utf8")).toBe(long);
    expect(seen.at(-1)).toBe(body.length);
  });

  test("is counted unpacked: a bomb is stopped at the limit", async () => {
    let sent = 0;
    origin.answer = (_, response) => {
      response.writeHead(200, { "Content-Encoding": "gzip" });
      const gzip = createGzip({ level: 9 });
      gzip.on("data", (piece: Buffer) => {
        sent += piece.length;
      });
      gzip.pipe(response);
      const zeros = Buffer.alloc(16 * MB);
      for (let n = 0; n < 16; n++) gzip.write(zeros);
      gzip.end();
    };
    expect(await origin.failure(URL_WITH_TOKEN)).toEqual([
      6666,
      `The file at ${SHOWN} is larger than the 10 MB that may be imported: split it, or raise the limit.`,
    ]);
    expect(sent).toBeLessThan(MB);
  });

  test.each([
    ["gzip", gzipSync(long).subarray(0, 2000), 1103],
    ["br", brotliCompressSync(long).subarray(0, 2000), 1103],
    ["deflate", deflateSync(long).subarray(0, 2000), 1103],
    ["gzip", Buffer.from("no gzip at all"), 1003],
    ["deflate", Buffer.from([0x78, 0x9c, 0xff, 0xff, 0xff]), 1003],
    ["br", Buffer.from("no brotli at all, not even nearly"), 1003],
    ["zstd", Buffer.from("x"), 1001],
    ["constructor", Buffer.from("x"), 1001],
    ["__proto__", Buffer.from("x"), 1001],
    ["gzip, gzip, gzip", gzipSync(gzipSync(gzipSync("x"))), 1001],
  ])("as %s and is damaged, or unknown, is refused", async (coding, body, code) => {
    origin.answer = replying(body, { "Content-Encoding": coding });
    expect((await origin.failure(URL_WITH_TOKEN))[0]).toBe(code);
  });

  test("is no gzip file any more, whatever its name says", async () => {
    origin.answer = replying(gzipSync(CSV), { "Content-Encoding": "gzip", "Content-Type": "text/csv" });
    expect(await origin.fetch("http://data.example.org/cities.csv.gz")).toMatchObject({ name: "cities.csv", size: 8 });
    await rm(origin.path);
    const file = gzipSync(CSV);
    origin.answer = replying(file, { "Content-Type": "application/x-gzip" });
    expect(await origin.fetch("http://data.example.org/cities.csv.gz")).toMatchObject({
      name: "cities.csv.gz",
      size: file.length,
    });
  });
});

describe("a file that is too large", () => {
  test("is refused before its body when the server says its length", async () => {
    let closed = false;
    origin.answer = (_, response) => {
      response.on("close", () => {
        closed = true;
      });
      response.writeHead(200, { "Content-Length": 10 * MB + 1 });
      response.write("a");
    };
    expect(await origin.failure(URL_WITH_TOKEN)).toEqual([
      6666,
      `The file at ${SHOWN} is larger than the 10 MB that may be imported: split it, or raise the limit.`,
    ]);
    expect(await eventually(() => closed)).toBe(true);
  });

  test("is stopped at the limit when it does not", async () => {
    let sent = 0;
    origin.answer = async (_, response) => {
      const piece = Buffer.alloc(MB);
      while (!response.destroyed) {
        sent += MB;
        if (!response.write(piece)) await eventually(() => response.destroyed || !response.writableNeedDrain);
      }
    };
    expect((await origin.failure(URL_WITH_TOKEN))[0]).toBe(6666);
    expect(sent).toBeLessThan(40 * MB);
  });

  test("is one byte more than the limit", async () => {
    origin.answer = replying(Buffer.alloc(MB));
    expect(await origin.fetch(URL_WITH_TOKEN, { maxBytes: MB })).toMatchObject({ size: MB });
    await rm(origin.path);
    expect((await origin.failure(URL_WITH_TOKEN, { maxBytes: MB - 1 }))[0]).toBe(6666);
  });
});
