import type { Import } from "@carto-ts/protocol";
import { expect, test } from "vitest";
import { type SeenRequest, sendJson, startServer, until } from "../../testing/http-server.ts";
import { ImpatientRuntime } from "../../testing/impatient-runtime.ts";
import { CLASSIC, COMPLETE, FAILED, IMPORT_ID, OURS, readForm, TABLE } from "../../testing/imports.ts";
import { Carto } from "../carto.ts";
import { ConfigError, ImportError, RateLimitError, TimeoutError } from "../errors.ts";

const FILE = new File(["name,pop\nVic,48000\nTona,8000\n"], "cities.csv");
const PROGRESS = { bytes: 40, total_bytes: 100, rows: 1 };

/** A server on which an import goes through `states`, and which answers all else by `rest`. */
async function importing(
  states: readonly unknown[],
  rest: (request: SeenRequest) => { status: number; body?: unknown } = () => ({ status: 404 }),
) {
  let looks = 0;
  const server = await startServer((request, response) => {
    const [method, path] = [request.method, request.url.split("?")[0]];
    if (method === "POST") return sendJson(response, 200, { item_queue_id: IMPORT_ID, success: true });
    if (method === "GET" && path === `/user/dev/api/v1/imports/${IMPORT_ID}`) {
      return sendJson(response, 200, states[Math.min(looks++, states.length - 1)]);
    }
    const { status, body } = rest(request);
    return body === undefined ? response.writeHead(status).end() : sendJson(response, status, body);
  });
  const runtime = new ImpatientRuntime();
  const hasty = new Carto({ baseUrl: server.baseUrl, apiKey: "master", runtime, timeout: 3_600_000 });
  return Object.assign(server, {
    datasets: hasty.datasets,
    /** With a clock that takes its time. */
    slow: new Carto({ baseUrl: server.baseUrl, apiKey: "master" }).datasets,
    asked: () => server.requests.map(({ method, url }) => `${method} ${url.replace("/user/dev/api/v1/", "")}`),
  });
}

test("a file becomes a dataset with one request and as many looks as it takes", async () => {
  await using server = await importing([OURS, COMPLETE]);

  const created = await server.datasets.create(FILE, { privacy: "public" });

  expect(created).toEqual({ import: COMPLETE, datasets: [TABLE], warnings: {} });
  expect(server.asked()).toEqual(["POST imports", `GET imports/${IMPORT_ID}`, `GET imports/${IMPORT_ID}`]);
  expect(await readForm(server.requests[0])).toEqual({
    fields: { privacy: "public", client: "cts-0.1.0" },
    file: { name: "cities.csv", type: "application/octet-stream", text: await FILE.text() },
  });
});

test("every table of a file is told, and what went not quite as wished", async () => {
  const other = { ...TABLE, id: "2b", name: "roads", visualization_id: "2c" };
  const warnings = { rejected_rows: { count: 1, rows: [{ row: 7, reason: "2 values for 3 columns", text: "a,b" }] } };
  await using server = await importing([{ ...COMPLETE, tables: [TABLE, other], warnings }]);

  const created = await server.datasets.create(new File(["PK"], "all.zip"));

  expect(created.datasets).toEqual([TABLE, other]);
  expect(created.warnings).toEqual(warnings);
});

test("of CARTO's own servers, which tell the last table only, that one is looked up", async () => {
  const complete = { ...CLASSIC, state: "complete", success: true, table_id: TABLE.id, table_name: "cities" };
  const table = { id: TABLE.id, name: "cities", rows_counted: 2, table_visualization: { id: TABLE.visualization_id } };
  await using server = await importing([complete], () => ({ status: 200, body: table }));

  const created = await server.datasets.create(FILE);

  expect(created).toEqual({ import: complete, datasets: [TABLE], warnings: {} });
  expect(server.asked().at(-1)).toBe(`GET tables/${TABLE.id}`);
});

