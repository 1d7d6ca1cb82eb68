import { setTimeout as sleep } from "node:timers/promises";
import { JobError, NotFoundError, PermissionError } from "@carto-ts/sdk";
import { describe, expect, test } from "vitest";
import { eventually } from "../support/http.ts";
import { engines, startTestServer, startWorld, type World } from "../support/world.ts";

async function send(
  world: World,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${world.url}/api/v2/sql/job${path}?api_key=${world.masterKey}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
  });
  return { status: response.status, body: await response.json() };
}

describe.each(engines)("batch jobs on %s", (engine) => {
  test("a job runs, and its work is there when it is done", async () => {
    await using world = await startWorld(engine);

    const created = await world.carto.batch.create("create table made as select 1 as n");
    expect(created).toMatchObject({ status: "pending", user: world.account });
    const done = await world.carto.batch.wait(created);

    expect(done.status).toBe("done");
    expect((await world.carto.sql.query("select n from made")).rows).toEqual([{ n: 1 }]);
  });

  test("the answers have their fields in the order that clients of the original know", async () => {
    await using world = await startWorld(engine);

    const { body: created } = await send(world, "POST", "/", { query: "select 1" });
    expect(Object.keys(created as object)).toEqual(["user", "query", "job_id", "created_at", "updated_at", "status"]);
    const { job_id } = created as { job_id: string };
    await world.carto.batch.wait(job_id);
    const { body: read } = await send(world, "GET", `/${job_id}`);
    expect(Object.keys(read as object)).toEqual(["user", "status", "query", "created_at", "updated_at", "job_id"]);
  });

  test("a form's lists are lists, also those of one", async () => {
    await using world = await startWorld(engine);

    for (const queries of [["select 1"], ["select 1", "select 2"]]) {
      const body = new URLSearchParams(queries.map((query) => ["query[]", query]));
      const response = await fetch(`${world.url}/api/v2/sql/job?api_key=${world.masterKey}`, { method: "POST", body });

      expect(response.status).toBe(201);
      expect(await response.json()).toMatchObject({ query: queries.map((query) => ({ query, status: "pending" })) });
    }
  });

  test("a job that fails tells why", async () => {
    await using world = await startWorld(engine);

    const job = await world.carto.batch.create(["select 1", "select nope", "select 3"]);
    const failure = await world.carto.batch.wait(job).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(JobError);
    expect((failure as JobError).job).toMatchObject({
      status: "failed",
      failed_reason: 'column "nope" does not exist',
      query: [
        { query: "select 1", status: "done" },
        { query: "select nope", status: "failed", failed_reason: 'column "nope" does not exist' },
        { query: "select 3", status: "pending" },
      ],
    });
  });

  test("fallbacks run with what they are told", async () => {
    await using world = await startWorld(engine);
    await world.carto.sql.query("create table log (t text)");

    const job = await world.carto.batch.create({
      query: [
        { query: "select 1", onsuccess: "insert into log values ('<%= job_id %>')" },
        { query: "select nope", onerror: "insert into log values ('<%= error_message %>')" },
      ],
      onerror: "insert into log values ('all')",
    });
    await world.carto.batch.wait(job).catch(() => {});

    expect((await world.carto.sql.query("select t from log order by ctid")).rows).toEqual([
      { t: job.job_id },
      { t: 'column "nope" does not exist' },
      { t: "all" },
    ]);
  });

  test("a running job is cancelled within a second, and never turns done", async () => {
    await using world = await startWorld(engine);
    const job = await world.carto.batch.create("select pg_sleep(60)");
    expect(await eventually(async () => (await world.carto.batch.get(job.job_id)).status === "running", 10_000)).toBe(
      true,
    );

    const startedAt = Date.now();
    const cancelled = await world.carto.batch.cancel(job.job_id);

    expect(cancelled.status).toBe("cancelled");
    expect(Date.now() - startedAt).toBeLessThan(3_000);
    await sleep(700);
    expect((await world.carto.batch.get(job.job_id)).status).toBe("cancelled");
    expect((await world.carto.sql.query("select 1 as n")).rows).toEqual([{ n: 1 }]);
  });

  test("a waiting job is cancelled without waiting for the one before it", async () => {
    await using world = await startWorld(engine);
    const [first, second] =
      engine === "postgres"
        ? [
            await world.carto.batch.create("select pg_sleep(30)"),
            await world.carto.batch.create("create table never (n int)"),
          ]
        : [undefined, await world.carto.batch.create("select 1")];

    if (first) {
      expect((await world.carto.batch.cancel(second.job_id)).status).toBe("cancelled");
      await world.carto.batch.cancel(first.job_id);
      await expect(world.carto.sql.query("select * from never")).rejects.toThrow("does not exist");
    } else {
      await world.carto.batch.wait(second);
    }
  });

  test("a job that has ended can't be cancelled", async () => {
    await using world = await startWorld(engine);
    const job = await world.carto.batch.wait(await world.carto.batch.create("select 1"));

    expect(await send(world, "DELETE", `/${job.job_id}`)).toEqual({
      status: 400,
      body: { error: ["Cannot set status from done to cancelled"] },
    });
    expect((await world.carto.batch.cancel(job.job_id)).status).toBe("done");
  });

  test("an account's jobs run one at a time, in their order", async () => {
    await using world = await startWorld(engine);
    await world.carto.sql.query("create table seen (n int, at timestamptz)");

    const jobs = [];
    for (let n = 0; n < 5; n++) {
      jobs.push(await world.carto.batch.create(`insert into seen select ${n}, clock_timestamp() from pg_sleep(0.05)`));
    }
    for (const job of jobs) await world.carto.batch.wait(job);

    expect((await world.carto.sql.query("select n from seen order by at")).rows.map(({ n }) => n)).toEqual([
      0, 1, 2, 3, 4,
    ]);
    expect((await world.carto.batch.list()).map(({ job_id }) => job_id)).toEqual(
      jobs.map(({ job_id }) => job_id).reverse(),
    );
  });

  test("what is no job is refused in the contract's words", async () => {
    await using world = await startWorld(engine);

    for (const [body, message] of [
      [{}, "You must indicate a valid SQL"],
      [{ query: 1 }, "there is no job class for the provided query"],
      [{ query: ["select 1", { query: "select 2" }] }, "there is no job class for the provided query"],
    ] as const) {
      expect(await send(world, "POST", "", body)).toEqual({ status: 400, body: { error: [message] } });
    }
    const large = await send(world, "POST", "", { query: "x".repeat(20_000) });
    expect(large.status).toBe(400);
    expect(large.body).toMatchObject({ error: [expect.stringMatching(/^Your payload is too large: 20012 bytes\./)] });
    expect(await send(world, "GET", "/nope")).toEqual({ status: 400, body: { error: ["Job with id nope not found"] } });
  });

  test("only the master key runs jobs, and only those of its account", async () => {
    await using world = await startWorld(engine);
    await using other = await startWorld(engine);
    const job = await world.carto.batch.wait(await world.carto.batch.create("select 1"));

    await expect(world.client({}).batch.create("select 1")).rejects.toBeInstanceOf(PermissionError);
    await expect(other.carto.batch.get(job.job_id)).rejects.toBeInstanceOf(NotFoundError);
  });

  test("a job can't become another role", async () => {
    await using world = await startWorld(engine);

    const job = await world.carto.batch.create("set role postgres");
    const failure = await world.carto.batch.wait(job).catch((error: unknown) => error);

    expect((failure as JobError).job.failed_reason).toBe("permission denied for SET role");
  });

  test("a job can't become one by a text that is too deep to be read, either", async () => {
    await using world = await startWorld(engine);
    const deep = `select ${Array.from({ length: 6_000 }, () => "1").join("+")}`;

    const job = await world.carto.batch.create(`reset role; commit; select token from carto.api_key; ${deep}`);
    const failure = await world.carto.batch.wait(job).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(JobError);
  });

  test("a fallback that runs is cancelled, and the job keeps the status that it has", async () => {
    await using world = await startWorld(engine);

    const job = await world.carto.batch.create({ query: [{ query: "select nope" }], onerror: "select pg_sleep(60)" });
    const isInFallback = async (): Promise<boolean> =>
      (await world.carto.batch.get(job.job_id)).fallback_status === "running";
    expect(await eventually(isInFallback, 10_000)).toBe(true);

    expect(await world.carto.batch.cancel(job.job_id)).toMatchObject({
      status: "failed",
      fallback_status: "cancelled",
    });
  });

  test("no more jobs wait than may, however many are sent at once", async () => {
    await using world = await startWorld(engine);
    const first = await world.carto.batch.create("select pg_sleep(3)");
    await eventually(async () => (await world.carto.batch.get(first.job_id)).status === "running", 10_000);
    if (engine === "pglite") return; // its one session is the job's: nothing can be queued meanwhile

    const sent = await Promise.all(Array.from({ length: 80 }, () => send(world, "POST", "", { query: "select 1" })));

    expect(sent.filter(({ status }) => status === 201)).toHaveLength(64);
    expect(sent.find(({ status }) => status === 400)?.body).toEqual({
      error: ["Failed to create job. Max number of jobs (64) queued reached"],
    });
    await world.carto.batch.cancel(first.job_id);
  });

  test("a statement may take no longer than its step says", async () => {
    await using world = await startWorld(engine);

    const job = await world.carto.batch.create({ query: [{ query: "select pg_sleep(30)", timeout: 200 }] });
    const failure = await world.carto.batch.wait(job).catch((error: unknown) => error);

    expect((failure as JobError).job.failed_reason).toBe("canceling statement due to statement timeout");
  });

  test("a server that is closed at the very moment that a statement starts doesn't wait for it", async () => {
    const server = await startTestServer(engine);
    const url = `${server.url}/api/v2/sql/job`;
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify({ query: "select pg_sleep(300)", api_key: server.masterKey });
    const { job_id } = (await (await fetch(url, { method: "POST", headers, body })).json()) as { job_id: string };
    const status = async (): Promise<string> =>
      ((await (await fetch(`${url}/${job_id}?api_key=${server.masterKey}`)).json()) as { status: string }).status;
    while ((await status()) !== "running");

    const startedAt = Date.now();
    await server.close();

    expect(Date.now() - startedAt).toBeLessThan(8_000);
  });
});
