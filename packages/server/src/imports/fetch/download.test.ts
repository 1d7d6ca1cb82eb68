import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createSocketServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { brotliCompressSync, createGzip, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { selfSigned } from "../../../../../test/support/certificate.ts";
import { eventually } from "../../../../../test/support/http.ts";
import { TestNetwork } from "../../../../../test/support/network.ts";
import type { ImportError } from "../error.ts";
import { AddressGuard } from "./address-guard.ts";
import { type DownloadedFile, type DownloadOptions, download } from "./download.ts";

const MB = 1024 ** 2;
const CSV = "a,b\n1,2\n";

let server: Server;
let port: number;
let dir: string;
let path: string;
/** How the server answers. */
let answer: (request: IncomingMessage, response: ServerResponse) => unknown;
let requests: IncomingMessage[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "carto-download-"));
  path = join(dir, "file");
  server = createServer((request, response) => {
    requests.push(request);
    response.on("error", () => {});
    answer(request, response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  ({ port } = server.address() as AddressInfo);
});

beforeEach(() => {
  requests = [];
  answer = (_, response) => response.end(CSV);
});

afterEach(async () => {
  await rm(path, { force: true });
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(dir, { recursive: true });
});

/** A guard before a network in which all names are public, and lead to the server of this test or another port. */
const anyHost = (to = port): AddressGuard => new AddressGuard({ network: new TestNetwork(to, { "*": [["8.8.8.8"]] }) });

const fetchFile = (url: string, options: Partial<DownloadOptions> = {}): Promise<DownloadedFile> =>
  download(url, { path, guard: anyHost(), signal: new AbortController().signal, maxBytes: 10 * MB, ...options });

/** Code and message of the error that a download ends with; there is no file then. */
async function failure(url: string, options: Partial<DownloadOptions> = {}): Promise<[number, string]> {
  const error = await fetchFile(url, options).then(
    () => undefined,
    (reason: ImportError) => reason,
  );
  expect(existsSync(path)).toBe(false);
  return [error?.code ?? 0, error?.message ?? ""];
}

const URL_WITH_TOKEN = "http://data.example.org/cities.csv?api_key=s3cret";
const SHOWN = "http://data.example.org/cities.csv?…";

/** Answers with headers and a body. */
const reply =
  (body: string | Buffer, headers: Record<string, string | number> = {}, status = 200): typeof answer =>
  (_, response) =>
    response.writeHead(status, headers).end(body);

describe("a file", () => {
  test("is written to the disk for this user alone, and what the server says of it is given", async () => {
    answer = reply(CSV, {
      "Content-Type": "text/csv; charset=utf-8",
      "Content-Disposition": "attachment; filename*=UTF-8''poblaci%C3%B3n.csv",
      ETag: '"abc"',
      "Last-Modified": "Wed, 01 May 2024 00:00:00 GMT",
    });

    expect(await fetchFile(URL_WITH_TOKEN)).toEqual({
      name: "población.csv",
      size: 8,
      contentType: "text/csv; charset=utf-8",
      etag: '"abc"',
      lastModified: "Wed, 01 May 2024 00:00:00 GMT",
    });
    expect(await readFile(path, "utf8")).toBe(CSV);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(requests[0]?.url).toBe("/cities.csv?api_key=s3cret");
    expect(requests[0]?.headers).toMatchObject({ host: "data.example.org", "accept-encoding": "gzip, deflate, br" });
  });

  test("may be empty, and of unknown length", async () => {
    answer = reply("");
    expect(await fetchFile(URL_WITH_TOKEN)).toMatchObject({ size: 0, name: "cities.csv", etag: undefined });
    await rm(path);
    answer = (_, response) => {
      response.write("a,b\n");
      response.end("1,2\n");
    };
    expect(await fetchFile(URL_WITH_TOKEN)).toMatchObject({ size: 8 });
  });

  test("tells how far it is", async () => {
    const seen: [number, number | undefined][] = [];
    answer = reply(Buffer.alloc(MB, "a"), { "Content-Length": MB });
    await fetchFile(URL_WITH_TOKEN, { onProgress: (bytes, total) => seen.push([bytes, total]) });
    expect(seen.at(-1)).toEqual([MB, MB]);
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.every(([bytes], n) => bytes > (seen[n - 1]?.[0] ?? 0))).toBe(true);
  });

  test("that is there already is not touched", async () => {
    await writeFile(path, "mine");
    await expect(fetchFile(URL_WITH_TOKEN)).rejects.toMatchObject({ code: 1000 });
    expect(await readFile(path, "utf8")).toBe("mine");
  });

  test("that can't be written is an error of the server's", async () => {
    const [code, message] = await failure(URL_WITH_TOKEN, { path: join(dir, "no", "such", "folder") });
    expect([code, message]).toEqual([1000, "The server can't store the file (ENOENT): ask whoever runs it."]);
  });

  test("behind a link to its page is fetched from its own address", async () => {
    await fetchFile("http://github.com/o/r/blob/main/data/cities.csv");
    expect(requests.map(({ url }) => url)).toEqual(["/o/r/raw/main/data/cities.csv"]);
  });

  test("of 300 MB leaves memory flat", async () => {
    const total = 300 * MB;
    const piece = Buffer.alloc(MB, "a");
    answer = async (_, response) => {
      for (let sent = 0; sent < total; sent += MB) if (!response.write(piece)) await once(response, "drain");
      response.end();
    };
    const before = process.memoryUsage().rss;
    let peak = 0;
    const { size } = await fetchFile(URL_WITH_TOKEN, {
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
    answer = reply(body, { "Content-Encoding": coding, "Content-Length": body.length });
    const seen: number[] = [];
    expect(await fetchFile(URL_WITH_TOKEN, { onProgress: (bytes) => seen.push(bytes) })).toMatchObject({
      size: long.length,
      name: "cities.csv",
    });
    expect(await readFile(path, "utf8")).toBe(long);
    expect(seen.at(-1)).toBe(body.length);
  });

  test("is counted unpacked: a bomb is stopped at the limit", async () => {
    let sent = 0;
    answer = (_, response) => {
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
    expect(await failure(URL_WITH_TOKEN)).toEqual([
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
    answer = reply(body, { "Content-Encoding": coding });
    expect((await failure(URL_WITH_TOKEN))[0]).toBe(code);
  });

  test("is no gzip file any more, whatever its name says", async () => {
    answer = reply(gzipSync(CSV), { "Content-Encoding": "gzip", "Content-Type": "text/csv" });
    expect(await fetchFile("http://data.example.org/cities.csv.gz")).toMatchObject({ name: "cities.csv", size: 8 });
    await rm(path);
    const file = gzipSync(CSV);
    answer = reply(file, { "Content-Type": "application/x-gzip" });
    expect(await fetchFile("http://data.example.org/cities.csv.gz")).toMatchObject({
      name: "cities.csv.gz",
      size: file.length,
    });
  });
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
    answer = reply("", {}, status);
    await expect(fetchFile(URL_WITH_TOKEN)).rejects.toMatchObject({ code, message, httpStatus: status });
    expect(existsSync(path)).toBe(false);
  });

  test("but a part that was not asked for is no whole file", async () => {
    answer = reply("a,", { "Content-Range": "bytes 0-1/8" }, 206);
    expect((await failure(URL_WITH_TOKEN))[0]).toBe(1103);
  });
});

describe("a file that is too large", () => {
  test("is refused before its body when the server says its length", async () => {
    let closed = false;
    answer = (_, response) => {
      response.on("close", () => {
        closed = true;
      });
      response.writeHead(200, { "Content-Length": 10 * MB + 1 });
      response.write("a");
    };
    expect(await failure(URL_WITH_TOKEN)).toEqual([
      6666,
      `The file at ${SHOWN} is larger than the 10 MB that may be imported: split it, or raise the limit.`,
    ]);
    expect(await eventually(() => closed)).toBe(true);
  });

  test("is stopped at the limit when it does not", async () => {
    let sent = 0;
    answer = async (_, response) => {
      const piece = Buffer.alloc(MB);
      while (!response.destroyed) {
        sent += MB;
        if (!response.write(piece)) await eventually(() => response.destroyed || !response.writableNeedDrain);
      }
    };
    expect((await failure(URL_WITH_TOKEN))[0]).toBe(6666);
    expect(sent).toBeLessThan(40 * MB);
  });

  test("is one byte more than the limit", async () => {
    answer = reply(Buffer.alloc(MB));
    expect(await fetchFile(URL_WITH_TOKEN, { maxBytes: MB })).toMatchObject({ size: MB });
    await rm(path);
    expect((await failure(URL_WITH_TOKEN, { maxBytes: MB - 1 }))[0]).toBe(6666);
  });
});

/** A server that answers every connection with bytes, and then does something to it. */
async function rawServer(text: string, then: "end" | "reset" | "hold"): Promise<{ port: number; close(): void }> {
  const raw = createSocketServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.write(text, () => {
        if (then === "end") socket.end();
        if (then === "reset") setTimeout(() => socket.resetAndDestroy(), 50);
      });
    });
  }).listen(0, "127.0.0.1");
  await once(raw, "listening");
  return { port: (raw.address() as AddressInfo).port, close: () => raw.close() };
}

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
    expect((await failure(URL_WITH_TOKEN, { guard: anyHost(raw.port) }))[0]).toBe(code);
    raw.close();
  });

  test("that ends a body of no length is taken as its end", async () => {
    const raw = await rawServer("HTTP/1.1 200 OK\r\n\r\na,b\n", "end");
    expect(await fetchFile(URL_WITH_TOKEN, { guard: anyHost(raw.port) })).toMatchObject({ size: 4 });
    raw.close();
  });

  test("that is refused is told without the address it leads to", async () => {
    const raw = await rawServer("", "end");
    raw.close();
    expect(await failure(URL_WITH_TOKEN, { guard: anyHost(raw.port) })).toEqual([
      1001,
      `${SHOWN} can't be fetched: connecting to port 80 of data.example.org failed (ECONNREFUSED).`,
    ]);
  });
});

