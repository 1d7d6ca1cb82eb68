import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { Readable } from "node:stream";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { type SeenRequest, sendJson, startServer, until } from "../../testing/http-server.ts";
import { Carto } from "../carto.ts";
import { ConfigError, SqlError } from "../errors.ts";
import { sql, unsafe } from "../sql-text.ts";
import type { CopySource } from "./source.ts";

const INTO = "COPY t (a, b) FROM STDIN WITH (FORMAT csv)";
const DATA = "1,one\n2,two\n3,três 🗺\n";

async function serving(answer = { time: 0.1, total_rows: 3 }) {
  const server = await startServer((_, response) => sendJson(response, 200, answer));
  return Object.assign(server, { carto: new Carto({ baseUrl: server.baseUrl, apiKey: "secret" }) });
}

function statementOf(request: SeenRequest | undefined): string | null {
  return new URL(request?.url ?? "", "http://x").searchParams.get("q");
}

const bytes = new TextEncoder().encode(DATA);

function textStream(...pieces: string[]): ReadableStream<string> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
}

async function* slowly<T>(pieces: Iterable<T>): AsyncGenerator<T> {
  for (const piece of pieces) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    yield piece;
  }
}

test.each<[string, () => CopySource]>([
  ["a string", () => DATA],
  ["bytes", () => bytes],
  ["a Blob", () => new Blob([DATA])],
  ["a File", () => new File([DATA], "t.csv")],
  ["a stream of bytes", () => new Blob([DATA]).stream()],
  ["a stream of text", () => textStream(DATA.slice(0, 5), DATA.slice(5))],
  ["a Node stream", () => Readable.from([Buffer.from(bytes)])],
  ["a list of strings", () => [DATA.slice(0, 20), DATA.slice(20)]],
  ["a list of characters", () => [...DATA].flatMap((text) => text.split(""))],
  ["single bytes", () => Array.from(bytes, (byte) => new Uint8Array([byte]))],
  ["strings and bytes", () => ["1,one\n", bytes.slice(6)]],
  ["an async iterable", () => slowly(["1,one\n", bytes.slice(6)])],
])("data is copied from %s", async (_, source) => {
  await using server = await serving();

  expect(await server.carto.copy.from(INTO, source())).toEqual({ time: 0.1, total_rows: 3 });

  const [request] = server.requests;
  expect(request?.body.toString()).toBe(DATA);
  expect(request?.url.split("?")[0]).toBe("/user/dev/api/v2/sql/copyfrom");
  expect(statementOf(request)).toBe(INTO);
  expect(request?.headers["content-type"]).toBe("application/octet-stream");
  expect(request?.headers["content-encoding"]).toBeUndefined();
});

test("a source's buffer may be used again at once", async () => {
  await using server = await serving();
  function* reusing() {
    const buffer = new Uint8Array(1);
    for (const byte of bytes) {
      buffer[0] = byte;
      yield buffer;
    }
  }

  await server.carto.copy.from(INTO, reusing());

  expect(server.requests[0]?.body.toString()).toBe(DATA);
});

test("data is compressed on demand, by itself only on the way to other machines", async () => {
  await using server = await serving();
  const bodies: Uint8Array[] = [];
  const fetch = async (request: Request) => {
    bodies.push(new Uint8Array(await request.arrayBuffer()));
    return Response.json({ encoding: request.headers.get("content-encoding") });
  };
  const remote = new Carto({ baseUrl: "https://bob.example.com", fetch });

  await server.carto.copy.from(INTO, DATA, { compress: true });
  expect(await remote.copy.from(INTO, DATA)).toEqual({ encoding: "gzip" });
  expect(await remote.copy.from(INTO, DATA, { compress: false })).toEqual({ encoding: null });
  expect(await remote.copy.from(INTO, bodies[0] ?? "", { compressed: true })).toEqual({ encoding: "gzip" });

  expect(server.requests[0]?.headers["content-encoding"]).toBe("gzip");
  expect(gunzipSync(server.requests[0]?.body ?? "").toString()).toBe(DATA);
  expect(gunzipSync(bodies[0] ?? "").toString()).toBe(DATA);
  expect(new TextDecoder().decode(bodies[1])).toBe(DATA);
  expect(bodies[2]).toEqual(bodies[0]);
});

