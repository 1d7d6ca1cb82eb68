import { QUERY_TIMEOUT_MESSAGE } from "@carto-ts/protocol";
import { expect, test } from "vitest";
import { type SeenRequest, sendJson, sendRows, startServer, until } from "../../testing/http-server.ts";
import { Carto } from "../carto.ts";
import { ConfigError, ConnectionError, DecodeError, QueryTimeoutError, SqlError } from "../errors.ts";
import { sql } from "../sql-text.ts";

test("query posts a form and resolves with the answer, typed", async () => {
  await using server = await startServer((_, response) =>
    sendRows(response, [{ n: 1 }], { "Carto-Rate-Limit-Remaining": "7", "X-Request-Id": "r1" }),
  );
  const carto = new Carto({ baseUrl: server.baseUrl, apiKey: "secret" });

  const result = await carto.sql.query<{ n: number }>(sql`select ${1} as n`, { skipfields: ["a", "b"], page: 0 });

  const [{ method, url, headers, form }] = server.requests as [SeenRequest];
  expect({ method, url, form }).toEqual({
    method: "POST",
    url: "/user/dev/api/v2/sql",
    form: { q: "select 1 as n", skipfields: "a,b", page: "0", client: "cts-0.1.0" },
  });
  expect(headers["authorization"]).toBe(`Basic ${btoa("dev:secret")}`);
  expect(headers["user-agent"]).toBe("carto-ts/0.1.0");
  expect(result).toEqual({ rows: [{ n: 1 }], time: 0.001, fields: {}, total_rows: 1 });
  expect(result.meta).toMatchObject({ status: 200, requestId: "r1", rateLimit: { remaining: 7 } });
});

test("a statement of any length goes into the body", async () => {
  await using server = await startServer((_, response) => sendRows(response, []));
  const carto = new Carto({ baseUrl: server.baseUrl });

  await carto.sql.query(`select '${"x".repeat(100_000)}'`);

  expect(server.requests[0]?.form["q"]).toHaveLength(100_009);
  expect(server.requests[0]?.headers["authorization"]).toBeUndefined();
});

test("a 200 whose body carries an error rejects as partial", async () => {
  await using server = await startServer((_, response) =>
    sendJson(response, 200, { rows: [{ n: 1 }], time: 0, fields: {}, total_rows: 1, error: ["division by zero"] }),
  );
  const carto = new Carto({ baseUrl: server.baseUrl });

  const failure = await carto.sql.query("select 1/n").catch((error: unknown) => error);

  expect(failure).toBeInstanceOf(SqlError);
  expect(failure).toMatchObject({ message: "division by zero", partial: true, status: 200 });
});

test("query reads json only", async () => {
  const carto = new Carto({ baseUrl: "http://localhost/user/dev" });

  await expect(carto.sql.query("select 1", { format: "csv" })).rejects.toThrow(ConfigError);
  expect(() => carto.sql.stream("select 1", { format: "csv" })).toThrow(ConfigError);
});

test("geojson resolves with a feature collection", async () => {
  const document = { type: "FeatureCollection", features: [{ type: "Feature", geometry: null, properties: { a: 1 } }] };
  await using server = await startServer((_, response) => sendJson(response, 200, document));

  const result = await new Carto({ baseUrl: server.baseUrl }).sql.geojson<{ a: number }>("select 1");

  expect(result).toEqual(document);
  expect(server.requests[0]?.form["format"]).toBe("geojson");
});

test("stream yields rows before the answer has ended, then its summary", async () => {
  let finish = (): void => {};
  await using server = await startServer((_, response) => {
    response.writeHead(200, { "Content-Type": "application/json" });
    response.write('{"rows":[{"n":1},\n{"n":2},\n');
    finish = () => response.end('{"n":3}],"time":0.5,"fields":{"n":{"type":"number"}},"total_rows":3}');
  });
  const rows = new Carto({ baseUrl: server.baseUrl }).sql.stream<{ n: number }>("select n");
  const seen: number[] = [];

  for await (const { n } of rows) {
    seen.push(n);
    if (n === 2) {
      expect(rows.fields).toBeUndefined();
      finish();
    }
  }

  expect(seen).toEqual([1, 2, 3]);
  expect(rows.fields).toEqual({ n: { type: "number" } });
  expect(rows.summary()).toEqual({ time: 0.5, fields: { n: { type: "number" } }, total_rows: 3 });
  expect(rows.meta?.status).toBe(200);
});