describe("a server that is slow", () => {
  const guarded = (to: number) => ({ guard: anyHost(to), timeouts: { stallMs: 100 } });

  test("to answer, or to go on, is given up", async () => {
    for (const text of ["", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\na,b\n"]) {
      const raw = await rawServer(text, "hold");
      expect(await failure(URL_WITH_TOKEN, guarded(raw.port))).toEqual([
        1020,
        `${SHOWN} can't be fetched: the server stopped answering; try again, or upload the file.`,
      ]);
      raw.close();
    }
  });

  test("but never stops is given up when the time is over", async () => {
    answer = async (_, response) => {
      while (!response.destroyed) {
        response.write("a");
        await sleep(20);
      }
    };
    const startedAt = performance.now();
    expect(await failure(URL_WITH_TOKEN, { timeouts: { totalMs: 300, stallMs: 1_000 } })).toEqual([
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
    const guard = anyHost((raw.address() as AddressInfo).port);
    expect((await failure(URL_WITH_TOKEN, { guard, timeouts: { totalMs: 200, stallMs: 5_000 } }))[0]).toBe(1020);
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
    expect(await failure(URL_WITH_TOKEN, { guard, timeouts: { connectMs: 50 } })).toEqual([
      1020,
      `${SHOWN} can't be fetched: data.example.org did not answer within 0.05 s.`,
    ]);
  });
});

test("aborting ends a download with the signal's reason, at any time", async () => {
  answer = (_, response) => response.writeHead(200, { "Content-Length": 100 }).write("a");
  for (const ms of [0, 1, 50]) {
    const leaving = new AbortController();
    const ending = expect(fetchFile(URL_WITH_TOKEN, { signal: leaving.signal })).rejects.toThrow("left");
    if (ms > 0) await sleep(ms);
    leaving.abort(new Error("left"));
    await ending;
    expect(existsSync(path)).toBe(false);
  }
  await expect(fetchFile(URL_WITH_TOKEN, { signal: AbortSignal.abort(new Error("left")) })).rejects.toThrow("left");
});

describe("redirects", () => {
  /** Redirects by path: `/a` to what is given for it. */
  const redirecting = (to: Record<string, string>, status = 302): void => {
    answer = (request, response) => {
      const location = to[request.url ?? ""];
      if (location === undefined) response.end(CSV);
      else response.writeHead(status, { Location: location }).end("moved");
    };
  };

  test.each([301, 302, 303, 307, 308])("with status %i are followed, and give a name", async (status) => {
    redirecting({ "/a": "http://cdn.example.net/b", "/b": "c/cities.csv" }, status);
    expect(await fetchFile("http://data.example.org/a")).toMatchObject({ name: "cities.csv", size: 8 });
    expect(requests.map(({ url, headers }) => `${headers.host}${url}`)).toEqual([
      "data.example.org/a",
      "cdn.example.net/b",
      "cdn.example.net/c/cities.csv",
    ]);
  });

  test("are followed five times, and no more", async () => {
    redirecting({ "/0": "/1", "/1": "/2", "/2": "/3", "/3": "/4", "/4": "/5" });
    expect(await fetchFile("http://data.example.org/0")).toMatchObject({ size: 8 });
    await rm(path);
    redirecting({ "/loop?api_key=s3cret": "/loop?api_key=s3cret" });
    requests = [];
    expect(await failure("http://data.example.org/loop?api_key=s3cret")).toEqual([
      1001,
      "http://data.example.org/loop?… redirects more than 5 times.",
    ]);
    expect(requests).toHaveLength(6);
  });

  test.each([
    ["http://127.0.0.1/", "address not allowed"],
    ["http://169.254.169.254/latest/meta-data/", "address not allowed"],
    ["//[::1]/", "address not allowed"],
    ["http://0x7f.1/", "address not allowed"],
    ["http://internal.example.org/", "address not allowed"],
    ["http://mixed.example.org/", "address not allowed"],
    ["http://data.example.org:6379/", "port 6379 is not allowed"],
    ["http://user:s3cret@data.example.org/", "has a user's name in it"],
    ["file:///etc/passwd", "not by file"],
    ["ftp://data.example.org/a.csv", "not by ftp"],
    ["http://", "redirects to an address that can't be read"],
    ["http://unknown.example.org/", "no address is known for the host unknown.example.org"],
  ])("to %s are refused", async (location, why) => {
    redirecting({ "/a": location });
    const network = new TestNetwork(port, {
      "data.example.org": [["8.8.8.8"]],
      "internal.example.org": [["10.0.0.1"]],
      "mixed.example.org": [["8.8.8.8", "10.0.0.1"]],
    });
    const [code, message] = await failure("http://data.example.org/a", { guard: new AddressGuard({ network }) });
    expect([code, message]).toEqual([1102, expect.stringContaining(why)]);
    expect(message).not.toMatch(/10\.0\.0\.1|s3cret/);
    expect(network.dialled).toEqual(["8.8.8.8"]);
    expect(requests).toHaveLength(1);
  });

  test("to the same name are looked up and checked again", async () => {
    redirecting({ "/a": "/b" });
    const network = new TestNetwork(port, { "rebind.example.org": [["8.8.8.8"], ["127.0.0.1"]] });
    expect(await failure("http://rebind.example.org/a", { guard: new AddressGuard({ network }) })).toEqual([
      1102,
      "http://rebind.example.org/a can't be fetched: address not allowed: rebind.example.org is not a public host.",
    ]);
    expect(network.lookups).toEqual(["rebind.example.org", "rebind.example.org"]);
    expect(network.dialled).toEqual(["8.8.8.8"]);
  });

  test("may lead to addresses that are allowed", async () => {
    redirecting({ "/a": `http://127.0.0.1:${port}/b.csv` });
    const guard = new AddressGuard({
      ports: `80,${port}`,
      allowed: "127.0.0.1",
      network: new TestNetwork(port, { "*": [["8.8.8.8"]] }),
    });
    expect(await fetchFile("http://data.example.org/a", { guard })).toMatchObject({ name: "b.csv" });
  });
});

describe("over TLS", () => {
  const certificate = selfSigned("secure.example.org");
  let tls: ReturnType<typeof createTlsServer>;
  let tlsPort: number;

  beforeAll(async () => {
    tls = createTlsServer(certificate, (request, response) => {
      if (request.url === "/down") response.writeHead(302, { Location: "http://secure.example.org/a.csv" });
      response.end(CSV);
    }).listen(0, "127.0.0.1");
    await once(tls, "listening");
    tlsPort = (tls.address() as AddressInfo).port;
  });

  afterAll(() => {
    tls.closeAllConnections();
    tls.close();
  });

  test("a server that speaks none, or says nothing, is told", async () => {
    expect((await failure("https://secure.example.org/a.csv"))[0]).toBe(1001);
    const silent = await rawServer("", "hold");
    const options = { guard: anyHost(silent.port), timeouts: { connectMs: 100 } };
    expect((await failure("https://secure.example.org/a.csv", options))[0]).toBe(1020);
    silent.close();
  });

  /** Downloads in a process of its own, whose network is this machine. */
  async function downloadWith(env: NodeJS.ProcessEnv, url: string): Promise<unknown> {
    const dist = (name: string): string =>
      JSON.stringify(new URL(`../../../dist/imports/fetch/${name}`, import.meta.url).href);
    const program = `
      import { connect } from "node:net";
      import { AddressGuard } from ${dist("address-guard.js")};
      import { download } from ${dist("download.js")};
      const network = { lookup: async () => ["8.8.8.8"], connect: () => connect(${tlsPort}, "127.0.0.1") };
      const options = { path: ${JSON.stringify(path)}, guard: new AddressGuard({ network }), maxBytes: 1e6 };
      const signal = new AbortController().signal;
      const told = ({ code, message }) => [code, message];
      console.log(JSON.stringify(await download(${JSON.stringify(url)}, { ...options, signal }).catch(told)));
    `;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      env: { PATH: process.env["PATH"], ...env },
    });
    let output = "";
    child.stdout.on("data", (text: Buffer) => {
      output += text.toString();
    });
    await once(child, "close");
    return JSON.parse(output);
  }

  /** Downloads where the certificate is trusted. */
  async function trusting(url: string): Promise<unknown> {
    const trusted = join(dir, "trusted.pem");
    await writeFile(trusted, certificate.cert);
    return downloadWith({ NODE_EXTRA_CA_CERTS: trusted }, url);
  }

  test("a certificate that nobody trusts is refused, whatever the environment says", async () => {
    expect(await downloadWith({ NODE_TLS_REJECT_UNAUTHORIZED: "0" }, "https://secure.example.org/a.csv")).toEqual([
      1001,
      "https://secure.example.org/a.csv can't be fetched: the server's certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT); ask who runs it to mend that, or upload the file.",
    ]);
  });

  test("a file is fetched from a server whose certificate is trusted and has its name", async () => {
    expect(await trusting("https://secure.example.org/a.csv")).toMatchObject({ name: "a.csv", size: 8 });
    expect(await readFile(path, "utf8")).toBe(CSV);
  });

  test("a certificate for another name is refused", async () => {
    expect(await trusting("https://other.example.org/a.csv")).toEqual([
      1001,
      expect.stringContaining("certificate is not trusted (ERR_TLS_CERT_ALTNAME_INVALID)"),
    ]);
  });

  test("a redirect to http is refused", async () => {
    expect(await trusting("https://secure.example.org/down")).toEqual([
      1102,
      "https://secure.example.org/down redirects from https to http, where anybody may change the file: give the address by http if that is meant.",
    ]);
  });
});

test("nothing is left in the folder, and no connection open", async () => {
  expect(await readdir(dir)).toEqual(["trusted.pem"]);
  const open = await new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
  expect(open).toBe(0);
});
