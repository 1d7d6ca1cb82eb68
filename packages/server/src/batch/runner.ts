import type { AccountRegistry } from "../accounts/registry.ts";
import { type Engine, EngineBusyError } from "../db/engine.ts";
import type { Guard } from "../db/guard/guard.ts";
import type { Inspection } from "../db/guard/inspect.ts";
import { refuseForbidden } from "../db/guard/policy.ts";
import { marked } from "../db/identifier.ts";
import type { Work } from "../worker/loop.ts";
import type { JobRecord } from "./job.ts";
import type { Jobs } from "./jobs.ts";
import {
  cancelled,
  ended,
  type JobStatement,
  nextStatement,
  type Outcome,
  runningPart,
  started,
  unstarted,
} from "./state.ts";

/** How often a running job's worker asks whether it still holds it, and whether it is to be cancelled. */
const HEARTBEAT_MS = 500;

const CRASHED: Outcome = {
  kind: "failed",
  reason: "the server stopped while this query ran; it may or may not have taken effect",
};

/** Why a statement was stopped. */
type StopReason = "cancel" | "shutdown" | "lost";

/** Statements after which part of a text may be committed although the rest was stopped. */
const COMMITTING = new Set(["Transaction", "Call", "Do"]);

/** What running jobs needs. */
export interface RunnerParts {
  engine: Engine;
  guard: Guard;
  accounts: AccountRegistry;
  jobs: Jobs;
  limits: { jobTimeoutMs: number };
}

/** Runs batch jobs, one statement after the other, as their account's master key. */
export class JobRunner implements Work {
  readonly #parts: RunnerParts;
  /** How to stop the statements that run in this process, by job. */
  readonly #stops = new Map<string, (reason: StopReason) => void>();

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    parts.jobs.onCancel((jobId) => this.#stops.get(jobId)?.("cancel"));
  }

  mayHaveWork(): boolean {
    return this.#parts.jobs.mayHaveWork();
  }

  async runOne(signal: AbortSignal): Promise<boolean> {
    const job = await this.#parts.jobs.claim();
    if (!job) return false;
    await this.#runJob(await this.#recover(job), signal);
    return true;
  }

  tidy(): Promise<void> {
    return this.#parts.jobs.forgetEnded();
  }

  /**
   * Ends what a server that is gone has left running. Its statement may or may not have been committed, so that it is
   * neither taken for done nor run again.
   */
  async #recover(job: JobRecord): Promise<JobRecord> {
    const part = runningPart(job.state);
    if (!part) return job;
    await this.#parts.jobs.endOrphans(job.jobId);
    return withState(job, ended(job.state, part, CRASHED, now()));
  }

  async #runJob(claimed: JobRecord, signal: AbortSignal): Promise<void> {
    const { jobs } = this.#parts;
    let job = claimed;
    if (job.cancelRequested) job = withState(job, cancelled(job.state));
    for (;;) {
      const statement = nextStatement(job.state, job.jobId);
      if (!statement || signal.aborted) break;
      job = withState(job, started(job.state, statement, now()));
      if (!(await jobs.save(job, true))) return;
      const outcome = await this.#execute(job, statement, signal);
      if (outcome === "lost") return;
      const state =
        outcome === "again" ? unstarted(job.state, statement.part) : ended(job.state, statement.part, outcome, now());
      job = withState(job, state);
      if (outcome === "again" || !job.live) break;
      if (!(await jobs.save(job, true))) return;
    }
    await jobs.save(job, false);
  }

  /**
   * Runs one statement, while asking again and again whether it is still wanted.
   *
   * @returns `again` when it was not run, or all of it was rolled back, for no fault of its own.
   */
  async #execute(job: JobRecord, statement: JobStatement, signal: AbortSignal): Promise<Outcome | "again" | "lost"> {
    const inspection = await this.#parts.guard.inspect(statement.sql);
    const abort = new AbortController();
    let stopped: StopReason | undefined;
    const stop = (reason: StopReason): void => {
      stopped ??= reason;
      abort.abort(new Error(`the job was stopped: ${reason}`));
    };
    const onShutdown = (): void => stop("shutdown");
    signal.addEventListener("abort", onShutdown, { once: true });
    this.#stops.set(job.jobId, stop);
    const heartbeat = setInterval(() => void this.#beat(job, stop), HEARTBEAT_MS).unref();
    try {
      await this.#run(job, { statement, inspection }, abort.signal);
      return { kind: "done" };
    } catch (error) {
      if (stopped === "cancel") return { kind: "cancelled" };
      if (stopped === "lost") return "lost";
      if (stopped === "shutdown") return mayCommit(inspection) ? CRASHED : "again";
      if (error instanceof EngineBusyError) return "again";
      return { kind: "failed", reason: error instanceof Error ? error.message : String(error) };
    } finally {
      clearInterval(heartbeat);
      signal.removeEventListener("abort", onShutdown);
      this.#stops.delete(job.jobId);
    }
  }

  async #beat(job: JobRecord, stop: (reason: StopReason) => void): Promise<void> {
    try {
      const held = await this.#parts.jobs.renew(job);
      if (!held) stop("lost");
      else if (held.cancelRequested) stop("cancel");
    } catch {
      // The database is out of reach; the statement's own connection will tell.
    }
  }

  async #run(
    job: JobRecord,
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

const withState = (job: JobRecord, state: JobRecord["state"]): JobRecord => ({
  ...job,
  state,
  live: nextStatement(state, job.jobId) !== undefined || runningPart(state) !== undefined,
});

const mayCommit = ({ parsed, statements }: Inspection): boolean =>
  !parsed || statements.some(({ type }) => COMMITTING.has(type));

const now = (): string => new Date().toISOString();
