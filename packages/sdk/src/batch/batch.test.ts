import type { Job } from "@carto-ts/protocol";
import { expect, test } from "vitest";
import { sendJson, startServer } from "../../testing/http-server.ts";
import { ImpatientRuntime } from "../../testing/impatient-runtime.ts";
import { Carto } from "../carto.ts";
import { JobError, NotFoundError, TimeoutError, ValidationError } from "../errors.ts";
import { sql } from "../sql-text.ts";
import { JobBuilder } from "./job-builder.ts";

const JOB: Job = {
  user: "dev",
  query: "select 1",
  job_id: "9e77fc9a-0c1f-4b6c-8b6a-b0f2fbb7ef60",
  created_at: "2026-11-22T09:22:57.612Z",
  updated_at: "2026-11-22T09:22:57.612Z",
  status: "pending",
};

/** A server that answers with the given states of one job, the last of them for ever. */
async function serving(...states: (Partial<Job> | number)[]) {
  const server = await startServer((_, response, count) => {
    const state = states[Math.min(count, states.length - 1)];
    if (typeof state === "number") sendJson(response, state, { error: ["it may pass"] });
    else sendJson(response, 200, { ...JOB, ...state });
  });
  const runtime = new ImpatientRuntime();
  const carto = new Carto({ baseUrl: server.baseUrl, apiKey: "master", runtime, timeout: 3_600_000, maxRetries: 0 });
  return Object.assign(server, { batch: carto.batch, runtime });
}

test.each([
  ["a statement", "select 1", "select 1"],
  ["made SQL", sql`select ${1}`, "select 1"],
  ["statements", ["select 1", "select 2"], ["select 1", "select 2"]],
  ["made statements", [sql`select ${1}`], ["select 1"]],
  [
    "a plan",
    { query: [{ query: "a", onerror: "b" }], onsuccess: "c" },
    { query: [{ query: "a", onerror: "b" }], onsuccess: "c" },
  ],
  [
    "a builder",
    new JobBuilder().step("a", { onsuccess: sql`b`, timeout: 5, id: "x" }).step("c").onSuccess("d").onError("e"),
    { query: [{ query: "a", timeout: 5, id: "x", onsuccess: "b" }, { query: "c" }], onsuccess: "d", onerror: "e" },
  ],
])("a job is created from %s", async (_, query, sent) => {
  await using server = await serving({});

  expect(await server.batch.create(query)).toEqual(JOB);

  const [request] = server.requests;
  expect(request?.url).toBe("/user/dev/api/v2/sql/job");
  expect(request?.headers["content-type"]).toBe("application/json");
  expect(JSON.parse(String(request?.body))).toEqual({ query: sent });
});

test("a job that is too large, or empty, is refused before it is sent", async () => {
  await using server = await serving({});
  const { batch } = server;

  await batch.create("x".repeat(16_384 - '{"query":""}'.length));
  await expect(batch.create("x".repeat(16_384))).rejects.toThrow(ValidationError);
  for (const empty of ["", " ", [], { query: [] }, [""]]) {
    await expect(batch.create(empty)).rejects.toThrow("You must indicate a valid SQL");
  }

  expect(server.requests).toHaveLength(1);
});

test("a job's id can't reach another endpoint", async () => {
  await using server = await serving({});

  await server.batch.get("a/b?c");
  expect(server.requests[0]?.url).toBe("/user/dev/api/v2/sql/job/a%2Fb%3Fc");
  await expect(server.batch.get("")).rejects.toThrow(ValidationError);
  await expect(server.batch.get("..")).rejects.toThrow(ValidationError);
});

test("a job that the server doesn't know is a NotFoundError", async () => {
  await using server = await startServer((_, response) =>
    sendJson(response, 400, { error: ["Job with id x not found"] }),
  );

  await expect(new Carto({ baseUrl: server.baseUrl }).batch.get("x")).rejects.toThrow(NotFoundError);
});