test("rows come out whole when their bytes arrive one by one, in the middle of characters too", async () => {
  const rows = [{ name: "Vic 🗺 ]}" }, { name: 'Àger,\n"' }, { name: "" }];
  const body = new TextEncoder().encode(
    `{"rows":[${rows.map((row) => JSON.stringify(row)).join(",\n")}],"time":0,"fields":{"name":{"type":"ñ[]"}},"total_rows":3}`,
  );
  let at = 0;
  const oneByOne = new ReadableStream({
    pull: (controller) => (at < body.length ? controller.enqueue(body.slice(at, ++at)) : controller.close()),
  });
  const stream = new Carto({ baseUrl: "http://localhost/user/dev", fetch: () => new Response(oneByOne) }).sql.stream(
    "x",
  );
  const seen: unknown[] = [];

  for await (const batch of stream.batches()) seen.push(...batch);

  expect(seen).toEqual(rows);
  expect(stream.fields).toEqual({ name: { type: "ñ[]" } });
});

test("a stream sends nothing until it is read, and can be read once", async () => {
  await using server = await startServer((_, response) => sendRows(response, [{ n: 1 }]));
  const rows = new Carto({ baseUrl: server.baseUrl }).sql.stream("select 1");
  expect(() => rows.summary()).toThrow(/after its last row/);
  expect(server.requests).toHaveLength(0);

  expect(await rows.batches().next()).toEqual({ done: false, value: [{ n: 1 }] });

  await expect(rows.batches().next()).rejects.toThrow(/only once/);
});

test("calls of next() without waiting get one row each", async () => {
  await using server = await startServer((_, response) => sendRows(response, [{ n: 1 }, { n: 2 }]));
  const rows = new Carto({ baseUrl: server.baseUrl }).sql.stream<{ n: number }>("select 1")[Symbol.asyncIterator]();

  const results = await Promise.all([rows.next(), rows.next(), rows.next()]);

  expect(results.map(({ value }) => value?.n)).toEqual([1, 2, undefined]);
});

test("an error after the first rows rejects after them", async () => {
  await using server = await startServer((_, response) => {
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end(`{"rows":[{"n":1},\n{"n":2}],"time":0,"fields":{},"total_rows":2,"error":["division by zero"]}`);
  });
  const seen: unknown[] = [];

  const reading = (async () => {
    for await (const row of new Carto({ baseUrl: server.baseUrl }).sql.stream("select")) seen.push(row);
  })();

  await expect(reading).rejects.toMatchObject({ name: "SqlError", message: "division by zero", partial: true });
  expect(seen).toEqual([{ n: 1 }, { n: 2 }]);
});

test("a time-out in the middle of the rows is a QueryTimeoutError", async () => {
  await using server = await startServer((_, response) =>
    sendJson(response, 200, { rows: [], time: 0, fields: {}, total_rows: 0, error: [QUERY_TIMEOUT_MESSAGE] }),
  );
  const carto = new Carto({ baseUrl: server.baseUrl });

  await expect(carto.sql.query("select")).rejects.toThrow(QueryTimeoutError);
  await expect(carto.sql.stream("select").batches().next()).rejects.toThrow(QueryTimeoutError);
});

