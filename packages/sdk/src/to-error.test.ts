import { RATE_LIMIT_MESSAGE } from "@carto-ts/protocol";
import { expect, test } from "vitest";
import { sendJson, startServer } from "../testing/http-server.ts";
import { Carto } from "./carto.ts";
import { ApiError } from "./errors.ts";

test.each([
  [400, "sql", { error: ['column "nope" does not exist'], hint: "try yep" }, "SqlError"],
  [400, "sql/copyfrom", { error: ["No rows copied"] }, "SqlError"],
  [400, "sql/job/x", { error: ["Job with id x not found"] }, "NotFoundError"],
  [401, "sql", { error: ["Unauthorized"] }, "AuthenticationError"],
  [403, "sql", { error: ["permission denied for table t"] }, "PermissionError"],
  [404, "sql", { error: ["Sorry, we can't find CARTO user 'x'. Please check the domain."] }, "NotFoundError"],
  [422, "api_keys", { errors: { name: ["has already been taken"] } }, "ValidationError"],
  [429, "sql", { error: [RATE_LIMIT_MESSAGE], context: "limit", detail: "rate-limit" }, "RateLimitError"],
  [429, "sql", { error: ["over limits"], context: "limit", detail: "datasource" }, "QueryTimeoutError"],
  [500, "sql", { error: ["cannot connect to the database"] }, "ServerError"],
  [503, "sql", { error: ["no room"] }, "ServerError"],
  [405, "sql", { error: ["no"] }, "ApiError"],
])("%i from %s with %o is a %s", async (status, path, body, name) => {
  await using server = await startServer((_, response) => sendJson(response, status, body, { "X-Request-Id": "r9" }));
  const carto = new Carto({ baseUrl: server.baseUrl, maxRetries: 0 });

  const failure = await carto.request("POST", `/api/v2/${path}`).catch((error: unknown) => error);

  expect(failure).toBeInstanceOf(ApiError);
  expect(failure).toMatchObject({ name, status, requestId: "r9", partial: false });
});

test("PostgreSQL's detail and hint, and the limit that was met, are the error's", async () => {
  const body = { error: ["first", "second"], detail: "the detail", hint: "the hint", context: "limit" };
  await using server = await startServer((_, response) => sendJson(response, 400, body));
  const carto = new Carto({ baseUrl: server.baseUrl });

  const failure = await carto.sql.query("x").catch((error: unknown) => error);

  expect(failure).toMatchObject({
    message: "first",
    messages: ["first", "second"],
    detail: "the detail",
    hint: "the hint",
    context: "limit",
  });
  expect(JSON.parse(JSON.stringify(failure))).toMatchObject({ name: "SqlError", message: "first", status: 400 });
});

test("a page instead of an error gives its status and its text, shortened", async () => {
  await using server = await startServer((_, response) => {
    response.writeHead(404, { "Content-Type": "text/html" });
    response.end("<!DOCTYPE html><html><head><title>Error</title></head><body><pre>Cannot GET /x</pre></body></html>");
  });
  const carto = new Carto({ baseUrl: server.baseUrl });

  await expect(carto.request("GET", "api/v2/sql/job")).rejects.toMatchObject({
    name: "NotFoundError",
    message: `HTTP 404 from GET ${server.baseUrl}/api/v2/sql/job: Cannot GET /x`,
  });
});

test("of a huge error page only the beginning is read", async () => {
  await using server = await startServer((_, response) => {
    response.writeHead(418, { "Content-Type": "text/html" });
    response.write("word ".repeat(100_000));
  });
  const carto = new Carto({ baseUrl: server.baseUrl });

  const failure = (await carto.request("GET", "x").catch((error: unknown) => error)) as Error;

  expect(failure.message).toMatch(/^HTTP 418 .*word ?…$/);
  expect(failure.message.length).toBeLessThan(250);
});

test("an empty error has a message", async () => {
  await using server = await startServer((_, response) => response.writeHead(403).end());

  await expect(new Carto({ baseUrl: server.baseUrl }).sql.query("x")).rejects.toMatchObject({
    name: "PermissionError",
    message: `HTTP 403 from POST ${server.baseUrl}/api/v2/sql`,
  });
});
