import { createServer } from "node:http";
import { expect, test } from "vitest";
import { sendJson, sendRows, startServer, until } from "../testing/http-server.ts";
import { ImpatientRuntime } from "../testing/impatient-runtime.ts";
import { Carto } from "./carto.ts";
import { ConnectionError, QueryTimeoutError, RateLimitError, ServerError, TimeoutError } from "./errors.ts";
import type { CartoOptions } from "./options.ts";

const HOUR = 3_600_000;

function client(baseUrl: string, options: CartoOptions = {}): { carto: Carto; runtime: ImpatientRuntime } {
  const runtime = new ImpatientRuntime();
  return { carto: new Carto({ baseUrl, timeout: HOUR, runtime, ...options }), runtime };
}

test("reads are repeated after a failure that may pass, with growing jitter", async () => {
  await using server = await startServer((_, response, count) =>
    count < 2 ? sendJson(response, 502, { error: ["bad gateway"] }) : sendRows(response, []),
  );
  const { carto, runtime } = client(server.baseUrl);

  const { meta } = await carto.sql.query("select 1", {}, { readOnly: true });

  expect(meta.attempt).toBe(3);
  expect(runtime.waits).toEqual([100, 200]);
});

test("a POST that isn't said to be read-only is not repeated once the server may have begun", async () => {
  await using server = await startServer((_, response) => sendJson(response, 502, { error: ["bad gateway"] }));
  const { carto } = client(server.baseUrl);

  await expect(carto.sql.query("insert")).rejects.toThrow(ServerError);

  expect(server.requests).toHaveLength(1);
});

test.each([429, 503])("a POST refused with %i is repeated when the server says", async (status) => {
  await using server = await startServer((_, response, count) =>
    count === 0
      ? sendJson(response, status, { error: ["wait"], context: "limit", detail: "rate-limit" }, { "Retry-After": "7" })
      : sendRows(response, []),
  );
  const { carto, runtime } = client(server.baseUrl);

  await carto.sql.query("insert");

  expect(runtime.waits).toEqual([7000]);
});

test("Retry-After is obeyed up to a minute", async () => {
  await using server = await startServer((_, response, count) =>
    count === 0 ? sendJson(response, 503, {}, { "Retry-After": "600" }) : sendRows(response, []),
  );
  const { carto, runtime } = client(server.baseUrl);

  await carto.sql.query("select 1");

  expect(runtime.waits).toEqual([60_000]);
});

test("a statement that ran into its time limit is not run again", async () => {
  await using server = await startServer((_, response) =>
    sendJson(response, 429, { error: ["over limits"], context: "limit", detail: "datasource" }),
  );
  const { carto } = client(server.baseUrl);

  await expect(carto.sql.query("select", {}, { readOnly: true })).rejects.toThrow(QueryTimeoutError);

  expect(server.requests).toHaveLength(1);
});

test("a refused connection is tried again, whatever the method", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  const { carto, runtime } = client(`http://127.0.0.1:${port}/user/dev`);

  const failure = await carto.sql.query("insert").catch((error: unknown) => error);

  expect(failure).toBeInstanceOf(ConnectionError);
  expect(failure).toMatchObject({ code: "ECONNREFUSED", refused: true });
  expect(runtime.waits).toEqual([100, 200]);
});

test("maxRetries sets the number of further attempts", async () => {
  await using server = await startServer((_, response) => sendJson(response, 503, {}));
  const { carto } = client(server.baseUrl, { maxRetries: 4 });

  await expect(carto.sql.query("select")).rejects.toThrow(ServerError);
  expect(server.requests).toHaveLength(5);

  await expect(carto.sql.query("select", {}, { maxRetries: 0 })).rejects.toThrow(ServerError);
  expect(server.requests).toHaveLength(6);
});

test("a client whose retries are in vain stops making them", async () => {
  await using server = await startServer((_, response) => sendJson(response, 503, {}));
  const { carto } = client(server.baseUrl, { maxRetries: 1_000 });

  await expect(carto.sql.query("select")).rejects.toThrow(ServerError);

  // 500 tokens at 5 a retry.
  expect(server.requests).toHaveLength(101);
});

test("a total time limit leaves no room for a wait beyond it", async () => {
  await using server = await startServer((_, response) => sendJson(response, 503, {}, { "Retry-After": "30" }));
  const carto = new Carto({ baseUrl: server.baseUrl, totalTimeout: 29_000 });

  await expect(carto.sql.query("select")).rejects.toThrow(ServerError);

  expect(server.requests).toHaveLength(1);
});

test("an attempt that gets no answer in time ends with a TimeoutError, and the request with it", async () => {
  let closed = false;
  await using server = await startServer((_, response) => {
    response.on("close", () => {
      closed = true;
    });
  });
  const carto = new Carto({ baseUrl: server.baseUrl, timeout: 50 });

  await expect(carto.sql.query("select")).rejects.toMatchObject({ name: "TimeoutError", timeout: 50 });

  await until(() => closed);
});

