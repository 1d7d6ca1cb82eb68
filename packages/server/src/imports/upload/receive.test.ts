import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "@hono/node-server";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { answerOf, eventually, readAll, send } from "../../../../../test/support/http.ts";
import { PlatformError } from "../../http/errors.ts";
import { isUpload, type ReceivedUpload, receiveUpload } from "./receive.ts";

const MB = 1024 ** 2;
const MAX_BYTES = 2 * MB;

let dir: string;
let server: ReturnType<typeof serve>;
let base: string;
/** What uploads ended with on the server, the latest last. */
let ends: (ReceivedUpload | Error)[] = [];
/** Refuses those who say the wrong word before the file. */
const admit = (fields: Record<string, string | string[]>): void => {
  if (fields["word"] === "wrong") throw new PlatformError(401, { errors: { imports: "no" } });
};
let limits = { maxBytes: MAX_BYTES, idleMs: 5_000, admit };

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "carto-upload-"));
  server = serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
  if (!server.listening) await once(server, "listening");
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

afterEach(async () => {
  for (const name of await readdir(dir)) await rm(join(dir, name));
  ends = [];
  limits = { maxBytes: MAX_BYTES, idleMs: 5_000, admit };
});

afterAll(async () => {
  server.close();
  await rm(dir, { recursive: true });
});

async function answer(request: Request): Promise<Response> {
  try {
    const upload = await receiveUpload(request, { dir, ...limits, signal: request.signal });
    ends.push(upload);
    return Response.json(upload);
  } catch (error) {
    ends.push(error as Error);
    if (!(error instanceof PlatformError)) throw error;
    return Response.json(error.body, { status: error.status });
  }
}

const TYPE = "multipart/form-data; boundary=XX";

/** Head of a part for which no file was chosen, as browsers send it. */
const UNNAMED = 'name="file"; filename=""\r\nContent-Type: application/octet-stream';

/** A form's body; a part is its head, without the ending, and its content. */
const form = (...parts: [head: string, content: string | Buffer][]): Buffer =>
  Buffer.concat([
    ...parts.flatMap(([head, content]) => [
      Buffer.from(`--XX\r\nContent-Disposition: form-data; ${head}\r\n\r\n`),
      Buffer.from(content),
      Buffer.from("\r\n"),
    ]),
    Buffer.from("--XX--\r\n"),
  ]);

interface Answer {
  status: number | undefined;
  body: Record<string, unknown>;
}

async function post(body: Buffer, { type = TYPE, query = "" } = {}): Promise<Answer> {
  const headers = { "Content-Type": type, "Content-Length": String(body.length) };
  const answered = await answerOf(send(`${base}${query}`, { method: "POST", body, headers }));
  return { status: answered.statusCode, body: JSON.parse((await readAll(answered)).text) };
}

const refused = (status: number, imports: string): Answer => ({ status, body: { errors: { imports } } });

const malformed = (why: string): Answer =>
  refused(
    400,
    `The upload can't be read: ${why}. Send it as multipart/form-data with the file in a part named "file".`,
  );

test("a form's file lies on the disk, for this user alone, and its fields are given", async () => {
  const content = Buffer.from("a,b\r\n--X\r\n1,\0\r\n");

  const { status, body } = await post(
    form(
      ['name="privacy"', "public"],
      ['name="file"; filename="my cities 2024.csv"', content],
      ['name="tag"', "ü"],
      ['name="tag"', "b"],
      ['name="__proto__"', "c"],
    ),
  );

  expect(status).toBe(200);
  const upload = ends[0] as ReceivedUpload;
  expect(JSON.stringify(upload.fields)).toBe('{"privacy":"public","tag":["ü","b"],"__proto__":"c"}');
  const [id] = await readdir(dir);
  expect(body["file"]).toEqual({ id, path: join(dir, String(id)), name: "my_cities_2024.csv", size: content.length });
  expect(await readFile(join(dir, String(id)))).toEqual(content);
  expect((await stat(join(dir, String(id)))).mode & 0o777).toBe(0o600);
});

