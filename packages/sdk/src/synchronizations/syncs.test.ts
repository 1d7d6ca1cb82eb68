import { expect, test } from "vitest";
import { type SeenRequest, sendJson, startServer } from "../../testing/http-server.ts";
import { COMPLETE, FAILED, IMPORT_ID, TABLE } from "../../testing/imports.ts";
import { Carto } from "../carto.ts";
import { ConfigError, ImportError, ValidationError } from "../errors.ts";

const ID = "5f0a9d0e-7f2f-4f0e-9d53-0c6f0d5c7a11";
const URL_WITH_TOKEN = "https://example.org/Cities.csv?Token=AbC";
const SYNC = {
  id: ID,
  name: "cities",
  interval: 3600,
  url: URL_WITH_TOKEN,
  state: "success",
  error_code: null,
  error_message: null,
  log_id: IMPORT_ID,
};

/** A server with one synchronization, whose states are those in turn, and whose import ends so. */
async function serving({
  states = ["success"],
  error = {},
  imported = COMPLETE,
}: {
  states?: string[];
  error?: object;
  imported?: unknown;
} = {}) {
  let looks = 0;
  const server = await startServer((request, response) => {
    const path = request.url.split("?")[0]?.replace("/user/dev/api/v1/", "") ?? "";
    if (path === `imports/${IMPORT_ID}`) return sendJson(response, 200, imported);
    if (request.method === "POST") {
      const { interval } = JSON.parse(String(request.body)) as { interval?: number };
      if (interval === 60)
        return sendJson(response, 400, { errors: "Invalid interval: Sync interval must be at least 15 minutes" });
      const data_import = { endpoint: "/api/v1/imports", item_queue_id: IMPORT_ID };
      return sendJson(response, 200, { data_import, ...SYNC, name: null, state: "queued" });
    }
    if (request.method === "DELETE") return response.writeHead(204).end();
    if (path.endsWith("/sync_now")) return sendJson(response, 200, { enqueued: true, synchronization_id: ID });
    if (path === "synchronizations") return sendJson(response, 200, { synchronizations: [SYNC], total_entries: 1 });
    const state = states[Math.min(looks++, states.length - 1)];
    return sendJson(response, 200, { ...SYNC, state, ...error });
  });
  return Object.assign(server, {
    carto: new Carto({ baseUrl: server.baseUrl, apiKey: "master" }),
    asked: () => server.requests.map(({ method, url }) => `${method} ${url.replace("/user/dev/api/v1/", "")}`),
    sent: (at = 0) => bodyOf(server.requests[at]),
  });
}

function bodyOf(request: SeenRequest | undefined): Record<string, unknown> {
  const { client: _client, ...body } = JSON.parse(String(request?.body)) as Record<string, unknown>;
  return body;
}

test("a synchronization is made by one request, with the address as it was given", async () => {
  await using server = await serving();

  const made = await server.carto.syncs.create(URL_WITH_TOKEN, {
    interval: 900,
    name: "towns",
    privacy: "public",
    typeGuessing: false,
  });

  expect(made.data_import.item_queue_id).toBe(IMPORT_ID);
  expect(server.asked()).toEqual(["POST synchronizations"]);
  expect(server.sent()).toEqual({
    url: URL_WITH_TOKEN,
    interval: 900,
    table_name: "towns",
    privacy: "public",
    type_guessing: false,
  });
});

test("intervals that can't be are refused here, those that are too short by the server", async () => {
  await using server = await serving();
  const { syncs } = server.carto;

  await expect(syncs.create(URL_WITH_TOKEN, { interval: -1 })).rejects.toBeInstanceOf(ConfigError);
  await expect(syncs.create(URL_WITH_TOKEN, { interval: 1.5 })).rejects.toBeInstanceOf(ConfigError);
  await expect(syncs.create("cities.csv")).rejects.toBeInstanceOf(ConfigError);
  expect(server.requests).toEqual([]);
  const short = syncs.create(URL_WITH_TOKEN, { interval: 60 });
  await expect(short).rejects.toBeInstanceOf(ValidationError);
  await expect(short).rejects.toThrow("Sync interval must be at least 15 minutes");
});

