import { inspect } from "node:util";
import { expect, test } from "vitest";
import { sendJson, sendRows, startServer } from "../testing/http-server.ts";
import { Carto } from "./carto.ts";
import { ConfigError } from "./errors.ts";
import type { CartoOptions } from "./options.ts";

const CANARY = "canary-0123456789/+=";

// Everything that a caller may see or log, as one text.
function show(...values: unknown[]): string {
  return values
    .map(
      (value) => `${inspect(value, { depth: 20, showHidden: true, getters: true })} ${JSON.stringify(value)} ${value}`,
    )
    .join("\n");
}

function expectNoCanary(text: string): void {
  expect(text).not.toContain(CANARY);
  expect(text).not.toContain(encodeURIComponent(CANARY));
  expect(text).not.toContain(btoa(`dev:${CANARY}`));
}

const ID = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
const file = (): File => new File(["a\n1\n"], "t.csv");

test("a client shows no secret, whatever it is looked at with", () => {
  for (const credential of [{ apiKey: CANARY }, { token: CANARY }]) {
    const carto = new Carto({ baseUrl: "http://localhost/user/dev", ...credential });

    const { sql, batch, copy, imports, datasets, maps, auth } = carto;
    expectNoCanary(show(carto, sql, batch, copy, imports, datasets, maps, maps.anonymous, maps.named, auth));
  }
  expect(inspect(new Carto({ baseUrl: "http://localhost/user/dev", apiKey: CANARY }))).toBe(
    "Carto { baseUrl: 'http://localhost/user/dev/', username: 'dev', as: 'key' }",
  );
});

test.each<CartoOptions>([
  { apiKey: CANARY },
  { token: CANARY },
  { apiKey: CANARY, keyIn: "param" },
  { apiKey: CANARY, runtime: { browser: true } },
])("hooks, errors and their causes show no secret (%#)", async (options) => {
  const echo = "You sent";
  await using server = await startServer((request, response, count) => {
    const all = `${echo} ${request.url} ${JSON.stringify(request.headers)} ${request.body} ${CANARY}`;
    if (count % 3 === 0) return sendJson(response, 400, { error: [all], detail: all, hint: all, context: all });
    response.writeHead(count % 3 === 1 ? 200 : 500, { "Content-Type": count % 3 === 1 ? "text/plain" : "text/html" });
    return response.end(`<p>${all}`);
  });
  const events: unknown[] = [];
  const hooks = {
    onRequest: (event: unknown) => events.push(event),
    onResponse: (event: unknown) => events.push(event),
  };
  const carto = new Carto({ baseUrl: server.baseUrl, hooks, maxRetries: 0, ...options });

  const failures: unknown[] = [];
  for (let i = 0; i < 3; i++) failures.push(await carto.sql.query("select 1").catch((error: unknown) => error));
  for (let i = 0; i < 3; i++) failures.push(await carto.batch.get("id").catch((error: unknown) => error));
  for (let i = 0; i < 3; i++) failures.push(await carto.copy.from("copy t from stdin", "x").catch((error) => error));
  for (let i = 0; i < 3; i++) failures.push(await carto.imports.create(file()).catch((error) => error));
  for (let i = 0; i < 3; i++) failures.push(await carto.datasets.update(ID, {}).catch((error) => error));
  for (let i = 0; i < 3; i++) failures.push(await carto.maps.named.instantiate("a").catch((error) => error));

  expect(failures.every((failure) => failure instanceof Error)).toBe(true);
  expect(show(failures)).toContain(echo);
  expect(events).toHaveLength(36);
  expectNoCanary(show(failures, events));
});

test("a key is sent in the header, never in the URL", async () => {
  await using server = await startServer((_, response) => sendRows(response, []));
  const carto = new Carto({ baseUrl: server.baseUrl, apiKey: CANARY });

  await carto.sql.query("select 1");
  await carto.batch.get("x");
  await carto.copy.from("copy t from stdin", "x");
  await carto.datasets.update(ID, { title: "T" });
  await carto.imports.create(file()).catch(() => {});
  await carto.maps.anonymous.instantiate({ layers: [] }, { method: "get" }).catch(() => {});
  await carto.maps.named.create({ name: "a", layergroup: { layers: [] } }).catch(() => {});

  for (const { url, body, headers } of server.requests) {
    expectNoCanary(url + body.toString());
    expect(headers["authorization"]).toBe(`Basic ${btoa(`dev:${CANARY}`)}`);
  }
});

test("in browsers the key travels in bodies that need no preflight, and in the header where there is no such body", async () => {
  await using server = await startServer((_, response) => sendRows(response, []));
  const carto = new Carto({ baseUrl: server.baseUrl, apiKey: CANARY, runtime: { browser: true } });

  await carto.sql.query("select 1");
  await carto.copy.to("copy t to stdout");
  await carto.batch.create("select 1");
  await carto.batch.get("x");
  await carto.copy.from("copy t from stdin", "x");

  const [query, copyTo, create, get, copyFrom] = server.requests;
  for (const request of [query, copyTo]) {
    expect(request?.form["api_key"]).toBe(CANARY);
    expect(request?.headers["content-type"]).toBe("application/x-www-form-urlencoded;charset=UTF-8");
  }
  expect(JSON.parse(String(create?.body))).toEqual({ query: "select 1", api_key: CANARY });
  for (const request of [query, copyTo, create]) expect(request?.headers["authorization"]).toBeUndefined();
  for (const request of [get, copyFrom]) expect(request?.headers["authorization"]).toMatch(/^Basic /);
  expectNoCanary(server.requests.map(({ url }) => url).join());
});

