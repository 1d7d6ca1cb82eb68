import { expect, test } from "vitest";
import { parseJob } from "./parse.ts";
import {
  cancelled,
  ended,
  type JobState,
  nextStatement,
  type Outcome,
  runningPart,
  started,
  unstarted,
} from "./state.ts";

const NOW = "2026-01-01T00:00:00.000Z";
const DONE: Outcome = { kind: "done" };
const failed = (reason: string): Outcome => ({ kind: "failed", reason });

/** Runs a job to its end; `outcomes` says how each statement ends, by its text. */
function run(query: unknown, outcomes: Record<string, Outcome> = {}): { state: JobState; ran: string[] } {
  let state = parseJob(query);
  const ran: string[] = [];
  for (let next = nextStatement(state, "ID"); next; next = nextStatement(state, "ID")) {
    ran.push(next.sql);
    state = started(state, next, NOW);
    expect(runningPart(state)).toEqual(next.part);
    state = ended(state, next.part, outcomes[next.sql] ?? DONE, NOW);
  }
  return { state, ran };
}

test("a simple job is done or failed", () => {
  expect(run("select 1").state).toEqual({ query: "select 1", status: "done" });
  expect(run("select 1", { "select 1": failed("no") }).state).toEqual({
    query: "select 1",
    status: "failed",
    failed_reason: "no",
  });
});

test("a job of several stops at the first failure and leaves the rest pending", () => {
  const { state, ran } = run(["a", "b", "c"], { b: failed("no") });

  expect(ran).toEqual(["a", "b"]);
  expect(state).toEqual({
    query: [
      { query: "a", status: "done" },
      { query: "b", status: "failed", failed_reason: "no" },
      { query: "c", status: "pending" },
    ],
    status: "failed",
    failed_reason: "no",
  });
});

test("a job of several is running until its last statement is done", () => {
  const state = parseJob(["a", "b"]);
  const first = nextStatement(state, "ID");
  if (!first) throw new Error("nothing to run");
  const between = ended(started(state, first, NOW), first.part, DONE, NOW);

  expect(between.status).toBe("running");
  expect(run(["a", "b"]).state.status).toBe("done");
});

test("each step is followed by the fallback that fits, the whole by the job's own", () => {
  const plan = {
    query: [
      { query: "a", onsuccess: "a+ <%= job_id %>", onerror: "a-" },
      { query: "b", onerror: "b-" },
    ],
    onsuccess: "all+",
    onerror: "all-",
  };
  const { state, ran } = run(plan);

  expect(ran).toEqual(["a", "a+ ID", "b", "all+"]);
  expect(state).toMatchObject({
    status: "done",
    fallback_status: "done",
    query: {
      query: [
        { status: "done", fallback_status: "done", started_at: NOW, ended_at: NOW },
        { status: "done", fallback_status: "skipped" },
      ],
    },
  });
});

test("a failed step skips the later ones, but not its fallback nor the job's", () => {
  const plan = {
    query: [
      { query: "a", onerror: "log '<%= error_message %>'" },
      { query: "b", onsuccess: "b+" },
    ],
    onerror: "all-",
  };
  const { state, ran } = run(plan, { a: failed("it's $& broken") });

  expect(ran).toEqual(["a", "log 'it''s $& broken'", "all-"]);
  expect(state).toMatchObject({
    status: "failed",
    fallback_status: "done",
    query: {
      query: [
        { status: "failed", fallback_status: "done", failed_reason: "it's $& broken" },
        { status: "skipped", fallback_status: "skipped" },
      ],
    },
  });
  expect(state.failed_reason).toBeUndefined();
});

test("a failed step without a fallback tells its reason in the job too", () => {
  const { state } = run({ query: [{ query: "a" }], onsuccess: "all+" }, { a: failed("no") });

  expect(state).toMatchObject({ status: "failed", failed_reason: "no", fallback_status: "skipped" });
});