test("a raw body is the file that the query names", async () => {
  const { body } = await post(Buffer.from('{"type":"FeatureCollection"}'), {
    type: "application/json",
    query: "?filename=other&filename=..%2Fmy%20roads.geojson&api_key=x",
  });

  const [id] = await readdir(dir);
  expect(body).toEqual({
    fields: {},
    file: { id, path: join(dir, String(id)), name: "my_roads.geojson", size: 28 },
  });
});

test("an empty file and a form without any are received as such", async () => {
  expect((await post(form(['name="filename"; filename="e.csv"', ""]))).body["file"]).toMatchObject({ size: 0 });
  expect(await post(form([UNNAMED, ""], ['name="url"', "u"]))).toEqual({
    status: 200,
    body: { fields: { url: "u" } },
  });
  expect((await post(form(['name="file"', "not a file"]))).body).toEqual({ fields: { file: "not a file" } });
});

test.each([
  ['filename="../../etc/passwd.csv"', "passwd.csv"],
  ['filename="C:\\\\temp\\\\cities.csv"', "cities.csv"],
  ['filename="población.csv"', "población.csv"],
  ["filename*=UTF-8''poblaci%C3%B3n%20a.csv", "población_a.csv"],
  ['filename="a%22b%0D%0Ac.csv"', 'a"bc.csv'],
  ['filename="\u202Evsc.csv"', "vsc.csv"],
])("a file sent with %s is known as %s", async (head, name) => {
  expect((await post(form([`name="file"; ${head}`, "a\n1\n"]))).body["file"]).toMatchObject({ name });
});

test.each([
  [
    "two files",
    form(['name="file"; filename="a.csv"', "a"], ['name="file"; filename="b.csv"', "b"]),
    refused(400, "An import takes one file: send each in a request of its own."),
  ],
  [
    "a file in a part of another name",
    form(['name="data"; filename="a.csv"', "a"]),
    refused(400, 'The file must be in a part named "file", not "data".'),
  ],
  ["a file without a name", form([UNNAMED, "a"]), malformed("its file has no name")],
  ["a file named ..", form(['name="file"; filename=".."', "a"]), malformed("its file has no name")],
  [
    "a file in base64",
    form(['name="file"; filename="a.csv"\r\nContent-Transfer-Encoding: base64', "YQ=="]),
    malformed("its file is encoded as base64, which forms do not use any more"),
  ],
  [
    "a form cut within its file",
    form(['name="file"; filename="a.csv"', "a,b\n1,2\n"]).subarray(0, -12),
    malformed("it is no multipart form, or ends before its end"),
  ],
  ["no form at all", Buffer.from("a,b\n1,2\n"), malformed("it is no multipart form, or ends before its end")],
  ["nothing", Buffer.alloc(0), malformed("it is no multipart form, or ends before its end")],
  [
    "a broken part head",
    Buffer.from("--XX\r\nContent Disposition\0: form-data\r\n\r\na\r\n--XX--\r\n"),
    malformed("it is no multipart form, or ends before its end"),
  ],
  [
    "a head without end",
    Buffer.from(`--XX\r\nContent-Disposition: form-data; name="${"x".repeat(100_000)}"\r\n\r\na\r\n--XX--\r\n`),
    malformed("it is no multipart form, or ends before its end"),
  ],
  [
    "101 fields",
    form(...Array.from({ length: 101 }, (_, n): [string, string] => [`name="f${n}"`, "x"])),
    malformed("it has more than 100 fields"),
  ],
  [
    "thousands of parts that are neither",
    Buffer.from(`${"--XX\r\nX: y\r\n\r\n\r\n".repeat(5000)}--XX--\r\n`),
    malformed("it has too many parts"),
  ],
  [
    "fields of more than a megabyte",
    form(['name="a"', "x".repeat(600_000)], ['name="b"', "x".repeat(600_000)]),
    refused(413, "The fields of the upload are larger than 1048576 bytes."),
  ],
  ["a field without a name", form(['filename=""', ""], ["x=y", "a"]), malformed("a part of it has no name")],
])("%s is refused, and no file is left", async (_, body, expected) => {
  expect(await post(body)).toEqual(expected);
  expect(await readdir(dir)).toEqual([]);
});

