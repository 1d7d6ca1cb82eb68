import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { type AddressInfo, createServer as createSocketServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Origin, rawServer, replying } from "../../../../../test/support/download.ts";
import { eventually } from "../../../../../test/support/http.ts";
import { AddressGuard } from "./address-guard.ts";

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

describe("an answer that is no file", () => {
  test.each([
    [404, 1100, `There is no file at ${SHOWN}: check the address.`],
    [401, 1101, `The server does not give ${SHOWN} to everybody: make the file public, or upload it.`],
    [403, 1101, `The server does not give ${SHOWN} to everybody: make the file public, or upload it.`],
    [500, 1001, `The server answered 500 Internal Server Error to ${SHOWN}: check the address, or try again later.`],
    [410, 1001, `The server answered 410 Gone to ${SHOWN}: check the address, or try again later.`],
    [304, 1001, `The server answered 304 Not Modified to ${SHOWN}: check the address, or try again later.`],
    [302, 1001, `The server answered 302 Found to ${SHOWN}: check the address, or try again later.`],
  ])("with status %i has the code %i", async (status, code, message) => {
    origin.answer = replying("", {}, status);
    await expect(origin.fetch(URL_WITH_TOKEN)).rejects.toMatchObject({ code, message, httpStatus: status });
    expect(existsSync(origin.path)).toBe(false);
  });

  test("but a part that was not asked for is no whole file", async () => {
    origin.answer = replying("a,", { "Content-Range": "bytes 0-1/8" }, 206);
    expect((await origin.failure(URL_WITH_TOKEN))[0]).toBe(1103);
  });
});

describe("a connection", () => {
  test.each([
    ["that ends before the length", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\na,b\n", "end", 1103],
    ["that is reset", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\na,b\n", "reset", 1103],
    ["that ends within a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\na,b\n", "end", 1103],
    ["that ends between chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\na,b\n\r\n", "end", 1103],
    [
      "that says it will close, and ends within a chunk",
      "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n8\r\na,b\n",
      "end",
      1103,
    ],
    [
      "that says it will close, and ends before the length",
      "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 100\r\n\r\na,b\n",
      "end",
      1103,
    ],
    ["with broken chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "hold", 1103],
    ["that ends within the head", "HTTP/1.1 200 OK\r\nContent-", "end", 1001],
    ["that ends at once", "", "reset", 1001],
    ["with another protocol", "SSH-2.0-OpenSSH_9.2\r\n", "hold", 1001],
    ["with an endless head", `HTTP/1.1 200 OK\r\nX: ${"x".repeat(100_000)}`, "hold", 1001],
    ["with two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 8\r\n\r\na,b\n", "end", 1001],
  ] as const)("%s is told", async (_, text, then, code) => {
    const raw = await rawServer(text, then);
    expect((await origin.failure(URL_WITH_TOKEN, { guard: origin.guard(raw.port) }))[0]).toBe(code);
    raw.close();
  });

  test("that ends a body of no length is taken as its end", async () => {
    const raw = await rawServer("HTTP/1.1 200 OK\r\n\r\na,b\n", "end");
    expect(await origin.fetch(URL_WITH_TOKEN, { guard: origin.guard(raw.port) })).toMatchObject({ size: 4 });
    raw.close();
  });

  test("that is refused is told without the address it leads to", async () => {
    const raw = await rawServer("", "end");
    raw.close();
    expect(await origin.failure(URL_WITH_TOKEN, { guard: origin.guard(raw.port) })).toEqual([
      1001,
      `${SHOWN} can't be fetched: connecting to port 80 of data.example.org failed (ECONNREFUSED).`,
    ]);
  });
});

describe("a server that is slow", () => {
  const guarded = (to: number) => ({ guard: origin.guard(to), timeouts: { stallMs: 100 } });

  test("to answer, or to go on, is given up", async () => {
    for (const text of ["", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\na,b\n"]) {
      const raw = await rawServer(text, "hold");
      expect(await origin.failure(URL_WITH_TOKEN, guarded(raw.port))).toEqual([
        1020,
        `${SHOWN} can't be fetched: the server stopped answering; try again, or upload the file.`,
      ]);
      raw.close();
    }
  });

  test("but never stops is given up when the time is over", async () => {
    origin.answer = async (_, response) => {
      while (!response.destroyed) {
        response.write("a");
        await sleep(20);
      }
    };
    const startedAt = performance.now();
    expect(await origin.failure(URL_WITH_TOKEN, { timeouts: { totalMs: 300, stallMs: 1_000 } })).toEqual([
      1020,
      `${SHOWN} was not there as a whole after 1 s: try again, or upload the file.`,
    ]);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  test("with its head is given up when the time is over", async () => {
    const raw = createSocketServer((socket) => {
      socket.on("error", () => {});
      socket.write("HTTP/1.1 200 OK\r\n");
      const drip = setInterval(() => socket.write("X: y\r\n"), 20);
      socket.on("close", () => clearInterval(drip));
    }).listen(0, "127.0.0.1");
    await once(raw, "listening");
    const guard = origin.guard((raw.address() as AddressInfo).port);
    expect((await origin.failure(URL_WITH_TOKEN, { guard, timeouts: { totalMs: 200, stallMs: 5_000 } }))[0]).toBe(1020);
    raw.close();
  });

  test("to be looked up is given up", async () => {
    const silent = {
      lookup: () => new Promise<never>(() => {}),
      connect: () => {
        throw new Error("not reached");
      },
    };
    const guard = new AddressGuard({ network: silent });
    expect(await origin.failure(URL_WITH_TOKEN, { guard, timeouts: { connectMs: 50 } })).toEqual([
      1020,
      `${SHOWN} can't be fetched: data.example.org did not answer within 0.05 s.`,
    ]);
  });
});

test("aborting ends a download with the signal's reason, at any time", async () => {
  origin.answer = (_, response) => response.writeHead(200, { "Content-Length": 100 }).write("a");
  for (const ms of [0, 1, 50]) {
    const leaving = new AbortController();
    const ending = expect(origin.fetch(URL_WITH_TOKEN, { signal: leaving.signal })).rejects.toThrow("left");
    if (ms > 0) await sleep(ms);
    leaving.abort(new Error("left"));
    await ending;
    expect(existsSync(origin.path)).toBe(false);
  }
  await expect(origin.fetch(URL_WITH_TOKEN, { signal: AbortSignal.abort(new Error("left")) })).rejects.toThrow("left");
});