test("rows are copied as CSV, the first one telling the columns", async () => {
  await using server = await serving();
  const { copy } = server.carto;
  const rows = [
    { id: 1, "the name": "a,b", extra: null },
    { id: 2, "the name": "", extra: new Date(0) },
  ];

  await copy.from({ table: "t", schema: "s" }, copy.rows(rows));
  await copy.from({ table: "t", columns: ["id"] }, { rows: slowly(rows) });
  await copy.from({ table: "t", header: true, null: "-" }, copy.rows(rows, { columns: ["extra", "id"] }));
  await copy.from("copy t (id) from stdin with (format csv, header)", copy.rows(rows, { columns: ["id"] }));

  expect(server.requests.map(statementOf)).toEqual([
    'COPY "s"."t" ("id", "the name", "extra") FROM STDIN WITH (FORMAT csv)',
    'COPY "t" ("id") FROM STDIN WITH (FORMAT csv)',
    `COPY "t" ("extra", "id") FROM STDIN WITH (FORMAT csv, HEADER true, NULL '-')`,
    "copy t (id) from stdin with (format csv, header)",
  ]);
  expect(server.requests.map(({ body }) => body.toString())).toEqual([
    '1,"a,b",\n2,"",1970-01-01T00:00:00.000Z\n',
    "1\n2\n",
    "extra,id\n-,1\n1970-01-01T00:00:00.000Z,2\n",
    "id\n1\n2\n",
  ]);
});

test("rows whose columns nobody tells, or whose target takes no CSV, are refused", async () => {
  const { copy } = new Carto({ baseUrl: "http://localhost/user/dev" });

  await expect(copy.from({ table: "t" }, copy.rows([]))).rejects.toThrow(/name them in `columns`/);
  await expect(copy.from({ table: "t", format: "text" }, copy.rows([{}]))).rejects.toThrow(ConfigError);
  await expect(copy.from("copy t from stdin", copy.rows([{}]))).rejects.toThrow(ConfigError);
});

test("a statement must be a COPY in the right direction", async () => {
  await using server = await serving();
  const { copy } = server.carto;

  for (const statement of ["t", "select 1", "copy t to stdout", "copy t from '/etc/passwd'"]) {
    await expect(copy.from(statement, DATA)).rejects.toThrow(ConfigError);
  }
  await expect(copy.to("copy t from stdin")).rejects.toThrow(ConfigError);
  await expect(copy.from({ table: "t", format: unsafe("csv); drop") as never }, DATA)).rejects.toThrow(ConfigError);

  await copy.from(sql`\n COPY t FROM STDIN`, DATA);
  expect(server.requests.map(statementOf)).toEqual(["COPY t FROM STDIN"]);
});

test("progress tells the bytes, the rows, and the total where it is known", async () => {
  await using server = await serving();
  const { copy } = server.carto;
  const told: unknown[] = [];
  const onProgress = (progress: unknown) => told.push(progress);

  await copy.from(INTO, new Blob(["x".repeat(100_000)]), { onProgress, compress: true });
  await copy.from({ table: "t" }, copy.rows([{ a: 1 }, { a: 2 }]), { onProgress });

  expect(told.at(-2)).toEqual({ bytes: 100_000, total: 100_000, rows: undefined });
  expect(told.at(-1)).toEqual({ bytes: 4, total: undefined, rows: 2 });
});

