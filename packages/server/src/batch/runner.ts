import type { AccountRegistry } from "../accounts/registry.ts";
import { type Engine, EngineBusyError } from "../db/engine.ts";
import type { Guard } from "../db/guard/guard.ts";
import type { Inspection } from "../db/guard/inspect.ts";
import { refuseForbidden } from "../db/guard/policy.ts";
import { marked } from "../db/identifier.ts";
import { PgError } from "../db/pg-error.ts";
import { JobHold, type StopReason } from "../worker/hold.ts";
import type { Work } from "../worker/loop.ts";
import type { JobQueue } from "../worker/queue.ts";
import type { BatchJob } from "./job.ts";
import {
  cancelled,
  ended,
  type JobState,
  type JobStatement,
  nextStatement,
  type Outcome,
  runningPart,
  started,
  unstarted,
} from "./state.ts";

const QUERY_CANCELED = "57014";

const CRASHED: Outcome = {
  kind: "failed",
  reason: "the server stopped while this query ran; it may or may not have taken effect",
};

/** Statements after which part of a text may be committed although the rest was stopped. */
const COMMITTING = new Set(["Transaction", "Call", "Do"]);

/** What running jobs needs. */
export interface RunnerParts {
  engine: Engine;
  guard: Guard;
  accounts: AccountRegistry;
  jobs: JobQueue<JobState>;
  limits: { jobTimeoutMs: number };
}

/** Runs batch jobs, one statement after the other, as their account's master key. */
export class JobRunner implements Work {
  readonly #parts: RunnerParts;
  /** The jobs that run in this process. */
  readonly #holds = new Map<string, JobHold>();

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    parts.jobs.onCancel((jobId) => this.#holds.get(jobId)?.stop("cancel"));
  }

  mayHaveWork(): boolean {
    return this.#parts.jobs.mayHaveWork();
  }

  async runOne(signal: AbortSignal): Promise<boolean> {
    const job = await this.#parts.jobs.claim();
    if (!job) return false;
    await using hold = new JobHold(job, this.#parts.jobs);
    const onShutdown = (): void => hold.stop("shutdown");
    signal.addEventListener("abort", onShutdown);
    this.#holds.set(job.jobId, hold);
    try {
      // Both may have come while the job was being claimed, and neither is told twice.
      if (job.cancelRequested) hold.stop("cancel");
      if (signal.aborted) hold.stop("shutdown");
      await this.#runJob(await this.#recover(job, hold), hold);
    } finally {
      this.#holds.delete(job.jobId);
      signal.removeEventListener("abort", onShutdown);
    }
    return true;
  }

  tidy(): Promise<void> {
    return this.#parts.jobs.forgetEnded();
  }

  settle(): Promise<void> {
    return this.#parts.jobs.settle();
  }

  /**
   * Ends what a server that is gone has left running. Its statement may or may not have been committed, so that it is
   * neither taken for done nor run again.
   */
  async #recover(job: BatchJob, hold: JobHold): Promise<BatchJob> {
    const part = runningPart(job.state);
    if (!part || !(await this.#parts.jobs.endOrphans(job, hold))) return job;
    return withState(job, ended(job.state, part, CRASHED, now()));
  }

  async #runJob(claimed: BatchJob, hold: JobHold): Promise<void> {
    const { jobs } = this.#parts;
    let job = claimed;
    while (!hold.stopped) {
      const statement = nextStatement(job.state, job.jobId);
      if (!statement) break;
      job = withState(job, started(job.state, statement, now()));
      const held = await jobs.save(job, true);
      if (!held) return;
      if (held.cancelRequested) hold.stop("cancel");
      const outcome = await this.#execute(job, statement, hold);
      if (outcome === "lost") return;
      if (outcome === "left") break;
      const state =
        outcome === "again" ? unstarted(job.state, statement.part) : ended(job.state, statement.part, outcome, now());
      job = withState(job, state);
      if (outcome === "again") break;
    }
    if (hold.stopped === "lost") return;
    if (hold.stopped === "cancel" && job.live) job = withState(job, cancelled(job.state));
    await hold[Symbol.asyncDispose]();
    await jobs.save(job, false);
  }

  /**
   * Runs one statement.
   *
   * @returns `again` when it was not run, or all of it was rolled back, for no fault of its own; `left` when it still runs
   *   although the server is to stop: whoever takes the job next waits for its end.
   */
  async #execute(job: BatchJob, statement: JobStatement, hold: JobHold): Promise<Outcome | "again" | "left" | "lost"> {
    if (hold.stopped === "cancel") return { kind: "cancelled" };
    if (hold.gone) return hold.stopped === "lost" ? "lost" : "again";
    const inspection = await this.#parts.guard.inspect(statement.sql);
    try {
      await this.#run(job, { statement, inspection }, hold.signal);
      return { kind: "done" };
    } catch (error) {
      if (hold.stopped === "lost") return "lost";
      // A statement that is stuck may still run for a while, and what follows must not run beside it.
      if (!(await this.#parts.jobs.endOrphans(job, hold))) return "left";
      return toOutcome(error, hold.stopped, mayCommit(inspection));
    }
  }

  async #run(
    job: BatchJob,
    { statement, inspection }: { statement: JobStatement; inspection: Inspection },
    signal: AbortSignal,
  ): Promise<void> {
    const { engine, accounts, limits } = this.#parts;
    const { sql, timeout } = statement;
    refuseForbidden(inspection, { isMaster: true, sharedSession: engine.sharedSession });
    // What the guard can't read, it can't clear: not for a session that is shared, elsewhere as one statement alone.
    if (!inspection.parsed && engine.sharedSession) throw new Error(inspection.syntaxError ?? "syntax error");
    const account = await accounts.find(job.account);
    const role = account?.keys.find((key) => key.type === "master")?.role;
    if (!role) throw new Error(`account ${job.account} is gone`);
    const timeoutMs = Math.min(limits.jobTimeoutMs, timeout ?? Number.POSITIVE_INFINITY);
    await using session = await engine.session(role, { signal, timeoutMs });
    const text = marked(job.jobId, sql);
    const { chunks } = inspection.parsed ? await session.run(text) : await session.runOne(text);
    for await (const _ of chunks); // the rows are nobody's
  }
}

/** What a statement's error means, given why it was stopped, if it was. */
function toOutcome(error: unknown, stopped: StopReason | undefined, mayCommit: boolean): Outcome | "again" | "lost" {
  if (stopped === "cancel") return { kind: "cancelled" };
  if (stopped === "lost") return "lost";
  const failed: Outcome = { kind: "failed", reason: error instanceof Error ? error.message : String(error) };
  if (stopped === undefined) return error instanceof EngineBusyError ? "again" : failed;
  if (error instanceof PgError && error.code !== QUERY_CANCELED) return failed; // of its own accord, just before
  return mayCommit ? CRASHED : "again";
}

const withState = (job: BatchJob, state: JobState): BatchJob => ({
  ...job,
  state,
  live: nextStatement(state, job.jobId) !== undefined || runningPart(state) !== undefined,
});

const mayCommit = ({ parsed, statements }: Inspection): boolean =>
  !parsed || statements.some(({ type }) => COMMITTING.has(type));

const now = (): string => new Date().toISOString();
