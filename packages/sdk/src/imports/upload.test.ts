import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { sendJson, startServer, until } from "../../testing/http-server.ts";
import { IMPORT_ID } from "../../testing/imports.ts";
import { Carto } from "../carto.ts";
import { AuthenticationError, DecodeError, RateLimitError } from "../errors.ts";

const CREATED = { item_queue_id: IMPORT_ID, success: true };
const file = (): File => new File(["name,pop\nVic,48000\n"], "cities.csv");

test("all slots in use is a RateLimitError in the server's words, and no upload is repeated for it", async () => {
  const message = "We're sorry but you're already using your allowed 3 import slots";
  await using server = await startServer((_, response) => sendJson(response, 429, { errors: { imports: message } }));
  const { imports } = new Carto({ baseUrl: server.baseUrl });

  const refused = imports.create(file());

  await expect(refused).rejects.toThrow(RateLimitError);
  await expect(refused).rejects.toThrow(new RegExp(`^${message}$`));
  expect(server.requests).toHaveLength(1);
});

test.each([500, 502, 503])("an upload is not repeated after a %i", async (status) => {
  await using server = await startServer((_, response) => sendJson(response, status, {}, { "Retry-After": "0" }));

  await expect(new Carto({ baseUrl: server.baseUrl }).imports.create(file())).rejects.toMatchObject({ status });
  expect(server.requests).toHaveLength(1);
});

test("a URL may be sent again when the server can't have begun, and only then", async () => {
  await using busy = await startServer((_, response, count) =>
    count === 0 ? sendJson(response, 503, {}, { "Retry-After": "0" }) : sendJson(response, 200, CREATED),
  );
  expect(await new Carto({ baseUrl: busy.baseUrl }).imports.create("https://x.example/a.csv")).toBe(IMPORT_ID);

  await using failing = await startServer((_, response) => sendJson(response, 500, {}));
  await expect(new Carto({ baseUrl: failing.baseUrl }).imports.create("https://x.example/a.csv")).rejects.toMatchObject(
    { status: 500 },
  );
  expect(failing.requests).toHaveLength(1);
});

test("a refusal without a body is told by its status", async () => {
  await using server = await startServer((_, response) => response.writeHead(401).end());

  await expect(new Carto({ baseUrl: server.baseUrl, apiKey: "secret" }).imports.create(file())).rejects.toThrow(
    AuthenticationError,
  );
});

test("an answer without an id is an error", async () => {
  await using server = await startServer((_, response) => sendJson(response, 200, { success: true }));

  await expect(new Carto({ baseUrl: server.baseUrl }).imports.create("https://x.example/a.csv")).rejects.toThrow(
    DecodeError,
  );
});

test("a source that fails is what the call fails with, and the server gets no complete upload", async () => {
  let completed = false;
  await using server = await startServer((_, response) => {
    completed = true;
    sendJson(response, 200, CREATED);
  });
  const { imports } = new Carto({ baseUrl: server.baseUrl });
  const broken = new Error("disk on fire");
  async function* failing(after: number) {
    for (let i = 0; i < after; i++) yield "x".repeat(200_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    throw broken;
  }
  async function* failingRows() {
    yield { a: 1 };
    throw broken;
  }

  await expect(imports.create(failing(0), { name: "t.csv" })).rejects.toBe(broken);
  await expect(imports.create(failing(2), { name: "t.csv" })).rejects.toBe(broken);
  await expect(imports.create(failingRows(), { name: "t" })).rejects.toBe(broken);

  expect(completed).toBe(false);
});

test("an abort before the first piece closes the source, and the server hears of nothing", async () => {
  await using server = await startServer((_, response) => sendJson(response, 200, CREATED));
  const { imports } = new Carto({ baseUrl: server.baseUrl });
  const reason = new Error("enough");
  let cancelled: unknown;
  const never = new ReadableStream<Uint8Array>({
    pull: () => new Promise(() => {}),
    cancel(why) {
      cancelled = why ?? "cancelled";
    },
  });
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 20);

  await expect(imports.create(never, { name: "t.csv", signal: controller.signal })).rejects.toBe(reason);
  await until(() => cancelled !== undefined);
  await expect(imports.create(file(), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);

  expect(server.requests).toEqual([]);
});

test("an abort while uploading closes the source, and the server sees a broken body", async () => {
  const seen: string[] = [];
  const raw = createServer((socket) => {
    socket.on("data", (data) => seen.push(data.toString()));
    socket.on("close", () => seen.push("closed"));
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => raw.listen(0, "127.0.0.1", resolve));
  const { imports } = new Carto({ baseUrl: `http://127.0.0.1:${(raw.address() as AddressInfo).port}/user/dev` });
  for (const stall of [false, true]) {
    seen.length = 0;
    let cancelled = false;
    const source = new ReadableStream<Uint8Array>({
      async pull(controller) {
        if (stall && seen.length > 1) await new Promise(() => {});
        await new Promise((resolve) => setTimeout(resolve, 5));
        controller.enqueue(new Uint8Array(70_000).fill(120));
      },
      cancel() {
        cancelled = true;
      },
    });
    const controller = new AbortController();
    const importing = imports.create(source, { name: "t.csv", signal: controller.signal });
    await until(() => seen.length > 2);
    controller.abort();

    await expect(importing).rejects.toMatchObject({ name: "AbortError" });
    await until(() => cancelled && seen.at(-1) === "closed");
    expect(seen.join("")).not.toContain("\r\n0\r\n\r\n");
  }
  raw.close();
});

test("an upload of any size takes little memory, and goes no faster than the server reads", async () => {
  let stopped = false;
  const server = createHttpServer((request, response) => {
    request.once("data", () => {
      request.pause();
      stopped = true;
      setTimeout(() => request.resume(), 300);
    });
    request.on("end", () => sendJson(response, 200, CREATED));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  let given = 0;
  let givenWhileStopped = 0;
  function* pieces() {
    for (let i = 0; i < 4_096; i++) {
      given += 65_536;
      yield new Uint8Array(65_536);
    }
  }
  setTimeout(() => {
    if (stopped) givenWhileStopped = given;
  }, 250);
  let most = 0;
  const onProgress = ({ bytes }: { bytes: number }) => {
    if (bytes % 2 ** 24 === 0) most = Math.max(most, process.memoryUsage().arrayBuffers);
  };

  await new Carto({ baseUrl: `http://127.0.0.1:${port}/user/dev` }).imports.create(pieces(), {
    name: "t.csv",
    onProgress,
  });

  expect(given).toBe(2 ** 28);
  expect(givenWhileStopped).toBeGreaterThan(0);
  expect(givenWhileStopped).toBeLessThan(32 * 2 ** 20);
  expect(most).toBeGreaterThan(0);
  // Of 256 MB.
  expect(most).toBeLessThan(128 * 2 ** 20);
  server.close();
});

test("an error answered during the upload is what the call fails with", async () => {
  const server = createHttpServer((request, response) => {
    sendJson(response, 401, {}, { Connection: "close" });
    request.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { imports } = new Carto({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/user/dev` });
  let closed = false;
  async function* endless() {
    try {
      for (let i = 0; i < 1_024; i++) yield new Uint8Array(65_536);
    } finally {
      closed = true;
    }
  }

  await expect(imports.create(endless(), { name: "t.csv" })).rejects.toMatchObject({ status: 401 });

  expect(closed).toBe(true);
  server.closeAllConnections();
  server.close();
});