test("content types that name no boundary, or a giant one, are refused", async () => {
  const body = form(['name="file"; filename="a.csv"', "a"]);

  expect(await post(body, { type: "multipart/form-data" })).toEqual(malformed("its content type names no boundary"));
  expect(await post(body, { type: `multipart/form-data; boundary=${"-".repeat(5000)}` })).toEqual(
    malformed("its boundary is too long"),
  );
});

test("a body that is no file is refused", async () => {
  expect(await post(Buffer.from("a,b\n"), { type: "text/csv" })).toEqual(
    refused(400, 'There is no file: send a form with a part named "file", or name the body in "filename".'),
  );
  expect((await post(Buffer.from("a,b\n"), { type: "text/csv", query: "?filename=.." })).status).toBe(400);
  const isOne = (type: string, query = ""): boolean =>
    isUpload(new Request(`${base}${query}`, { method: "POST", body: "x", headers: { "Content-Type": type } }));
  expect([isOne(TYPE), isOne("Multipart/Form-Data"), isOne("text/csv", "?filename=a.csv")]).toEqual([true, true, true]);
  expect([isOne("application/json"), isOne("text/csv", "?file=a.csv")]).toEqual([false, false]);
});

test("a file of exactly the limit is taken, one byte more is not", async () => {
  const file = (bytes: number): Buffer => form(['name="file"; filename="a.csv"', Buffer.alloc(bytes, "a")]);
  const tooLarge = refused(413, "The file is larger than the 2 MB that may be imported: split it, or raise the limit.");

  expect((await post(file(MAX_BYTES))).status).toBe(200);
  expect(await readdir(dir)).toHaveLength(1);
  expect(await post(file(MAX_BYTES + 1))).toEqual(tooLarge);
  expect(await post(Buffer.alloc(MAX_BYTES + 1), { type: "text/csv", query: "?filename=a.csv" })).toEqual(tooLarge);
  expect(await post(Buffer.concat([Buffer.alloc(5 * MB), file(1)]))).toEqual(tooLarge);
  expect(await readdir(dir)).toHaveLength(1);
});

test("the answer to a file that is refused early is read by a client that is still sending", async () => {
  for (let round = 0; round < 20; round++) {
    const { status } = await post(form(['name="data"; filename="a.csv"', Buffer.alloc(3 * MB)]));
    expect(status).toBe(400);
  }
  expect(await eventually(async () => (await readdir(dir)).length === 0)).toBe(true);
});

/** Sends the beginning of an upload and leaves the connection open. */
async function begin(body: Buffer, { length = 1_000_000, type = TYPE, query = "" } = {}) {
  const { port } = new URL(base);
  const socket = connect(Number(port), "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.write(
    `POST /${query} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n`,
  );
  socket.write(body);
  return socket;
}

const opened = form(['name="file"; filename="a.csv"', Buffer.alloc(100_000, "a")]).subarray(0, 90_000);

test.each([
  ["a form", { type: TYPE, query: "" }],
  ["a raw body", { type: "text/csv", query: "?filename=a.csv" }],
])("a client that leaves within %s leaves no file", async (_, where) => {
  const socket = await begin(opened, where);
  expect(await eventually(async () => (await readdir(dir)).length === 1)).toBe(true);

  socket.destroy();

  expect(await eventually(() => ends.length === 1)).toBe(true);
  expect((ends[0] as Error).name).toBe("ClientGoneError");
  expect(await readdir(dir)).toEqual([]);
});

test("a client that stands still is told so, and leaves no file", async () => {
  limits.idleMs = 100;
  const socket = await begin(opened);

  const pieces: Buffer[] = [];
  socket.on("data", (piece) => pieces.push(piece));
  expect(await eventually(() => ends.length === 1)).toBe(true);
  expect(await eventually(() => Buffer.concat(pieces).includes("The upload sent nothing for 0.1 s"))).toBe(true);

  expect(await readdir(dir)).toEqual([]);
  socket.destroy();
});