test("an answer that ends too early is an error, however it ends", async () => {
  await using server = await startServer((_, response, count) => {
    response.writeHead(200, { "Content-Type": "application/json" });
    response.write('{"rows":[{"n":1},\n{"n":2');
    if (count === 0) response.end();
    else setTimeout(() => response.destroy(), 20);
  });
  const carto = new Carto({ baseUrl: server.baseUrl });
  const read = async () => {
    for await (const _ of carto.sql.stream("select"));
  };

  await expect(read()).rejects.toThrow(DecodeError);
  await expect(read()).rejects.toThrow(ConnectionError);
  await expect(carto.sql.query("select")).rejects.toThrow(ConnectionError);
});

test("query says so when JSON breaks off", async () => {
  await using server = await startServer((_, response) => {
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end('{"rows":[{"n":1}');
  });
  const query = new Carto({ baseUrl: server.baseUrl }).sql.query("select");

  await expect(query).rejects.toThrow(DecodeError);
  await expect(query).rejects.toThrow(/breaks off \(16 characters\)/);
});

test("a web page is refused with a short message", async () => {
  await using server = await startServer((_, response) => {
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
    response.end(`<html><body>${"welcome ".repeat(10_000)}</body></html>`);
  });
  const carto = new Carto({ baseUrl: server.baseUrl });

  await expect(carto.sql.query("select")).rejects.toThrow(/is a web page/);
  await expect(carto.sql.export("select", { format: "csv" })).rejects.toThrow(DecodeError);
  await expect(carto.sql.stream("select").batches().next()).rejects.toThrow(DecodeError);
});

test("leaving the loop closes the connection, so that the server can cancel the query", async () => {
  let closed = false;
  await using server = await startServer((_, response) => {
    response.writeHead(200, { "Content-Type": "application/json" });
    response.write(`{"rows":[{"n":1},\n`);
    response.on("close", () => {
      closed = true;
    });
  });

  for await (const _ of new Carto({ baseUrl: server.baseUrl }).sql.stream("select")) break;

  await until(() => closed);
});

test("export streams the bytes as they are, and cancelling closes the connection", async () => {
  let closed = false;
  await using server = await startServer((request, response) => {
    response.writeHead(200, { "Content-Type": "text/csv" });
    response.write("a\r\n1\r\n");
    if (request.form["filename"] === "short") response.end();
    response.on("close", () => {
      closed = true;
    });
  });
  const carto = new Carto({ baseUrl: server.baseUrl });

  const whole = await carto.sql.export("select 1 as a", { format: "csv", filename: "short" });
  expect(await new Response(whole).text()).toBe("a\r\n1\r\n");
  expect(server.requests[0]?.form).toMatchObject({ format: "csv", filename: "short" });

  closed = false;
  const reader = (await carto.sql.export("select 1 as a", { format: "csv" })).getReader();
  await reader.read();
  await reader.cancel();
  await until(() => closed);
});

test.each([
  ["json", '{"rows":[{"a":1}],"time":0,"fields":{},"total_rows":1,"error":["boom"],"notices":["x"]}'],
  ["geojson", '{"type": "FeatureCollection", "features": [], "error":["boom"]}'],
])("an export of %s that ends with an error fails at its end", async (format, body) => {
  await using server = await startServer((_, response) => {
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end(body);
  });
  const stream = await new Carto({ baseUrl: server.baseUrl }).sql.export("select", { format });

  await expect(new Response(stream).text()).rejects.toMatchObject({ name: "SqlError", message: "boom", partial: true });
});

test.each([
  ["json", '{"rows":[{"error":["x"]}],"time":0,"fields":{},"total_rows":1}'],
  ["geojson", '{"type": "FeatureCollection", "features": [{"properties":{"error":["x"]}}]}'],
  ["ndjson", '{"a":1}\n{"error":["x"]}\n'],
  ["geojsonl", '{"type":"Feature","geometry":null,"properties":{"error":["x"]}}\n'],
])("an export of %s with a column named error is no failure", async (format, body) => {
  await using server = await startServer((_, response) => {
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end(body);
  });
  const stream = await new Carto({ baseUrl: server.baseUrl }).sql.export("select", { format });

  expect(await new Response(stream).text()).toBe(body);
});
