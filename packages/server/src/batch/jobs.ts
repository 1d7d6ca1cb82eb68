import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { FINAL_JOB_STATUSES } from "@carto-ts/protocol";
import { type Engine, EngineBusyError, type SystemSession } from "../db/engine.ts";
import { HttpError } from "../http/errors.ts";
import type { JobRecord } from "./job.ts";
import { JobMirror } from "./mirror.ts";
import { cancelled, type JobState } from "./state.ts";
import {
  cancelBackends,
  claimJob,
  deleteEndedJobs,
  endBackends,
  insertJob,
  readAllJobs,
  readJob,
  readJobs,
  releaseJobs,
  renewLease,
  requestCancel,
  saveJob,
  saveWaiting,
} from "./store.ts";

/** How long a worker that says nothing keeps its job. Longer than PostgreSQL takes to notice that it is gone. */
const LEASE_MS = 15_000;
/** How long a cancel waits for the job's worker. */
const CANCEL_MS = 5_000;
const LISTED = 200;
const SAVE_TRIES = 10;
const SAVE_PAUSE_MS = 1_000;
const ORPHAN_PAUSE_MS = 100;
const ORPHAN_TRIES = 10;

/**
 * The batch jobs of all accounts, for those who ask and for those who run them.
 *
 * On the embedded engine every job is in memory as well: reading and cancelling must not wait for the session that a
 * job's own statement holds.
 */
export class Jobs {
  readonly #engine: Engine;
  readonly #limits: { jobQueue: number; jobTtlMs: number };
  readonly #mirror: JobMirror | undefined;
  readonly #onNew: Set<() => void> = new Set();
  readonly #writing = new Set<Promise<void>>();
  readonly #onCancel: Set<(jobId: string) => void> = new Set();

  private constructor(engine: Engine, limits: { jobQueue: number; jobTtlMs: number }, mirror: JobMirror | undefined) {
    this.#engine = engine;
    this.#limits = limits;
    this.#mirror = mirror;
  }

  static async open(engine: Engine, limits: { jobQueue: number; jobTtlMs: number }): Promise<Jobs> {
    if (!engine.sharedSession) return new Jobs(engine, limits, undefined);
    await engine.system(releaseJobs);
    return new Jobs(engine, limits, new JobMirror(await engine.system(readAllJobs)));
  }