test("a form that comes byte by byte is received", async () => {
  const body = form(['name="file"; filename="a.csv"', "a,b\n1,2\n"], ['name="x"', "y"]);
  const socket = await begin(Buffer.alloc(0), { length: body.length });
  socket.setNoDelay();
  for (const byte of body) {
    socket.write(Buffer.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
  }

  expect(await eventually(() => ends.length === 1)).toBe(true);
  expect(ends[0]).toMatchObject({ fields: { x: "y" }, file: { name: "a.csv", size: 8 } });
  socket.destroy();
});

test("aborting ends an upload of a request that has no socket", async () => {
  const leaving = new AbortController();
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(new Uint8Array(opened));
      return new Promise<void>((resolve) => setTimeout(resolve, 50));
    },
  });
  const request = new Request(base, {
    method: "POST",
    body,
    headers: { "Content-Type": TYPE },
    duplex: "half",
  } as RequestInit);
  setTimeout(() => leaving.abort(new Error("left")), 100);

  await expect(receiveUpload(request, { dir, ...limits, signal: leaving.signal })).rejects.toThrow("left");
  expect(await readdir(dir)).toEqual([]);
});

test("an upload whose client left before it began is not read", async () => {
  const request = new Request(base, { method: "POST", body: "a", headers: { "Content-Type": TYPE } });

  await expect(receiveUpload(request, { dir, ...limits, signal: AbortSignal.abort("left") })).rejects.toThrow(
    "the client left during its upload",
  );
  expect(await readdir(dir)).toEqual([]);
});

test("memory stays flat under a large file", async () => {
  const total = 300 * MB;
  limits.maxBytes = total;
  const head = form(['name="file"; filename="a.csv"', ""]).subarray(0, -10);
  const tail = Buffer.from("\r\n--XX--\r\n");
  const socket = await begin(head, { length: head.length + total + tail.length });
  const before = process.memoryUsage().rss;
  let peak = 0;
  const piece = Buffer.alloc(MB, "a");
  for (let sent = 0; sent < total; sent += piece.length) {
    if (!socket.write(piece)) await once(socket, "drain");
    peak = Math.max(peak, process.memoryUsage().rss);
  }
  socket.write(tail);

  expect(await eventually(() => ends.length === 1, 20_000)).toBe(true);
  expect(ends[0]).toMatchObject({ file: { size: total } });
  expect((peak - before) / MB).toBeLessThan(150);
  socket.destroy();
});

/** Runs a program on the compiled server with a full disk of 1 MB at `MNT`; undefined where that can't be made. */
async function onSmallDisk(program: string): Promise<string | undefined> {
  const mount = join(dir, "mnt");
  const script = `mkdir ${mount} && mount -t tmpfs -o size=1m tmpfs ${mount} && exec "$0" --input-type=module -e "$1"`;
  const child = spawn("sh", ["-c", 'exec unshare -rm sh -c "$@"', "sh", script, process.execPath, program], {
    env: { PATH: process.env["PATH"], MNT: mount },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const code = await new Promise((resolve) => child.on("close", resolve).on("error", () => resolve(-1)));
  await rm(mount, { recursive: true, force: true });
  return code === 0 ? output : undefined;
}

test("a full disk is told, and the file removed", async ({ skip }) => {
  const module = new URL("../../../dist/imports/upload/receive.js", import.meta.url).href;
  const output = await onSmallDisk(`
    import { readdirSync } from "node:fs";
    import { receiveUpload } from ${JSON.stringify(module)};
    const request = new Request("http://localhost/?filename=a.csv", { method: "POST", body: Buffer.alloc(3e6) });
    const options = { dir: process.env.MNT, maxBytes: 1e9, idleMs: 1000, signal: new AbortController().signal, admit() {} };
    const error = await receiveUpload(request, options).catch((error) => error);
    console.log(JSON.stringify([error.status, error.body, readdirSync(process.env.MNT)]));
  `);
  if (output === undefined) skip("no small disk can be mounted here");

  expect(JSON.parse(output ?? "")).toEqual([
    507,
    {
      errors: {
        imports: "The server has no room for the file: ask whoever runs it to free disk space, then send it again.",
      },
    },
    [],
  ]);
});

test("an upload whose fields are refused leaves no file, whatever its size", async () => {
  const answered = await post(form(['name="word"', "wrong"], ['name="file"; filename="a.csv"', "x".repeat(MB)]));

  expect(answered).toEqual(refused(401, "no"));
  expect(await readdir(dir)).toEqual([]);
});