test("in browsers the key travels before the file of a multipart body, and in the form of a URL to import", async () => {
  await using server = await startServer((_, response) => sendJson(response, 200, { item_queue_id: "i" }));
  const options = { baseUrl: server.baseUrl, apiKey: CANARY };

  for (const place of [{ runtime: { browser: true } }, { keyIn: "param" }] as const) {
    const { imports } = new Carto({ ...options, ...place });
    await imports.create(file());
    await imports.create([{ a: 1 }], { name: "t" });
    await imports.create("https://x.example/a.csv");
  }

  for (const [at, request] of server.requests.entries()) {
    expect(request.headers["authorization"]).toBeUndefined();
    expectNoCanary(request.url);
    const body = String(request.body);
    if (at % 3 === 2) expect(request.form["api_key"]).toBe(CANARY);
    else expect(body.indexOf(`name="api_key"\r\n\r\n${CANARY}\r\n`)).toBeLessThan(body.indexOf('name="file"'));
    expect(body).toContain(at % 3 === 2 ? "api_key=" : CANARY);
  }
});

test("a failed import shows neither the key nor that of the address it came from", async () => {
  const text = `HTTP 403 from https://bob.carto.com/api/v2/sql?q=select&api_key=their-own-secret, asked with ${CANARY}`;
  const error = { title: text, what_about: text, source: "user" };
  await using server = await startServer((_, response) =>
    sendJson(response, 200, { id: "i", state: "failure", error_code: 1001, get_error_text: error, display_name: text }),
  );

  const failure = await new Carto({ baseUrl: server.baseUrl, apiKey: CANARY }).imports.wait("i").catch((e) => e);

  expect(failure).toMatchObject({ name: "ImportError", code: 1001 });
  expectNoCanary(show(failure));
  expect(show(failure)).not.toContain("their-own-secret");
});

test("keyIn: param sends api_key in the body, else in the query", async () => {
  await using server = await startServer((_, response) => sendRows(response, []));
  const carto = new Carto({ baseUrl: server.baseUrl, apiKey: CANARY, keyIn: "param" });

  await carto.sql.query("select 1");
  await carto.batch.get("x");
  await carto.copy.from("copy t from stdin", "x");

  const [query, get, copyFrom] = server.requests;
  expect(query?.form["api_key"]).toBe(CANARY);
  expect(get?.url).toBe(`/user/dev/api/v2/sql/job/x?api_key=${encodeURIComponent(CANARY)}`);
  expect(new URL(copyFrom?.url ?? "", "http://x").searchParams.get("api_key")).toBe(CANARY);
  expect(query?.headers["authorization"]).toBeUndefined();
});

test("redirects are not followed, so that no other origin sees the key", async () => {
  await using other = await startServer((_, response) => sendRows(response, []));
  await using server = await startServer((_, response) => {
    response.writeHead(307, { Location: `${other.baseUrl}/api/v2/sql?api_key=${CANARY}` });
    response.end();
  });
  const carto = new Carto({ baseUrl: server.baseUrl, apiKey: CANARY });

  const failure = await carto.sql.query("select 1").catch((error: unknown) => error);

  expect(failure).toMatchObject({ name: "ApiError", status: 307 });
  expect(String(failure)).toContain(`${other.baseUrl}/api/v2/sql?api_key=***`);
  expect(other.requests).toHaveLength(0);
  expectNoCanary(show(failure));
});

test("the escape hatch asks nobody but the base URL's own account", async () => {
  const carto = new Carto({ baseUrl: "http://localhost/user/dev", apiKey: CANARY, fetch: () => new Response("{}") });

  for (const path of ["https://evil.example/x", "http://localhost/user/eve/x", "../eve/x", "javascript:1"]) {
    await expect(carto.request("GET", path)).rejects.toThrow(ConfigError);
  }
  expect((await carto.request("GET", "//evil.example/x")).status).toBe(200);
});

test("the caller's own objects stay as they are", async () => {
  await using server = await startServer((_, response) => sendRows(response, []));
  const carto = new Carto({ baseUrl: server.baseUrl, apiKey: CANARY, keyIn: "param" });
  const params = Object.freeze({ filename: "x" });
  const plan = Object.freeze({ query: Object.freeze([Object.freeze({ query: "select 1" })]) });
  const headers = Object.freeze({ "X-Mine": "1" });

  await carto.sql.query("select 1", params, Object.freeze({ headers }));
  await carto.batch.create(plan);

  expect(server.requests[0]?.headers["x-mine"]).toBe("1");
  expect(plan).toEqual({ query: [{ query: "select 1" }] });
});

test("an unencrypted way to another machine is warned of once", () => {
  const warnings: string[] = [];
  const onWarning = (message: string) => warnings.push(message);

  new Carto({ baseUrl: "http://bob.example.com", apiKey: CANARY, onWarning });
  expect(warnings).toEqual(["The key for http://bob.example.com/ travels unencrypted: use https"]);

  new Carto({ baseUrl: "http://bob.example.com", onWarning });
  new Carto({ baseUrl: "http://localhost/user/dev", apiKey: CANARY, onWarning });
  new Carto({ baseUrl: "https://bob.example.com", apiKey: CANARY, onWarning });
  expect(warnings).toHaveLength(1);
});
