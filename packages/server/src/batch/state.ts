import {
  FINAL_JOB_STATUSES,
  type JobItem,
  type JobQueryState,
  type JobStatus,
  type JobStepState,
} from "@carto-ts/protocol";

/** What is known of a job's course: the part that its runner changes. Pure data, kept as JSON. */
export interface JobState {
  query: JobQueryState;
  status: JobStatus;
  /** Only there when the job has an `onsuccess` or `onerror` of its own. */
  fallback_status?: JobStatus;
  failed_reason?: string;
}

/** A statement of a job: which part it is, and what to run. */
export interface JobStatement {
  part: { kind: "simple" } | { kind: "item" | "step" | "step-fallback"; index: number } | { kind: "job-fallback" };
  sql: string;
  /** Milliseconds that the step itself allows. */
  timeout?: number;
}

/** How a statement ended. */
export type Outcome = { kind: "done" } | { kind: "failed"; reason: string } | { kind: "cancelled" };

interface Plan {
  query: JobStepState[];
  onsuccess?: string;
  onerror?: string;
}

const isPlan = (query: JobQueryState): query is Plan => typeof query === "object" && !Array.isArray(query);

/** The statement to run next; undefined when the job, with its fallbacks, has ended. */
export function nextStatement(state: JobState, jobId: string): JobStatement | undefined {
  const { query } = state;
  if (typeof query === "string")
    return state.status === "pending" ? { part: { kind: "simple" }, sql: query } : undefined;
  if (!isPlan(query)) {
    if (state.status !== "pending" && state.status !== "running") return undefined;
    const index = query.findIndex((item) => item.status === "pending");
    const item = query[index];
    return item && { part: { kind: "item", index }, sql: item.query };
  }
  return nextOfPlan(state, query, jobId);
}

function nextOfPlan(state: JobState, plan: Plan, jobId: string): JobStatement | undefined {
  for (const [index, step] of plan.query.entries()) {
    if (step.status === "pending") {
      const timeout = step.timeout === undefined || step.timeout <= 0 ? {} : { timeout: step.timeout };
      return { part: { kind: "step", index }, sql: step.query, ...timeout };
    }
    if (step.fallback_status === "pending") {
      const template = (step.status === "done" ? step.onsuccess : step.onerror) ?? "";
      return { part: { kind: "step-fallback", index }, sql: fill(template, jobId, step.failed_reason ?? "") };
    }
  }
  if (state.fallback_status !== "pending") return undefined;
  return { part: { kind: "job-fallback" }, sql: (state.status === "done" ? plan.onsuccess : plan.onerror) ?? "" };
}

/** Fills a template in. Quotes in the message are doubled, for it usually stands within a literal. */
function fill(template: string, jobId: string, message: string): string {
  const values: Record<string, string> = { job_id: jobId, error_message: message.replaceAll("'", "''") };
  return template.replace(/<%=\s*(job_id|error_message)\s*%>/g, (_, name: string) => values[name] ?? "");
}

/** The state while `statement` runs. */
export function started(state: JobState, { part }: JobStatement, now: string): JobState {
  switch (part.kind) {
    case "simple":
      return { ...state, status: "running" };
    case "item":
      return { ...withItem(state, part.index, { status: "running" }), status: "running" };
    case "step":
      return { ...withStep(state, part.index, { status: "running", started_at: now }), status: "running" };
    case "step-fallback":
      return withStep(state, part.index, { fallback_status: "running" });
    case "job-fallback":
      return { ...state, fallback_status: "running" };
  }
}

/** The part that a state says is running; undefined when none is. */
export function runningPart(state: JobState): JobStatement["part"] | undefined {
  const { query } = state;
  if (typeof query === "string") return state.status === "running" ? { kind: "simple" } : undefined;
  const steps: readonly (JobItem | JobStepState)[] = isPlan(query) ? query.query : query;
  const index = steps.findIndex((step) => step.status === "running");
  if (index >= 0) return { kind: isPlan(query) ? "step" : "item", index };
  const fallback = steps.findIndex((step) => "fallback_status" in step && step.fallback_status === "running");
  if (fallback >= 0) return { kind: "step-fallback", index: fallback };
  return state.fallback_status === "running" ? { kind: "job-fallback" } : undefined;
}

/** The state before `part` was started, for a statement that is to run again. */
export function unstarted(state: JobState, part: JobStatement["part"]): JobState {
  switch (part.kind) {
    case "simple":
      return { ...state, status: "pending" };
    case "item":
      return { ...withItem(state, part.index, { status: "pending" }), status: "pending" };
    case "step":
      return { ...withStep(state, part.index, { status: "pending" }), status: "pending" };
    case "step-fallback":
      return withStep(state, part.index, { fallback_status: "pending" });
    case "job-fallback":
      return { ...state, fallback_status: "pending" };
  }
}