  /** Queues a job. @throws {@link HttpError} 400 when the account has too many waiting. */
  async create(account: string, state: JobState): Promise<JobRecord> {
    const { jobQueue } = this.#limits;
    const job = { jobId: randomUUID(), account, state };
    const record = await this.#engine.transaction((session) => insertJob(session, job, jobQueue));
    if (!record) {
      throw new HttpError(400, `Failed to create job. Max number of jobs (${jobQueue}) queued reached`);
    }
    this.#mirror?.put(record);
    for (const wake of this.#onNew) wake();
    return record;
  }

  /** Reads an account's job. @throws {@link HttpError} 400 when there is none. */
  async get(account: string, jobId: string): Promise<JobRecord> {
    const record = isUuid(jobId) ? await this.#find(account, jobId) : undefined;
    if (!record) throw new HttpError(400, `Job with id ${jobId} not found`);
    return record;
  }

  /** An account's jobs, the latest first. */
  async list(account: string): Promise<JobRecord[]> {
    return this.#mirror?.list(account, LISTED) ?? this.#engine.system((session) => readJobs(session, account, LISTED));
  }

  /**
   * Cancels a job and waits until it is.
   *
   * @throws {@link HttpError} 400 when it has ended, also if it did so at this very moment.
   */
  async cancel(account: string, jobId: string): Promise<JobRecord> {
    const record = await this.get(account, jobId);
    if (!record.live) throw hasEnded(record);
    await this.#requestCancel(record);
    for (const tell of this.#onCancel) tell(jobId);
    for (const until = Date.now() + CANCEL_MS; Date.now() < until; await sleep(25)) {
      const now = await this.get(account, jobId);
      if (now.live && now.state.status !== "cancelled") continue;
      // A job whose status was final had only its fallbacks left to cancel.
      if (now.state.status === "cancelled" || isFinal(record)) return now;
      throw hasEnded(now);
    }
    throw new HttpError(400, "Query has not been cancelled");
  }

  // -- for workers -----------------------------------------------------------------------------------------------

  /** Calls `wake` when a job was queued in this process. */
  onNew(wake: () => void): void {
    this.#onNew.add(wake);
  }

  /** Calls `tell` when a job is to be cancelled, if that was asked of this process. */
  onCancel(tell: (jobId: string) => void): void {
    this.#onCancel.add(tell);
  }

  /** Whether there may be something to claim; knows for sure on the embedded engine. */
  mayHaveWork(): boolean {
    return this.#mirror?.hasWork() ?? true;
  }

  /** Takes the next job that nobody runs. */
  async claim(): Promise<JobRecord | undefined> {
    const record = await this.#engine.system((session) => claimJob(session, LEASE_MS));
    if (!record) return undefined;
    // The memory knows of cancels that the database was not told of.
    const cancelRequested = record.cancelRequested || this.#mirror?.get(record.jobId)?.cancelRequested === true;
    const claimed = { ...record, cancelRequested };
    this.#mirror?.hold(claimed);
    return claimed;
  }

  /** Writes the state of a claimed job, and renews the hold of it. @returns undefined when that was lost. */
  async save(record: JobRecord, held: boolean): Promise<{ cancelRequested: boolean } | undefined> {
    this.#mirror?.put({ ...record, updatedAt: new Date() });
    if (!held) this.#mirror?.release(record.jobId);
    const saved = await this.#insist((session) => saveJob(session, record, held ? LEASE_MS : undefined));
    return saved && { cancelRequested: this.#mirror?.get(record.jobId)?.cancelRequested ?? saved.cancelRequested };
  }

  /** Renews a worker's hold of a job. @returns undefined when it was lost. */
  async renew(record: JobRecord): Promise<{ cancelRequested: boolean } | undefined> {
    // Nobody else can take a job of the embedded engine, and its session is busy with the job.
    if (this.#mirror) return { cancelRequested: this.#mirror.get(record.jobId)?.cancelRequested ?? false };
    return this.#engine.system((session) => renewLease(session, record, LEASE_MS));
  }

  /** Cancels the statement of a job that runs. @returns false on the embedded engine, whose session is busy with it. */
  async cancelStatement(jobId: string): Promise<boolean> {
    if (this.#mirror) return false;
    await this.#engine.system((session) => cancelBackends(session, jobId));
    return true;
  }

  /**
   * Ends what still runs of a job, and waits until nothing does.
   *
   * @param hold Whose end ends the waiting after a second: some computations hear nothing for minutes.
   * @returns whether nothing runs any more.
   */
  async endOrphans(jobId: string, hold: { gone: boolean }): Promise<boolean> {
    if (this.#mirror) return true; // its session runs one statement, and its engine ends with the server
    for (let tries = 1; ; tries++) {
      if ((await this.#insist((session) => endBackends(session, jobId))) === 0) return true;
      if (hold.gone && tries >= ORPHAN_TRIES) return false;
      await sleep(ORPHAN_PAUSE_MS);
    }
  }

  /** Waits for what is still to be written. */
  async settle(): Promise<void> {
    await Promise.all(this.#writing);
  }

  /** Forgets jobs that ended a while ago. */
  async forgetEnded(): Promise<void> {
    const { jobTtlMs } = this.#limits;
    if (this.#mirror && !this.#mirror.forgetEnded(jobTtlMs)) return;
    await this.#engine.system((session) => deleteEndedJobs(session, jobTtlMs));
  }

  async #requestCancel(record: JobRecord): Promise<void> {
    const waiting = { ...record, state: cancelled(record.state), live: false };
    if (!this.#mirror) {
      const saved = await this.#engine.system((session) => saveWaiting(session, waiting));
      if (!saved) await this.#engine.system((session) => requestCancel(session, record.jobId));
      return;
    }
    if (this.#mirror.requestCancel(record.jobId)) return;
    this.#mirror.put(waiting);
    // In its turn: the session may be held by another job.
    const writing = this.#insist((session) => saveWaiting(session, waiting)).then(
      () => {},
      () => {},
    );
    this.#writing.add(writing);
    void writing.then(() => this.#writing.delete(writing));
  }

  /** What a statement did must not be forgotten because the database was out of reach for a moment, or busy for long. */
  async #insist<T>(use: (session: SystemSession) => Promise<T>): Promise<T> {
    for (let tries = SAVE_TRIES; ; ) {
      try {
        return await this.#engine.system(use);
      } catch (error) {
        if (!(error instanceof EngineBusyError)) tries--;
        if (tries <= 0) throw error;
        await sleep(SAVE_PAUSE_MS);
      }
    }
  }

  async #find(account: string, jobId: string): Promise<JobRecord | undefined> {
    if (!this.#mirror) return this.#engine.system((session) => readJob(session, account, jobId));
    const record = this.#mirror.get(jobId);
    return record?.account === account ? record : undefined;
  }
}

const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

const isFinal = ({ state }: JobRecord): boolean => FINAL_JOB_STATUSES.includes(state.status);

function hasEnded({ state }: JobRecord): HttpError {
  const isPlan = typeof state.query === "object" && !Array.isArray(state.query);
  const from = isPlan ? "" : ` from ${state.status}`;
  return new HttpError(400, `Cannot set status${from} to cancelled`);
}
