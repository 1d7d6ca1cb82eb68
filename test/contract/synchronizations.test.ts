import { setTimeout as sleep } from "node:timers/promises";
import type { RunningServer } from "@carto-ts/server";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { zipOf } from "../support/archives.ts";
import { eventually } from "../support/http.ts";
import { type PlatformAnswer, type PlatformRequest, platform } from "../support/platform.ts";
import { SourceServer } from "../support/source-server.ts";
import { rows } from "../support/sql.ts";
import { addAccount, engines, startTestServer, type World } from "../support/world.ts";

const PATH = "v1/synchronizations";

describe.each(engines)("synchronizations on %s", (engine) => {
  let source: SourceServer;
  let server: RunningServer;
  let world: World;

  beforeAll(async () => {
    source = await SourceServer.start({ text: "n,name\n1,Vic\n" });
    server = await startTestServer(engine, {
      imports: { allowed: "127.0.0.1", ports: source.port },
      limits: { syncMinIntervalS: 1 },
    });
  });
  afterAll(async () => {
    await server.close();
    source.close();
  });
  beforeEach(async () => {
    source.file = { text: "n,name\n1,Vic\n" };
    source.requests = [];
    world = await addAccount(server);
  });

  const ask = (path: string, request?: PlatformRequest): Promise<PlatformAnswer> => platform(world, path, request);

  /** Makes a synchronization and waits until its first run has ended. */
  async function create(body: Record<string, unknown> = {}): Promise<string> {
    const made = await ask(PATH, { method: "POST", body: { url: source.url("cities.csv"), interval: 0, ...body } });
    expect(made.status).toBe(200);
    await ended(made.json.id);
    return made.json.id;
  }

  /** Waits until no run is on its way. */
  async function ended(id: string): Promise<Record<string, unknown>> {
    let sync: Record<string, unknown> = {};
    await eventually(async () => {
      sync = (await ask(`${PATH}/${id}`)).json;
      return sync["state"] === "success" || sync["state"] === "failure";
    }, 20_000);
    return sync;
  }

  /** Runs it once more, as soon as that is let. */
  async function again(id: string): Promise<Record<string, unknown>> {
    const enqueued = async (): Promise<boolean> =>
      (await ask(`${PATH}/${id}/sync_now`, { method: "PUT" })).json.enqueued === true;
    expect(await eventually(enqueued, 5_000)).toBe(true);
    return ended(id);
  }

  const cities = (): Promise<Record<string, unknown>[]> => rows(world, "select n, name from cities order by n");

  test("are made by a body of JSON, and feed a dataset", async () => {
    source.file = { text: "n,name\n1,Vic\n", etag: '"v1"', lastModified: "Wed, 21 Oct 2015 07:28:00 GMT" };

    const made = await ask(PATH, { method: "POST", body: { url: source.url("cities.csv"), interval: 3600 } });

    const { id } = made.json;
    expect(made.json).toEqual({
      data_import: { endpoint: "/api/v1/imports", item_queue_id: expect.any(String) },
      id: expect.any(String),
      name: null,
      interval: 3600,
      url: source.url("cities.csv"),
      state: "queued",
      user_id: expect.any(String),
      created_at: expect.any(String),
      updated_at: expect.any(String),
      run_at: expect.any(String),
      ran_at: expect.any(String),
      modified_at: null,
      etag: null,
      checksum: "",
      log_id: made.json.data_import.item_queue_id,
      error_code: null,
      error_message: null,
      retried_times: 0,
      service_name: null,
      service_item_id: null,
      type_guessing: true,
      quoted_fields_guessing: true,
      content_guessing: false,
      visualization_id: null,
      from_external_source: false,
    });
    const sync = await ended(id);
    const dataset = (await ask("v1/viz/cities")).json;
    expect(sync).toMatchObject({
      state: "success",
      name: "cities",
      visualization_id: dataset.id,
      etag: "v1",
      modified_at: "2015-10-21T07:28:00.000Z",
      checksum: "14b0d6120683ca3a0d21c15565c187537f15625f468db729a236e64d99583222",
    });
    expect(dataset.synchronization).toEqual(sync);
    expect(dataset.table.synchronization).toEqual(sync);
    expect((await ask(`v1/tables/${dataset.table.id}`)).json.synchronization).toEqual(sync);
    expect((await ask(`v1/imports/${sync["log_id"]}`)).json).toMatchObject({
      state: "complete",
      synchronization_id: id,
      table_name: "cities",
    });
    expect((await ask(PATH)).json).toEqual({ synchronizations: [sync], total_entries: 1 });
    expect(new Date(String(sync["run_at"])).getTime() - Date.now()).toBeGreaterThan(3_500_000);
  });

  test("are made by the query string and an empty body, as the Python client does", async () => {
    const url = encodeURIComponent(source.url("cities.csv"));
    const made = await ask(`${PATH}/?url=${url}&interval=3600&type_guessing=False`, { method: "POST" });

    expect(await ended(made.json.id)).toMatchObject({ state: "success", interval: 3600, type_guessing: false });
    expect(await cities()).toEqual([{ n: "1", name: "Vic" }]);
  });

  test("refuse intervals that are too short, and what is no address", async () => {
    const refusal = async (body: Record<string, unknown>): Promise<unknown> => {
      const { status, json } = await ask(PATH, { method: "POST", body: { url: source.url("a.csv"), ...body } });
      return [status, json.errors];
    };
    expect(await refusal({ interval: -1 })).toEqual([
      400,
      "Invalid interval: Sync interval must be at least 1 seconds",
    ]);
    expect(await refusal({ interval: "soon" })).toEqual([
      400,
      "Invalid interval: Sync interval must be at least 1 seconds",
    ]);
    expect(await refusal({ url: "ftp://example.org/a.csv" })).toEqual([
      400,
      "Invalid URL, cannot connect dataset: ftp://example.org/a.csv",
    ]);
    expect(await refusal({ url: "http://127.0.0.1/\0" })).toEqual([400, expect.stringContaining("Invalid URL")]);
    expect(await refusal({ url: undefined })).toEqual([400, "Invalid URL, cannot connect dataset: "]);
    expect(await refusal({ privacy: "secret" })).toEqual([
      400,
      "Unknown value 'secret' for 'privacy'. Allowed values are: private, public and link",
    ]);
    expect(await refusal({ connector: { provider: "hive" } })).toEqual([400, expect.stringContaining("1501")]);
    expect((await ask(PATH, { method: "POST", body: {}, key: undefined })).status).toBe(401);
    expect((await ask(PATH)).json).toEqual({ synchronizations: [], total_entries: 0 });
  });

  test("ask ten times for what has not changed, and load it once", async () => {
    source.file = { text: "n,name\n1,Vic\n", etag: '"v1"' };
    const id = await create({ interval: 1 });
    const { log_id: first } = (await ask(`${PATH}/${id}`)).json;

    await eventually(() => source.requests.length >= 11, 30_000);

    const conditions = source.requests.slice(0, 11).map(({ method, headers }) => [method, headers["if-none-match"]]);
    expect(conditions).toEqual([["GET", undefined], ...Array.from({ length: 10 }, () => ["GET", '"v1"'])]);
    await ask(`${PATH}/${id}`, { method: "PUT", body: { interval: 0 } });
    const sync = await ended(id);
    expect(sync).toMatchObject({ state: "success", retried_times: 0, run_at: null });
    expect(sync["log_id"]).not.toBe(first);
    expect((await ask(`v1/imports/${sync["log_id"]}`)).json).toMatchObject({
      state: "complete",
      tables_created_count: 0,
      error_code: null,
      success: true,
    });
    // Nobody rewrote the table.
    expect((await rows(world, "select count(distinct xmin::text) as loads from cities"))[0]).toEqual({ loads: 1 });
  }, 60_000);

  test("know a file by its content where its server says nothing", async () => {
    const id = await create();
    await world.carto.sql.query("update cities set name = 'edited'");

    expect(await again(id)).toMatchObject({ state: "success", etag: null });
    expect(await cities()).toEqual([{ n: 1, name: "edited" }]);

    source.file = { text: "n,name\n1,Vic\n2,Olot\n" };
    await again(id);
    expect(await cities()).toEqual([
      { n: 1, name: "Vic" },
      { n: 2, name: "Olot" },
    ]);
  });

  test("leave the table as it is while the source is broken, tell why, and go on when it is mended", async () => {
    const id = await create({ interval: 1 });
    source.file = { text: "gone", status: 404 };

    await eventually(async () => (await ask(`${PATH}/${id}`)).json.error_code !== null, 10_000);
    const broken = (await ask(`${PATH}/${id}`)).json;

    expect(broken.error_code).toBe(1100);
    expect(broken.error_message).toMatch(/^Download file not found There is no file at http:/);
    expect(broken.retried_times).toBeGreaterThanOrEqual(1);
    expect(await cities()).toEqual([{ n: 1, name: "Vic" }]);

    source.file = { text: "n,name\n2,Olot\n" };
    const mended = async (): Promise<boolean> => (await ask(`${PATH}/${id}`)).json.error_code === null;
    expect(await eventually(mended, 20_000)).toBe(true);
    await ask(`${PATH}/${id}`, { method: "PUT", body: { interval: 0 } });
    expect(await ended(id)).toMatchObject({ state: "success", error_message: null, retried_times: 0 });
    expect(await cities()).toEqual([{ n: 2, name: "Olot" }]);
  }, 60_000);

  test("wait longer after each failure", async () => {
    source.file = { text: "", status: 500 };
    const id = await create({ interval: 1000 });

    const pauses = [];
    for (let run = 0; run < 3; run++) {
      if (run > 0) await again(id);
      const { run_at: due, updated_at: at } = (await ask(`${PATH}/${id}`)).json;
      pauses.push(Math.round((Date.parse(due) - Date.parse(at)) / 1000));
    }

    expect(pauses).toEqual([1000, 2000, 4000]);
  }, 30_000);

  test("feed a renamed dataset under its new name, by the API and by SQL", async () => {
    const id = await create();
    const before = (await ask("v1/viz/cities")).json;
    await world.carto.sql.query("alter table cities rename to towns");
    source.file = { text: "n,name\n2,Olot\n" };

    expect(await again(id)).toMatchObject({ state: "success", name: "towns", visualization_id: before.id });
    expect(await rows(world, "select n from towns")).toEqual([{ n: 2 }]);

    await world.carto.datasets.update("towns", { name: "places" });
    await world.carto.sql.query("create table towns (n int)");
    source.file = { text: "n,name\n3,Ripoll\n" };
    expect(await again(id)).toMatchObject({ state: "success", name: "places", visualization_id: before.id });
    expect(await rows(world, "select n from places")).toEqual([{ n: 3 }]);
    expect(await rows(world, "select n from towns")).toEqual([]);
  });

  test("take the columns that the file has, and keep rights, indexes and ids", async () => {
    const id = await create({ privacy: "public" });
    await world.carto.sql.query("create index by_name on cities (name)");
    source.file = { text: "n,name,pop\nx,Vic,40000\n" };

    expect(await again(id)).toMatchObject({ state: "success" });

    expect(await rows(world, "select n, name, pop from cities")).toEqual([{ n: "x", name: "Vic", pop: 40000 }]);
    expect((await world.client({}).sql.query("select pop from cities")).rows).toEqual([{ pop: 40000 }]);
    expect(await rows(world, "select count(*) as n from pg_indexes where indexname = 'by_name'")).toEqual([{ n: 1 }]);

    source.file = { text: "n,pop\nx,40001\n" };
    expect(await again(id)).toMatchObject({
      state: "failure",
      error_code: 2012,
      error_message: expect.stringContaining("by_name"),
    });
    await world.carto.sql.query("drop index by_name");
    expect(await again(id)).toMatchObject({ state: "success" });
    expect(await rows(world, "select n, pop from cities")).toEqual([{ n: "x", pop: 40001 }]);
  }, 30_000);

  test("don't lose columns that their owner has added", async () => {
    const id = await create();
    await world.carto.sql.query("alter table cities add column note text");
    source.file = { text: "n,name\n2,Olot\n" };

    expect(await again(id)).toMatchObject({
      state: "failure",
      error_code: 2012,
      error_message: expect.stringContaining("note (string)"),
    });
    expect(await cities()).toEqual([{ n: 1, name: "Vic" }]);
  });

  test("go with their dataset, whoever deletes that", async () => {
    const byApi = await create();
    await world.carto.datasets.delete("cities");
    expect((await ask(`${PATH}/${byApi}`)).status).toBe(404);

    const bySql = await create();
    await world.carto.sql.query("drop table cities");
    expect((await ask(`${PATH}/${bySql}`)).status).toBe(404);
    expect((await ask(PATH)).json.total_entries).toBe(0);
  });

  test("give way to one that makes their table anew", async () => {
    const first = await create();
    await world.carto.sql.query("drop table cities");

    const second = await create();

    expect((await ask(`${PATH}/${first}`)).status).toBe(404);
    expect((await ask(`${PATH}/${second}`)).json).toMatchObject({ state: "success", name: "cities" });
    expect((await ask(PATH)).json.total_entries).toBe(1);
  });

  test("are queued as long as they have no dataset, and syncing when they have one", async () => {
    source.file = { text: "n,name\n1,Vic\n", hold: true };
    const made = (await ask(PATH, { method: "POST", body: { url: source.url("cities.csv"), interval: 0 } })).json;
    const uploading = async (): Promise<boolean> => {
      const { log_id: run } = (await ask(`${PATH}/${made.id}`)).json;
      return (await ask(`v1/imports/${run}`)).json.state === "uploading";
    };
    await eventually(uploading, 10_000);
    expect((await ask(`${PATH}/${made.id}`)).json.state).toBe("queued");
    expect((await ask(`${PATH}/${made.id}/sync_now`, { method: "PUT" })).json.enqueued).toBe(false);
    source.release();
    await ended(made.id);

    source.file = { text: "n,name\n2,Olot\n", hold: true };
    await eventually(async () => (await ask(`${PATH}/${made.id}/sync_now`, { method: "PUT" })).json.enqueued, 5_000);
    await eventually(uploading, 10_000);
    expect((await ask(`${PATH}/${made.id}/sync_now`)).json).toEqual({ state: "syncing" });
    expect(await cities()).toEqual([{ n: 1, name: "Vic" }]);
    await ask(`v1/imports/${(await ask(`${PATH}/${made.id}`)).json.log_id}`, { method: "DELETE" });
    expect(await ended(made.id)).toMatchObject({
      state: "failure",
      error_code: 99999,
      error_message: "Import cancelled The import was cancelled. Nothing was changed.",
    });
  });

  test("are deleted without their dataset", async () => {
    const id = await create();

    const gone = await ask(`${PATH}/${id}`, { method: "DELETE" });

    expect([gone.status, gone.text]).toEqual([204, ""]);
    expect((await ask(`${PATH}/${id}`, { method: "DELETE" })).status).toBe(404);
    expect(await cities()).toEqual([{ n: 1, name: "Vic" }]);
    expect((await ask("v1/viz/cities")).json.synchronization).toBeNull();
  });

  test("are run by an empty PUT, and by sync_now once the last run is long enough ago", async () => {
    const id = await create();
    const first = (await ask(`${PATH}/${id}`)).json.log_id;
    const early = await ask(`${PATH}/${id}/sync_now`, { method: "PUT" });
    expect([early.status, early.json]).toEqual([200, { enqueued: false, synchronization_id: id }]);
    await sleep(1_100);

    const put = await ask(`${PATH}/${id}`, { method: "PUT" });

    expect(put.status).toBe(200);
    expect(put.json.log_id).not.toBe(first);
    expect((await ask(`${PATH}/${id}/sync_now`)).json.state).toMatch(/^(queued|syncing|success)$/);
    expect(await ended(id)).toMatchObject({ state: "success" });
    const missing = await ask(`${PATH}/00000000-0000-4000-8000-000000000000/sync_now`, { method: "PUT" });
    expect([missing.status, missing.text]).toEqual([404, ""]);
  });

  test("are changed by PUT, what nobody can set aside", async () => {
    const id = await create();
    const sync = (await ask(`${PATH}/${id}`)).json;

    const changed = await ask(`${PATH}/${id}`, { method: "PUT", body: { ...sync, interval: 7200, state: "created" } });
    expect(changed.json).toMatchObject({
      ...sync,
      interval: 7200,
      run_at: expect.any(String),
      updated_at: expect.any(String),
    });

    const refused = await ask(`${PATH}/${id}`, { method: "PUT", body: { interval: 0.5 } });
    expect([refused.status, refused.json.errors]).toEqual([
      400,
      "Invalid interval: Sync interval must be at least 1 seconds",
    ]);
    const other = await ask(`${PATH}/${id}`, { method: "PUT", body: { type_guessing: false } });
    expect(other.json).toMatchObject({ type_guessing: false, interval: 7200, checksum: "" });
    await again(id);
    expect(await cities()).toEqual([{ n: "1", name: "Vic" }]);
  });

  test("are nobody else's", async () => {
    const id = await create({ privacy: "public" });
    const other = await addAccount(server);

    for (const [method, path] of [
      ["GET", `${PATH}/${id}`],
      ["PUT", `${PATH}/${id}`],
      ["DELETE", `${PATH}/${id}`],
    ] as const) {
      const answer = await platform(other, path, { method });
      expect([answer.status, answer.text]).toEqual([401, ""]);
      expect((await ask(path, { method, key: "wrong" })).status).toBe(401);
      expect((await ask(path, { method, key: undefined })).status).toBe(401);
    }
    expect((await platform(other, `${PATH}/${id}/sync_now`, { method: "PUT" })).status).toBe(404);
    expect((await platform(other, PATH)).json.total_entries).toBe(0);
    const seen = await ask("v1/viz/cities", { key: undefined });
    expect(seen.json.table.synchronization).toBeNull();
    expect(seen.text).not.toContain("cities.csv");
    expect((await ask(`${PATH}/no-id`)).status).toBe(404);
  });

  test("keep one table, and say so where a file has several", async () => {
    source.file = { text: zipOf(["a.csv", "b.csv"].map((name) => ({ name, data: "n\n1\n" }))) };

    const id = await create({ url: source.url("two.zip") });

    expect((await ask(`${PATH}/${id}`)).json).toMatchObject({
      state: "failure",
      name: null,
      error_code: 1019,
      error_message: expect.stringContaining("A synchronization keeps one table"),
    });
    expect((await ask("v1/viz?type=table")).json.total_entries).toBe(0);
  });

  test("give the table the name that was asked for, or the next that is free", async () => {
    await world.carto.sql.query("create table towns (n int)");

    const id = await create({ table_name: "Towns" });

    expect((await ask(`${PATH}/${id}`)).json).toMatchObject({ state: "success", name: "towns_1" });
  });
});