/** The state after the statement of `part` ended. */
export function ended(state: JobState, part: JobStatement["part"], outcome: Outcome, now: string): JobState {
  if (outcome.kind === "cancelled") return cancelled(state);
  const status = outcome.kind;
  const reason = outcome.kind === "failed" ? { failed_reason: outcome.reason } : {};
  switch (part.kind) {
    case "simple":
      return { ...state, status, ...reason };
    case "item": {
      const next = withItem(state, part.index, { status, ...reason });
      return outcome.kind === "failed" || isLast(next, part.index) ? { ...next, status, ...reason } : next;
    }
    case "step":
      return endedStep(state, part.index, outcome, now);
    case "step-fallback":
      return settled(withStep(state, part.index, { fallback_status: status, ...reason }));
    case "job-fallback":
      return { ...state, fallback_status: status, ...reason };
  }
}

const isLast = ({ query }: JobState, index: number): boolean => Array.isArray(query) && index === query.length - 1;

function endedStep(state: JobState, index: number, outcome: Outcome, now: string): JobState {
  const step = stepsOf(state)[index];
  const failed = outcome.kind === "failed";
  const follows = failed ? step?.onerror !== undefined : step?.onsuccess !== undefined;
  const next = withStep(state, index, {
    status: failed ? "failed" : "done",
    ended_at: now,
    ...(failed ? { failed_reason: outcome.reason } : {}),
    ...(step?.fallback_status === undefined ? {} : { fallback_status: follows ? "pending" : "skipped" }),
  });
  if (!failed) return settled(next);
  const rest = stepsOf(next).map((other, at) => (at > index ? skipped(other) : other));
  const reason = follows ? {} : { failed_reason: outcome.reason };
  return settled({ ...withSteps(next, rest), status: "failed", ...reason });
}

/** Ends a plan whose steps have ended, and decides about its own fallback. */
function settled(state: JobState): JobState {
  const steps = stepsOf(state);
  const open = steps.some((step) => step.status === "pending" || step.status === "running");
  const hasFailed = steps.some((step) => step.status === "failed");
  const waits = steps.some((step) => step.fallback_status === "pending" || step.fallback_status === "running");
  if (open || (waits && !hasFailed)) return state;
  const plan = state.query as Plan;
  const status: JobStatus = hasFailed ? "failed" : "done";
  if (state.fallback_status === undefined) return { ...state, status };
  const follows = hasFailed ? plan.onerror !== undefined : plan.onsuccess !== undefined;
  return { ...state, status, fallback_status: follows ? "pending" : "skipped" };
}

const skipped = (step: JobStepState): JobStepState => ({
  ...step,
  status: "skipped",
  ...(step.fallback_status === undefined ? {} : { fallback_status: "skipped" as const }),
});

/** The state of a job that was cancelled, wherever it was. Ended parts stay as they are, and so does an ended job. */
export function cancelled(state: JobState): JobState {
  const { query } = state;
  const status: JobStatus = FINAL_JOB_STATUSES.includes(state.status) ? state.status : "cancelled";
  if (typeof query === "string") return { ...state, status };
  if (!isPlan(query)) {
    const items = query.map((item) => (item.status === "running" ? { ...item, status: "cancelled" as const } : item));
    return { ...state, query: items, status };
  }
  const fallback =
    state.fallback_status === undefined
      ? {}
      : { fallback_status: state.fallback_status === "running" ? ("cancelled" as const) : ("skipped" as const) };
  return { ...withSteps(state, query.query.map(cancelledStep)), status, ...fallback };
}

function cancelledStep(step: JobStepState): JobStepState {
  const next = { ...step };
  if (step.status === "running") next.status = "cancelled";
  if (step.status === "pending") next.status = "skipped";
  if (step.fallback_status === "running") next.fallback_status = "cancelled";
  if (step.fallback_status === "pending") next.fallback_status = "skipped";
  return next;
}

const stepsOf = ({ query }: JobState): readonly JobStepState[] =>
  typeof query === "object" && !Array.isArray(query) ? query.query : [];

function withSteps(state: JobState, steps: JobStepState[]): JobState {
  return { ...state, query: { ...(state.query as Plan), query: steps } };
}

function withStep(state: JobState, index: number, change: Partial<JobStepState>): JobState {
  return withSteps(
    state,
    stepsOf(state).map((step, at) => (at === index ? { ...step, ...change } : step)),
  );
}

function withItem(state: JobState, index: number, change: Partial<JobItem>): JobState {
  const items = state.query as JobItem[];
  return { ...state, query: items.map((item, at) => (at === index ? { ...item, ...change } : item)) };
}