test("a total time limit ends a streamed answer as well", async () => {
  await using server = await startServer((_, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write("x"), 10);
    response.on("close", () => clearInterval(timer));
  });
  const carto = new Carto({ baseUrl: server.baseUrl });
  const stream = await carto.sql.export("select", { format: "csv" }, { totalTimeout: 100 });

  await expect(new Response(stream).text()).rejects.toMatchObject({ name: "TimeoutError", timeout: 100 });
});

test("a streamed answer may take its time between reads, but not to send the next piece", async () => {
  await using server = await startServer((_, response) => {
    response.writeHead(200);
    response.write("x");
  });
  const carto = new Carto({ baseUrl: server.baseUrl, timeout: 60 });
  const reader = (await carto.sql.export("select", { format: "csv" })).getReader();

  await new Promise((resolve) => setTimeout(resolve, 120));

  expect((await reader.read()).done).toBe(false);
  await expect(reader.read()).rejects.toThrow(TimeoutError);
});

test("an abort rejects with the signal's reason: before, during, between attempts, while streaming", async () => {
  await using server = await startServer((request, response) => {
    if (request.form["q"] === "busy") sendJson(response, 503, {}, { "Retry-After": "50" });
    if (request.form["q"] !== "stream") return;
    response.writeHead(200);
    response.write("x");
  });
  const carto = new Carto({ baseUrl: server.baseUrl });
  const reason = new Error("enough");

  await expect(carto.sql.query("x", {}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  expect(server.requests).toHaveLength(0);

  for (const q of ["hang", "busy"]) {
    const controller = new AbortController();
    const query = carto.sql.query(q, {}, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 30);
    await expect(query).rejects.toBe(reason);
  }

  const controller = new AbortController();
  const stream = await carto.sql.export("stream", { format: "csv" }, { signal: controller.signal });
  setTimeout(() => controller.abort(), 30);
  await expect(new Response(stream).text()).rejects.toMatchObject({ name: "AbortError" });
});

test("a fetch that doesn't heed its signal is left behind all the same", async () => {
  const carto = new Carto({ baseUrl: "http://localhost/user/dev", fetch: () => new Promise(() => {}), timeout: 20 });

  await expect(carto.sql.query("select")).rejects.toThrow(TimeoutError);
});

test("rate limits are told of every answer, and are part of errors", async () => {
  const limits = { "Carto-Rate-Limit-Limit": "10", "Carto-Rate-Limit-Remaining": "0", "Carto-Rate-Limit-Reset": "3" };
  await using server = await startServer((_, response) =>
    sendJson(response, 429, { error: ["slow down"], detail: "rate-limit" }, { ...limits, "Retry-After": "1" }),
  );
  const { carto } = client(server.baseUrl, { maxRetries: 1 });
  const metas: unknown[] = [];

  const failure = await carto.sql.query("x", {}, { onMeta: (meta) => metas.push(meta) }).catch((error) => error);

  expect(failure).toBeInstanceOf(RateLimitError);
  expect(failure).toMatchObject({ limit: 10, remaining: 0, reset: 3, retryAfter: 1 });
  expect(metas).toHaveLength(2);
  expect(metas[1]).toMatchObject({ status: 429, attempt: 2, rateLimit: { limit: 10 } });
});

test("Retry-After may be a date, and nonsense is no answer", async () => {
  const { readMeta } = await import("./meta.ts");
  const read = (value: string) =>
    readMeta(new Response("", { headers: { "Retry-After": value } }), 1, Date.parse("2026-01-01T00:00:00Z")).rateLimit
      .retryAfter;

  expect(read("Thu, 01 Jan 2026 00:00:09 GMT")).toBe(9);
  expect(read("Wed, 31 Dec 2025 00:00:00 GMT")).toBe(0);
  expect(read("-1")).toBeUndefined();
  expect(read("soon")).toBeUndefined();
});

test("the caller's signal is let go of when a call has ended", async () => {
  await using server = await startServer((_, response) => sendRows(response, []));
  const carto = new Carto({ baseUrl: server.baseUrl });
  const { signal } = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners++;
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listeners--;
    removeEventListener.apply(signal, args);
  };

  for (let i = 0; i < 5; i++) await carto.sql.query("select 1", {}, { signal });
  for await (const _ of carto.sql.stream("select 1", {}, { signal }));
  await new Response(await carto.sql.export("select 1", { format: "csv" }, { signal })).text();

  expect(listeners).toBe(0);
});

test("a custom fetch is called with one Request", async () => {
  const seen: Request[] = [];
  const fetch = (request: Request) => {
    seen.push(request);
    return Response.json({ rows: [{ a: 1 }], time: 0, fields: {}, total_rows: 1 });
  };
  const carto = new Carto({ baseUrl: "http://localhost/user/dev", fetch });

  const { rows } = await carto.sql.query("select 1 as a");

  expect(rows).toEqual([{ a: 1 }]);
  expect(await seen[0]?.text()).toBe("q=select+1+as+a&client=cts-0.1.0");
});