test("a name that is taken, and is to be skipped, makes no dataset", async () => {
  const skipped = { ...CLASSIC, state: "complete", success: true, error_code: 1022, tables_created_count: 0 };
  await using server = await importing([skipped]);

  expect((await server.datasets.create(FILE, { collisionStrategy: "skip" })).datasets).toEqual([]);
  expect(server.requests).toHaveLength(2);
});

test("a failed import rejects with its error, and cancels nothing", async () => {
  await using server = await importing([OURS, FAILED]);

  const failure = await server.datasets.create(FILE).catch((error: unknown) => error);

  expect(failure).toBeInstanceOf(ImportError);
  expect(failure).toMatchObject({ code: 2003, importId: IMPORT_ID });
  expect(server.asked().filter((line) => line.startsWith("DELETE"))).toEqual([]);
});

test("progress goes through the upload and then the import, in one form", async () => {
  await using server = await importing([{ ...OURS, state: "pending" }, { ...OURS, progress: PROGRESS }, COMPLETE]);
  const told: unknown[] = [];

  await server.datasets.create([{ a: 1 }], { name: "t", onProgress: (progress) => told.push(progress) });

  expect(told).toEqual([
    { phase: "upload", bytes: 0, totalBytes: undefined, rows: 0, state: undefined, importId: undefined },
    { phase: "upload", bytes: 6, totalBytes: undefined, rows: 1, state: undefined, importId: undefined },
    { phase: "import", bytes: 0, totalBytes: 100, rows: 0, state: "pending", importId: IMPORT_ID },
    { phase: "import", bytes: 40, totalBytes: 100, rows: 1, state: "importing", importId: IMPORT_ID },
    { phase: "import", bytes: 100, totalBytes: 100, rows: 2, state: "complete", importId: IMPORT_ID },
  ]);
});

test("a server that tells no progress leaves what was sent", async () => {
  await using server = await importing([CLASSIC, { ...CLASSIC, state: "complete", success: true }]);
  const told: unknown[] = [];

  await server.datasets.create(FILE, { onProgress: (progress) => told.push(progress) });

  expect(told.at(-1)).toEqual({
    phase: "import",
    bytes: FILE.size,
    totalBytes: FILE.size,
    rows: undefined,
    state: "complete",
    importId: IMPORT_ID,
  });
});

test("a file at a URL is renamed once it is there, for it names its table itself", async () => {
  await using server = await importing([COMPLETE], () => ({ status: 200, body: { name: "towns_1" } }));

  const created = await server.datasets.create("https://x.example/cities.csv?Sig=A", { name: "towns" });

  expect(created.datasets).toEqual([{ ...TABLE, name: "towns_1" }]);
  expect(server.requests[0]?.form).toEqual({ url: "https://x.example/cities.csv?Sig=A", client: "cts-0.1.0" });
  expect(server.asked().at(-1)).toBe(`PUT viz/${TABLE.visualization_id}`);
  expect(JSON.parse(String(server.requests.at(-1)?.body))).toEqual({ name: "towns", id: TABLE.visualization_id });
});

test("a URL whose file has the name already, or several tables, is not renamed", async () => {
  await using same = await importing([COMPLETE]);
  expect((await same.datasets.create("https://x.example/a.csv", { name: "cities" })).datasets).toEqual([TABLE]);

  const tables = [TABLE, { ...TABLE, name: "roads" }];
  await using several = await importing([{ ...COMPLETE, tables }]);
  expect((await several.datasets.create("https://x.example/a.zip", { name: "x" })).datasets).toEqual(tables);
});

test("the one file of an archive is renamed once it is there, as it names its table itself", async () => {
  await using server = await importing([COMPLETE], () => ({ status: 200, body: { name: "towns" } }));
  const archive = new File(["PK"], "borders.tar.gz");

  const created = await server.datasets.create(archive, { name: "towns" });

  expect(created.datasets).toEqual([{ ...TABLE, name: "towns" }]);
  expect(server.asked().at(-1)).toBe(`PUT viz/${TABLE.visualization_id}`);
  await expect(server.datasets.create(archive, { name: "towns", collisionStrategy: "skip" })).rejects.toThrow(
    "in an archive collides under its own name",
  );
});