test("a source that fails is what the call fails with, and the server gets no complete upload", async () => {
  let completed = false;
  await using server = await startServer((_, response) => {
    completed = true;
    sendJson(response, 200, {});
  });
  const { copy } = new Carto({ baseUrl: server.baseUrl });
  const broken = new Error("disk on fire");
  async function* failing() {
    yield "x".repeat(200_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    throw broken;
  }

  await expect(copy.from(INTO, failing(), { compress: false })).rejects.toBe(broken);
  await expect(copy.from(INTO, failing(), { compress: true })).rejects.toBe(broken);

  expect(completed).toBe(false);
});

test("an abort ends the upload, closes the source, and lets the server see it as broken", async () => {
  const seen: string[] = [];
  const raw = createServer((socket) => {
    socket.on("data", (data) => seen.push(data.toString()));
    socket.on("close", () => seen.push("closed"));
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => raw.listen(0, "127.0.0.1", resolve));
  const { port } = raw.address() as { port: number };
  const carto = new Carto({ baseUrl: `http://127.0.0.1:${port}/user/dev` });
  for (const stall of [false, true]) {
    seen.length = 0;
    let cancelled = false;
    const source = new ReadableStream<string>({
      async pull(controller) {
        if (stall && seen.length > 0) await new Promise(() => {});
        await new Promise((resolve) => setTimeout(resolve, 5));
        controller.enqueue("x".repeat(70_000));
      },
      cancel() {
        cancelled = true;
      },
    });
    const controller = new AbortController();
    const copying = carto.copy.from(INTO, source, { signal: controller.signal });
    await until(() => seen.length > 1);
    controller.abort();

    await expect(copying).rejects.toMatchObject({ name: "AbortError" });
    await until(() => cancelled && seen.at(-1) === "closed");
    expect(seen.join("")).not.toContain("\r\n0\r\n\r\n");
  }
  raw.close();
});

test("a connection that is refused closes a source that was never read", async () => {
  let cancelled = false;
  const source = new ReadableStream<string>({
    cancel() {
      cancelled = true;
    },
  });

  await expect(new Carto({ baseUrl: "http://127.0.0.1:1/user/dev" }).copy.from(INTO, source)).rejects.toMatchObject({
    name: "ConnectionError",
  });

  await until(() => cancelled);
});

test("an upload of any size takes little memory", async () => {
  const server = createHttpServer((request, response) => {
    request.resume().on("end", () => sendJson(response, 200, { time: 0, total_rows: 1 }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  function* pieces() {
    for (let i = 0; i < 4_096; i++) yield new Uint8Array(65_536);
  }
  let most = 0;
  const onProgress = ({ bytes }: { bytes: number }) => {
    if (bytes % 2 ** 24 === 0) most = Math.max(most, process.memoryUsage().arrayBuffers);
  };

  await new Carto({ baseUrl: `http://127.0.0.1:${port}/user/dev` }).copy.from(INTO, pieces(), { onProgress });

  expect(most).toBeGreaterThan(0);
  // Of 256 MB.
  expect(most).toBeLessThan(128 * 2 ** 20);
  server.close();
});

test("a redirected upload is an error", async () => {
  await using server = await startServer((_, response) => response.writeHead(307, { Location: "/elsewhere" }).end());

  await expect(new Carto({ baseUrl: server.baseUrl }).copy.from(INTO, DATA)).rejects.toThrow(/redirect/);
});

test("a COPY is never repeated", async () => {
  await using server = await startServer((_, response) => sendJson(response, 503, {}, { "Retry-After": "0" }));
  const { copy } = new Carto({ baseUrl: server.baseUrl });

  await expect(copy.from(INTO, DATA)).rejects.toMatchObject({ status: 503 });
  await expect(copy.to("copy t to stdout")).rejects.toMatchObject({ status: 503 });

  expect(server.requests).toHaveLength(2);
});

test("browsers collect a stream up to a cap, and stream a Blob from where it is", async () => {
  const bodies: string[] = [];
  const fetch = async (request: Request) => {
    bodies.push(await request.text());
    return Response.json({});
  };
  const baseUrl = "https://bob.example.com";
  const { copy } = new Carto({ baseUrl, fetch, maxCollectedUpload: 10, runtime: { browser: true } });
  const over = "x".repeat(11);

  await copy.from(INTO, ["1,one\n"], { compress: false });
  await copy.from(INTO, new Blob([over]));
  await expect(copy.from(INTO, [over], { compress: false })).rejects.toThrow(/maxCollectedUpload, 10 bytes/);

  expect(bodies).toEqual(["1,one\n", over]);
});

test("copy.to streams what the server sends, tells progress, and asks for the file name", async () => {
  await using server = await startServer((_, response) => {
    response.writeHead(200, { "Content-Type": "application/octet-stream" });
    response.write("1\tone\n");
    setTimeout(() => response.end("2\ttwo\n"), 10);
  });
  const { copy } = new Carto({ baseUrl: server.baseUrl });
  const told: number[] = [];

  const stream = await copy.to("COPY t TO STDOUT", { filename: "t.txt", onProgress: ({ bytes }) => told.push(bytes) });

  expect(await new Response(stream).text()).toBe("1\tone\n2\ttwo\n");
  expect(told.at(-1)).toBe(12);
  expect(server.requests[0]?.form).toMatchObject({ q: "COPY t TO STDOUT", filename: "t.txt" });

  await (await copy.to({ table: "t", columns: ["a"], header: true })).cancel();
  expect(server.requests[1]?.form["q"]).toBe('COPY "t" ("a") TO STDOUT WITH (FORMAT csv, HEADER true)');
});

test.each([
  ['1\tone\n{"error":["division by zero"]}', "division by zero"],
  ['{"error":["canceled"],"detail":"datasource","context":"limit"}', "canceled"],
])("data that ends with the original server's error fails: %s", async (body, message) => {
  await using server = await startServer((_, response) => response.writeHead(200).end(body));
  const stream = await new Carto({ baseUrl: server.baseUrl }).copy.to("copy t to stdout");

  await expect(new Response(stream).text()).rejects.toMatchObject({ name: "SqlError", message, partial: true });
});

test("a row that looks like an error is a row", async () => {
  const body = '{"error":["mine"]}\n';
  await using server = await startServer((_, response) => response.writeHead(200).end(body));
  const stream = await new Carto({ baseUrl: server.baseUrl }).copy.to("copy t to stdout");

  expect(await new Response(stream).text()).toBe(body);
});

test("an error before the data rejects the call", async () => {
  await using server = await startServer((_, response) =>
    sendJson(response, 400, { error: ['relation "t" does not exist'] }),
  );

  await expect(new Carto({ baseUrl: server.baseUrl }).copy.to("copy t to stdout")).rejects.toThrow(SqlError);
});