test("a failing onsuccess does not fail the job", () => {
  const { state, ran } = run({ query: [{ query: "a", onsuccess: "a+" }, { query: "b" }] }, { "a+": failed("no") });

  expect(ran).toEqual(["a", "a+", "b"]);
  expect(state).toMatchObject({
    status: "done",
    query: { query: [{ status: "done", fallback_status: "failed" }, {}] },
  });
});

test("cancelling during a step cancels it and skips what follows", () => {
  const plan = {
    query: [
      { query: "a", onsuccess: "a+" },
      { query: "b", onerror: "b-" },
    ],
    onerror: "all-",
  };
  const state = parseJob(plan);
  const first = nextStatement(state, "ID");
  if (!first) throw new Error("nothing to run");

  expect(ended(started(state, first, NOW), first.part, { kind: "cancelled" }, NOW)).toMatchObject({
    status: "cancelled",
    fallback_status: "skipped",
    query: {
      query: [
        { status: "cancelled", fallback_status: "skipped" },
        { status: "skipped", fallback_status: "skipped" },
      ],
    },
  });
});

test("cancelling during a fallback cancels it, and skips the job's own", () => {
  let state = parseJob({ query: [{ query: "a", onsuccess: "a+" }, { query: "b" }], onsuccess: "all+" });
  for (const outcome of [DONE, { kind: "cancelled" } as const]) {
    const next = nextStatement(state, "ID");
    if (!next) throw new Error("nothing to run");
    state = ended(started(state, next, NOW), next.part, outcome, NOW);
  }

  expect(state).toMatchObject({
    status: "cancelled",
    fallback_status: "skipped",
    query: { query: [{ status: "done", fallback_status: "cancelled" }, { status: "skipped" }] },
  });
  expect(nextStatement(state, "ID")).toBeUndefined();
});

test("a NUL is refused, the text of its escape is not", () => {
  expect(() => parseJob({ query: [{ query: "select '\0'" }] })).toThrow("a NUL character can't be sent");
  expect(parseJob("select '\\u0000'")).toEqual({ query: "select '\\u0000'", status: "pending" });
});

test("cancelling a job of several leaves later statements pending, and nothing runs any more", () => {
  const state = cancelled(parseJob(["a", "b"]));

  expect(state.query).toEqual([
    { query: "a", status: "pending" },
    { query: "b", status: "pending" },
  ]);
  expect(state.status).toBe("cancelled");
  expect(nextStatement(state, "ID")).toBeUndefined();
});

test("a statement that was taken back runs again", () => {
  for (const query of ["a", ["a", "b"], { query: [{ query: "a" }] }]) {
    const state = parseJob(query);
    const next = nextStatement(state, "ID");
    if (!next) throw new Error("nothing to run");

    expect(nextStatement(unstarted(started(state, next, NOW), next.part), "ID")).toEqual(next);
  }
});

test("a step's own timeout comes with its statement, unless it is none", () => {
  expect(nextStatement(parseJob({ query: [{ query: "a", timeout: 5 }] }), "ID")?.timeout).toBe(5);
  expect(nextStatement(parseJob({ query: [{ query: "a", timeout: 0 }] }), "ID")?.timeout).toBeUndefined();
});

test.each([
  [undefined, "You must indicate a valid SQL"],
  ["", "You must indicate a valid SQL"],
  [1, "there is no job class for the provided query"],
  [[], "there is no job class for the provided query"],
  [[1], "there is no job class for the provided query"],
  [["a", { query: "b" }], "there is no job class for the provided query"],
  [{ query: [] }, "there is no job class for the provided query"],
  [{ query: "a" }, "there is no job class for the provided query"],
  [{ query: ["a"] }, "there is no job class for the provided query"],
  [{ query: [{ query: "a", onerror: 1 }] }, "there is no job class for the provided query"],
])("%j is no job", (query, message) => {
  expect(() => parseJob(query)).toThrow(message);
});
