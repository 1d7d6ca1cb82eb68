import { expect, test } from "vitest";
import { sendJson, startServer } from "../../testing/http-server.ts";
import { Carto } from "../carto.ts";

function keys(tokens: string[], total: number): unknown {
  return { total, count: tokens.length, result: tokens.map((token) => ({ token })), _links: {} };
}

test("me reads the account", async () => {
  await using server = await startServer((_, response) => sendJson(response, 200, { config: { user_name: "dev" } }));

  const me = await new Carto({ baseUrl: server.baseUrl }).auth.me();

  expect(me.config.user_name).toBe("dev");
  expect(server.requests[0]?.url).toBe("/user/dev/api/v3/me");
});

test("keys are listed by type and page", async () => {
  await using server = await startServer((_, response) => sendJson(response, 200, keys(["a"], 1)));

  const list = await new Carto({ baseUrl: server.baseUrl }).auth.apiKeys({ type: ["default", "master"], page: 2 });

  expect(list.count).toBe(1);
  expect(server.requests[0]?.url).toBe("/user/dev/api/v3/api_keys?type=default%2Cmaster&page=2");
});

test("a key is valid when the server lists it, on whichever page", async () => {
  await using server = await startServer((request, response) =>
    sendJson(response, 200, keys(request.url.endsWith("page=2") ? ["mine"] : ["a", "b"], 3)),
  );

  expect(await new Carto({ baseUrl: server.baseUrl, apiKey: "mine" }).auth.isValidApiKey()).toBe(true);
  expect(await new Carto({ baseUrl: server.baseUrl, apiKey: "other" }).auth.isValidApiKey()).toBe(false);
  expect(await new Carto({ baseUrl: server.baseUrl, token: "any" }).auth.isValidApiKey()).toBe(true);
});

test("the search for a key ends at an empty page, whatever the total says", async () => {
  await using server = await startServer((_, response, count) =>
    sendJson(response, 200, keys(count === 0 ? ["a"] : [], 1_000)),
  );

  expect(await new Carto({ baseUrl: server.baseUrl, apiKey: "other" }).auth.isValidApiKey()).toBe(false);
  expect(server.requests).toHaveLength(2);
});

test.each([401, 403])("a key refused with %i is not valid", async (status) => {
  await using server = await startServer((_, response) => sendJson(response, status, { errors: ["no"] }));

  expect(await new Carto({ baseUrl: server.baseUrl, apiKey: "wadus" }).auth.isValidApiKey()).toBe(false);
});

test("a client without a key has no valid one, and a failure is no answer", async () => {
  await using server = await startServer((_, response) => sendJson(response, 500, { error: ["broken"] }));
  const carto = new Carto({ baseUrl: server.baseUrl, maxRetries: 0 });

  expect(await carto.auth.isValidApiKey()).toBe(false);
  await expect(carto.withOptions({ apiKey: "x" }).auth.isValidApiKey()).rejects.toThrow("broken");
});