test.each([
  "Cannot set status from done to cancelled",
  "Cannot set status to cancelled",
  "Cannot set status from cancelled to cancelled",
])("cancelling a job that has ended (%s) resolves with its state", async (message) => {
  await using server = await startServer((request, response) =>
    request.method === "DELETE"
      ? sendJson(response, 400, { error: [message] })
      : sendJson(response, 200, { ...JOB, status: "done" }),
  );

  const job = await new Carto({ baseUrl: server.baseUrl }).batch.cancel(JOB.job_id);

  expect(job.status).toBe("done");
  expect(server.requests.map(({ method }) => method)).toEqual(["DELETE", "GET"]);
});

test("cancelling says what else went wrong", async () => {
  await using server = await startServer((_, response) =>
    sendJson(response, 400, { error: ["Query has not been cancelled"] }),
  );

  await expect(new Carto({ baseUrl: server.baseUrl }).batch.cancel("x")).rejects.toThrow(
    "Query has not been cancelled",
  );
});

test.each([[[JOB]], [{ jobs: [JOB] }]])("jobs are listed", async (body) => {
  await using server = await startServer((_, response) => sendJson(response, 200, body));

  expect(await new Carto({ baseUrl: server.baseUrl }).batch.list()).toEqual([JOB]);
});

test("wait resolves when the job is done, and tells of every read", async () => {
  await using server = await serving({}, { status: "running" }, { status: "done" });
  const seen: string[] = [];

  const job = await server.batch.wait(JOB, { onProgress: ({ status }) => seen.push(status) });

  expect(job.status).toBe("done");
  expect(seen).toEqual(["pending", "running", "done"]);
  expect(server.runtime.waits).toEqual([50, 75]);
});

test.each(["failed", "cancelled", "unknown", "skipped"] as const)("wait rejects when a job is %s", async (status) => {
  await using server = await serving({ status, failed_reason: "no such table" });

  const failure = await server.batch.wait(JOB.job_id).catch((error: unknown) => error);

  expect(failure).toBeInstanceOf(JobError);
  expect(failure).toMatchObject({ job: { status }, message: `Job ${JOB.job_id} is ${status}: no such table` });
});

test("wait waits for the fallbacks as well", async () => {
  const step = { query: "a", onsuccess: "b", status: "done" } as const;
  await using server = await serving(
    { status: "done", query: { query: [{ ...step, fallback_status: "running" }] } },
    { status: "done", query: { query: [{ ...step, fallback_status: "done" }] }, fallback_status: "pending" },
    { status: "done", query: { query: [{ ...step, fallback_status: "done" }] }, fallback_status: "skipped" },
  );

  await server.batch.wait(JOB);

  expect(server.requests).toHaveLength(3);
});

test("reads that fail in a way that may pass don't end the wait", async () => {
  await using server = await serving(503, {}, 500, 429, { status: "done" });

  expect((await server.batch.wait(JOB)).status).toBe("done");
});

test("wait gives up on a server that is gone for good, and on a refusal at once", async () => {
  await using gone = await serving(502);
  await expect(gone.batch.wait(JOB)).rejects.toMatchObject({ status: 502 });
  expect(gone.requests).toHaveLength(10);

  await using refusing = await serving(403);
  await expect(refusing.batch.wait(JOB)).rejects.toMatchObject({ status: 403 });
  expect(refusing.requests).toHaveLength(1);
});

test("wait ends with its time, or with its signal", async () => {
  await using server = await serving({ status: "running" });
  const carto = new Carto({ baseUrl: server.baseUrl });

  const late = carto.batch.wait(JOB, { timeout: 60, interval: 20 });
  await expect(late).rejects.toThrow(TimeoutError);
  await expect(late).rejects.toThrow(`Job ${JOB.job_id} has not ended within 60 ms`);

  const reason = new Error("enough");
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 30);
  await expect(carto.batch.wait(JOB, { signal: controller.signal })).rejects.toBe(reason);
});

test("a read that hangs doesn't outlast the wait", async () => {
  await using server = await startServer(() => {});

  const late = new Carto({ baseUrl: server.baseUrl }).batch.wait(JOB, { timeout: 50 });

  await expect(late).rejects.toThrow("has not ended within 50 ms");
});