test("they are listed, read, run, changed and ended", async () => {
  await using server = await serving();
  const { syncs } = server.carto;

  const listed = [];
  for await (const sync of syncs.list()) listed.push(sync);
  expect(listed).toEqual([SYNC]);
  expect(await syncs.get(ID)).toEqual(SYNC);
  expect(await syncs.force(ID)).toBe(true);
  expect(await syncs.update({ id: ID }, { interval: 0, url: new URL(URL_WITH_TOKEN) })).toEqual(SYNC);
  expect(server.sent(3)).toEqual({ interval: 0, url: URL_WITH_TOKEN });
  await syncs.delete(ID);
  expect(server.asked()).toEqual([
    "GET synchronizations",
    `GET synchronizations/${ID}`,
    `PUT synchronizations/${ID}/sync_now`,
    `PUT synchronizations/${ID}`,
    `DELETE synchronizations/${ID}`,
  ]);
});

test("no change is no request to run it", async () => {
  await using server = await serving();

  expect(await server.carto.syncs.update(ID, {})).toEqual(SYNC);

  expect(server.asked()).toEqual([`GET synchronizations/${ID}`]);
});

test("waiting ends with the run", async () => {
  await using server = await serving({ states: ["queued", "syncing", "success"] });
  const told: string[] = [];

  const ended = await server.carto.syncs.wait(ID, { interval: 1, onProgress: ({ state }) => told.push(state) });

  expect(ended).toEqual(SYNC);
  expect(told).toEqual(["queued", "syncing", "success"]);
});

test.each(["failure", "success"])("a run that failed rejects with the import's error, also as %s", async (state) => {
  const message = "Download file not found There is no file at https://example.org.";
  await using server = await serving({ states: [state], error: { error_code: 1100, error_message: message } });

  const failure = await server.carto.syncs.wait(ID).catch((error: unknown) => error);

  expect(failure).toBeInstanceOf(ImportError);
  expect(failure).toMatchObject({
    code: 1100,
    title: "Download file not found",
    whatAbout: "There is no file at https://example.org.",
    source: "user",
    importId: IMPORT_ID,
    message:
      "The synchronization of cities failed: Download file not found (1100): There is no file at https://example.org.",
  });
});

test("datasets.create makes one, and waits for its dataset", async () => {
  await using server = await serving();

  const created = await server.carto.datasets.create(URL_WITH_TOKEN, { syncInterval: 3600, name: "towns" });

  expect(created).toEqual({ import: COMPLETE, datasets: [TABLE], warnings: {}, synchronization: SYNC });
  expect(server.sent()).toEqual({ url: URL_WITH_TOKEN, interval: 3600, table_name: "towns" });
});

test("datasets.create leaves none whose first import failed", async () => {
  await using server = await serving({ imported: FAILED });

  await expect(server.carto.datasets.create(URL_WITH_TOKEN, { syncInterval: 0 })).rejects.toBeInstanceOf(ImportError);

  expect(server.asked().at(-1)).toBe(`DELETE synchronizations/${ID}`);
});

test("datasets.create synchronizes files at URLs alone", async () => {
  await using server = await serving();
  const { datasets } = server.carto;

  const file = new File(["a\n1\n"], "a.csv");
  await expect(datasets.create(file, { syncInterval: 3600 })).rejects.toBeInstanceOf(ConfigError);
  const clash = { syncInterval: 3600, collisionStrategy: "overwrite" } as const;
  await expect(datasets.create(URL_WITH_TOKEN, clash)).rejects.toBeInstanceOf(ConfigError);
  expect(server.requests).toEqual([]);
});
