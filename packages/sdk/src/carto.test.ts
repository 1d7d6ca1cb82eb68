import { expect, test } from "vitest";
import { sendJson, sendRows, startServer } from "../testing/http-server.ts";
import { Carto } from "./carto.ts";
import { ConfigError } from "./errors.ts";

test("the environment says where, and with which key", async () => {
  await using server = await startServer((_, response) => sendRows(response, []));

  const carto = Carto.fromEnv({ CARTO_API_URL: server.baseUrl, CARTO_API_KEY: " secret\n", CARTO_USER: "" });
  await carto.sql.query("select 1");

  expect(carto.username).toBe("dev");
  expect(server.requests[0]?.headers["authorization"]).toBe(`Basic ${btoa("dev:secret")}`);
});

test("the environment may name a user and an organization instead of a URL", () => {
  expect(Carto.fromEnv({ CARTO_USER: "bob" }).baseUrl).toBe("https://bob.carto.com/");
  expect(Carto.fromEnv({ CARTO_USER: "bob", CARTO_ORG: "org" }).baseUrl).toBe("https://org.carto.com/user/bob/");
  expect(Carto.fromEnv({}, { baseUrl: "http://dev.localhost:8080" }).baseUrl).toBe("http://dev.localhost:8080/");
  expect(() => Carto.fromEnv({})).toThrow(/Neither `baseUrl` nor `username`/);
});

test("withOptions replaces the credential or the place as a whole, and keeps the rest", async () => {
  await using server = await startServer((_, response) => sendRows(response, []));
  const carto = new Carto({ baseUrl: server.baseUrl, apiKey: "secret", userAgent: "mine/1", clientId: "" });

  await carto.withOptions({ token: "t0" }).sql.query("select 1");
  await carto.withOptions({ apiKey: undefined }).sql.query("select 1");

  const [bearer, anonymous] = server.requests;
  expect(bearer?.headers).toMatchObject({ authorization: "Bearer t0", "user-agent": "mine/1" });
  expect(bearer?.form).toEqual({ q: "select 1" });
  expect(anonymous?.headers["authorization"]).toBeUndefined();
  expect(carto.withOptions({ baseUrl: "http://eve.localhost" }).username).toBe("eve");
});

test("a token provider is asked before every attempt", async () => {
  await using server = await startServer((_, response, count) =>
    count === 0 ? sendJson(response, 503, {}, { "Retry-After": "0" }) : sendRows(response, []),
  );
  let calls = 0;
  const carto = new Carto({ baseUrl: server.baseUrl, tokenProvider: async () => `token-${++calls}` });

  await carto.sql.query("select 1");

  expect(server.requests.map(({ headers }) => headers["authorization"])).toEqual(["Bearer token-1", "Bearer token-2"]);
});

test("names and keys beyond ASCII are sent as UTF-8", async () => {
  await using server = await startServer((_, response) => sendRows(response, []));

  await new Carto({ baseUrl: `${server.origin}/user/josé`, apiKey: "clé" }).sql.query("select 1");

  expect(server.requests[0]?.headers["authorization"]).toBe(`Basic ${Buffer.from("josé:clé").toString("base64")}`);
});

test("options that contradict each other, or make no sense, are refused", () => {
  const baseUrl = "http://localhost/user/dev";

  expect(() => new Carto({ baseUrl, apiKey: "a", token: "b" })).toThrow(ConfigError);
  expect(() => new Carto({ baseUrl, apiKey: "a\nb" })).toThrow(ConfigError);
  expect(() => new Carto({ baseUrl, timeout: -1 })).toThrow(ConfigError);
  expect(() => new Carto({ baseUrl, maxRetries: Number.NaN })).toThrow(ConfigError);
});

test("a raw request has the client's credentials, and gives the answer as it is", async () => {
  await using server = await startServer((request, response) => {
    response.writeHead(201, { "Content-Type": "text/plain", "X-Thing": "1" });
    response.end(`${request.method} ${request.url} ${request.headers["content-type"]} ${request.body}`);
  });
  const carto = new Carto({ baseUrl: server.baseUrl, apiKey: "secret" });

  const response = await carto.request("post", "/api/v3/things?a=1", { query: { b: "x y" }, body: { c: [2] } });

  expect(response.status).toBe(201);
  expect(response.headers.get("x-thing")).toBe("1");
  expect(await response.text()).toBe('POST /user/dev/api/v3/things?a=1&b=x+y application/json {"c":[2]}');
  expect(server.requests[0]?.headers["authorization"]).toMatch(/^Basic /);
});

test("a raw request may have any body and any header", async () => {
  await using server = await startServer((request, response) =>
    sendJson(response, 200, [request.headers["content-type"], request.body.toString()]),
  );
  const carto = new Carto({ baseUrl: server.baseUrl });
  const send = async (body: Parameters<Carto["request"]>[2]) => (await carto.request("PUT", "x", body)).json();

  expect(await send({ body: "plain" })).toEqual(["text/plain;charset=UTF-8", "plain"]);
  expect(await send({ body: '{"a":1}' })).toEqual(["application/json", '{"a":1}']);
  expect(await send({ body: "a,b", headers: { "content-type": "text/csv" } })).toEqual(["text/csv", "a,b"]);
  expect(await send({ body: { a: 1 }, headers: { "content-type": "x/y" } })).toEqual(["x/y", '{"a":1}']);
  expect(await send({ body: new URLSearchParams("a=1&a=2") })).toEqual([
    "application/x-www-form-urlencoded;charset=UTF-8",
    "a=1&a=2",
  ]);
  expect(await send({ body: new Blob(["bytes"]).stream() })).toEqual([null, "bytes"]);
});

test("an answer without a body can be had raw", async () => {
  await using server = await startServer((_, response) => response.writeHead(204).end());

  const response = await new Carto({ baseUrl: server.baseUrl }).request("DELETE", "x");

  expect([response.status, await response.text()]).toEqual([204, ""]);
});