test("a name and a strategy for collisions contradict each other for a URL", async () => {
  await using server = await importing([COMPLETE]);
  const options = { name: "towns", collisionStrategy: "overwrite" } as const;

  await expect(server.datasets.create("https://x.example/a.csv", options)).rejects.toThrow(ConfigError);

  expect(server.requests).toEqual([]);
});

test("an abort while the server works on it cancels it there, and rejects with its reason", async () => {
  await using server = await importing([OURS], () => ({ status: 204 }));
  const reason = new Error("enough");
  const controller = new AbortController();

  const creating = server.slow.create(FILE, { signal: controller.signal, interval: 20 });
  await until(() => server.requests.length > 2);
  controller.abort(reason);

  await expect(creating).rejects.toBe(reason);
  const asked = server.asked();
  expect(asked.filter((line) => line.startsWith("DELETE"))).toEqual([`DELETE imports/${IMPORT_ID}`]);
  expect(asked.at(-1)).toBe(`DELETE imports/${IMPORT_ID}`);
});

test.each([404, 405, 500])("… also where the server can't cancel, and says %i", async (status) => {
  await using server = await importing([OURS], () => ({ status }));
  const reason = new Error("enough");
  const controller = new AbortController();

  const creating = server.slow.create(FILE, { signal: controller.signal, interval: 20 });
  await until(() => server.requests.length > 1);
  controller.abort(reason);

  await expect(creating).rejects.toBe(reason);
});

test("an abort while uploading, or before, cancels nothing: there is nothing yet", async () => {
  await using server = await importing([OURS], () => ({ status: 204 }));
  const reason = new Error("enough");
  const controller = new AbortController();
  async function* endless() {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      yield new Uint8Array(1_000);
    }
  }
  let sent = 0;
  const onProgress = ({ bytes }: { bytes: number }) => {
    sent = bytes;
  };

  const creating = server.slow.create(endless(), { name: "t.csv", signal: controller.signal, onProgress });
  await until(() => sent > 0);
  controller.abort(reason);

  await expect(creating).rejects.toBe(reason);
  await expect(server.slow.create(FILE, { signal: controller.signal })).rejects.toBe(reason);
  expect(server.asked()).toEqual([]);
});

test("time that is over ends the waiting, not the import", async () => {
  await using server = await importing([OURS]);

  const late = server.slow.create(FILE, { timeout: 60, interval: 20 });

  await expect(late).rejects.toThrow(TimeoutError);
  await expect(late).rejects.toThrow(`Import ${IMPORT_ID} has not ended within 60 ms, and goes on`);
  expect(server.asked().filter((line) => line.startsWith("DELETE"))).toEqual([]);
});

test("all slots in use is what it fails with", async () => {
  const errors = { imports: "We're sorry but you're already using your allowed 3 import slots" };
  await using server = await startServer((_, response) => sendJson(response, 429, { errors }));

  const refused = new Carto({ baseUrl: server.baseUrl }).datasets.create(FILE);

  await expect(refused).rejects.toThrow(RateLimitError);
  await expect(refused).rejects.toThrow(errors.imports);
});

test("a query and another table become datasets as well", async () => {
  const made: Import = { ...COMPLETE, data_type: "query" };
  await using server = await importing([made]);

  expect((await server.datasets.create({ sql: "select 1 as a" }, { name: "cities" })).datasets).toEqual([TABLE]);
  expect((await server.datasets.create({ tableCopy: "towns" }, { name: "cities" })).datasets).toEqual([TABLE]);

  expect(server.requests.filter(({ method }) => method === "POST").map(({ form }) => form)).toEqual([
    { sql: "select 1 as a", table_name: "cities", client: "cts-0.1.0" },
    { table_copy: "towns", table_name: "cities", client: "cts-0.1.0" },
  ]);
});
