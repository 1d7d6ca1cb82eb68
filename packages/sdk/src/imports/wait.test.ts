import { expect, test } from "vitest";
import { sendJson, startServer } from "../../testing/http-server.ts";
import { ImpatientRuntime } from "../../testing/impatient-runtime.ts";
import { CLASSIC, COMPLETE, FAILED, IMPORT_ID, OURS } from "../../testing/imports.ts";
import { Carto } from "../carto.ts";
import { DecodeError, ImportError, NotFoundError, TimeoutError } from "../errors.ts";

/** A server that answers reads with the given states of the import, the last of them for ever. */
async function serving(...states: unknown[]) {
  const server = await startServer((_, response, count) => {
    const state = states[Math.min(count, states.length - 1)];
    if (typeof state === "number") sendJson(response, state, { errors: "it may pass" });
    else sendJson(response, 200, state);
  });
  const runtime = new ImpatientRuntime();
  const carto = new Carto({ baseUrl: server.baseUrl, apiKey: "master", runtime, timeout: 3_600_000, maxRetries: 0 });
  return Object.assign(server, { imports: carto.imports, runtime });
}
test("imports that run are listed by their ids", async () => {
  await using server = await startServer((_, response) =>
    sendJson(response, 200, { imports: [IMPORT_ID], success: true }),
  );

  expect(await new Carto({ baseUrl: server.baseUrl }).imports.list()).toEqual([IMPORT_ID]);
  expect(server.requests[0]?.url).toBe("/user/dev/api/v1/imports");

  await using odd = await startServer((_, response) => sendJson(response, 200, []));
  await expect(new Carto({ baseUrl: odd.baseUrl }).imports.list()).rejects.toThrow(DecodeError);
});

test("an import is read and cancelled by its id, which can't reach another endpoint", async () => {
  await using server = await startServer((request, response) =>
    request.method === "DELETE" ? response.writeHead(204).end() : sendJson(response, 200, CLASSIC),
  );
  const { imports } = new Carto({ baseUrl: server.baseUrl });

  expect(await imports.get(IMPORT_ID)).toEqual(CLASSIC);
  expect(await imports.cancel("a/b?c")).toBeUndefined();
  await expect(imports.get("..")).rejects.toThrow(/can't be a part of a path/);

  expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    `GET /user/dev/api/v1/imports/${IMPORT_ID}`,
    "DELETE /user/dev/api/v1/imports/a%2Fb%3Fc",
  ]);
});

test("an import that isn't there is a NotFoundError, although the answer is empty", async () => {
  await using server = await startServer((_, response) => response.writeHead(404).end());
  const { imports } = new Carto({ baseUrl: server.baseUrl });

  await expect(imports.get(IMPORT_ID)).rejects.toThrow(NotFoundError);
  await expect(imports.cancel(IMPORT_ID)).rejects.toThrow(NotFoundError);
  await expect(imports.wait(IMPORT_ID)).rejects.toThrow(NotFoundError);
});

test("wait resolves when the import is complete, and tells of every read", async () => {
  const states = ["enqueued", "pending", "uploading", "unpacking", "importing", "guessing", "queued", "geocoding"];
  await using server = await serving(...states.map((state) => ({ ...OURS, state })), COMPLETE);
  const seen: string[] = [];

  const ended = await server.imports.wait(IMPORT_ID, { onProgress: ({ state }) => seen.push(state) });

  expect(ended).toEqual(COMPLETE);
  expect(seen).toEqual([...states, "complete"]);
  expect(server.runtime.waits.slice(0, 3)).toEqual([50, 75, 112.5]);
});

test("wait rejects with everything that the server says of a failure", async () => {
  await using server = await serving(FAILED);

  const failure = await server.imports.wait(IMPORT_ID).catch((error: unknown) => error);

  expect(failure).toBeInstanceOf(ImportError);
  expect(failure).toMatchObject({
    name: "ImportError",
    message: "The import of cities.csv failed: Malformed CSV (2003): No row could be read. Check the quotes.",
    importId: IMPORT_ID,
    code: 2003,
    title: "Malformed CSV",
    whatAbout: 'No row could be read. <a href="https://x.example/">Check the quotes</a>.',
    source: "user",
    warnings: { rejected_rows: { count: 1, rows: [{ row: 2, reason: "a quote is not closed", text: '1,"a' }] } },
  });
});

test.each([
  ["no text", { ...CLASSIC, state: "failure", success: false, error_code: 8001 }, 8001, "user"],
  ["no code", { ...CLASSIC, state: "failure", success: false }, 99999, "cartodb"],
  ["a code of the future", { ...CLASSIC, state: "failure", error_code: 77_777 }, 77_777, "cartodb"],
  ["being stuck", { ...CLASSIC, state: "stuck", success: false }, 6671, "cartodb"],
  ["being complete without success", { ...CLASSIC, state: "complete", success: false }, 99999, "cartodb"],
])("a failure with %s is one as well", async (_, state, code, source) => {
  await using server = await serving(state);

  const failure = await server.imports.wait(IMPORT_ID).catch((error: unknown) => error);

  expect(failure).toBeInstanceOf(ImportError);
  expect(failure).toMatchObject({ code, source, warnings: {} });
  expect((failure as ImportError).message).toMatch(/^The import of cities\.csv failed: .+ \(\d+\)$/);
});

test("all tables skipped is no failure, nor is a file of which a part failed", async () => {
  await using server = await serving({ ...COMPLETE, error_code: 1022, tables: [], tables_created_count: 0 });

  expect((await server.imports.wait(IMPORT_ID)).error_code).toBe(1022);
});

test("reads that fail in a way that may pass don't end the wait", async () => {
  await using server = await serving(503, OURS, 500, 429, COMPLETE);

  expect((await server.imports.wait(IMPORT_ID)).state).toBe("complete");
});

test("wait ends with its time, naming the import that goes on, or with its signal", async () => {
  await using server = await startServer((_, response) => sendJson(response, 200, OURS));
  const { imports } = new Carto({ baseUrl: server.baseUrl });

  const late = imports.wait(IMPORT_ID, { timeout: 60, interval: 20 });
  await expect(late).rejects.toThrow(TimeoutError);
  await expect(late).rejects.toThrow(`Import ${IMPORT_ID} has not ended within 60 ms`);

  const reason = new Error("enough");
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 30);
  await expect(imports.wait(IMPORT_ID, { signal: controller.signal })).rejects.toBe(reason);
  expect(server.requests.every(({ method }) => method === "GET")).toBe(true);
});
