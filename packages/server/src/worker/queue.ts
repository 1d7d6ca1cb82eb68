import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Engine, EngineBusyError, type SystemSession } from "../db/engine.ts";
import type { JobKind, JobRecord } from "./job-record.ts";
import { JobMirror } from "./mirror.ts";
import {
  cancelBackends,
  claimJob,
  deleteEndedJobs,
  endBackends,
  insertJob,
  type JobCap,
  type NewJob,
  readAllJobs,
  readHeld,
  readJob,
  readJobs,
  readLostJobs,
  releaseJobs,
  renewLease,
  requestCancel,
  saveJob,
  saveWaiting,
  touchPlace,
} from "./store.ts";

/** How long a worker that says nothing keeps its job. Longer than PostgreSQL takes to notice that it is gone. */
const LEASE_MS = 15_000;
const SAVE_TRIES = 10;
const SAVE_PAUSE_MS = 1_000;
const ORPHAN_PAUSE_MS = 100;
const ORPHAN_TRIES = 10;

/** What jobs a queue holds. */
export interface QueueOptions {
  kind: JobKind;
  /** Whether an account's jobs run in order, one at a time. */
  serial: boolean;
  /** Milliseconds that a job which ended can still be read. */
  ttlMs: number;
  /** What this process has that jobs may need: the id of its spool. */
  place?: string | undefined;
}

/** A job to be queued. */
export interface QueuedJob<State> {
  account: string;
  state: State;
  /** @defaultValue a new one */
  jobId?: string;
  /** Whether it is left to processes that have this one's place. */
  needsPlace?: boolean;
}

/** Stores a job in a transaction. @returns undefined when the account has as many as the cap lets it have */
export type InsertJob<State> = (job: QueuedJob<State>, cap: JobCap) => Promise<JobRecord<State> | undefined>;

/**
 * The jobs of one kind of all accounts, for those who ask and for those who run them.
 *
 * On the embedded engine every job is in memory as well: reading and cancelling must not wait for the session that a
 * job's own statement holds.
 */
export class JobQueue<State> {
  readonly #engine: Engine;
  readonly #options: QueueOptions;
  readonly #mirror: JobMirror<State> | undefined;
  readonly #onNew = new Set<() => void>();
  readonly #onCancel = new Set<(jobId: string) => void>();
  readonly #onEnd = new Set<() => void>();
  readonly #writing = new Set<Promise<void>>();

  private constructor(engine: Engine, options: QueueOptions, mirror: JobMirror<State> | undefined) {
    this.#engine = engine;
    this.#options = options;
    this.#mirror = mirror;
  }

  static async open<State>(engine: Engine, options: QueueOptions): Promise<JobQueue<State>> {
    if (!engine.sharedSession) return new JobQueue<State>(engine, options, undefined);
    const { kind } = options;
    await engine.system((session) => releaseJobs(session, kind));
    const jobs = await engine.system((session) => readAllJobs<State>(session, kind));
    return new JobQueue(engine, options, new JobMirror(jobs));
  }

  // -- for those who ask -----------------------------------------------------------------------------------------

  /**
   * Queues a job.
   *
   * @returns undefined when the account has as many as `cap` lets it have.
   */
  create(job: QueuedJob<State>, cap: JobCap): Promise<JobRecord<State> | undefined> {
    return this.createWith((_, insert) => insert(job, cap));
  }

  /**
   * Queues a job in one transaction with what else `write` writes.
   *
   * @param write Resolves with the job that it inserted, or undefined where there is none to be queued.
   */
  async createWith(
    write: (session: SystemSession, insert: InsertJob<State>) => Promise<JobRecord<State> | undefined>,
  ): Promise<JobRecord<State> | undefined> {
    const record = await this.#engine.transaction((session) =>
      write(session, (job, cap) => insertJob(session, this.#fresh(job), cap)),
    );
    if (!record) return undefined;
    this.#mirror?.put(record);
    for (const wake of this.#onNew) wake();
    return record;
  }

  #fresh({ account, state, jobId = randomUUID(), needsPlace = false }: QueuedJob<State>): NewJob<State> {
    const { kind, place } = this.#options;
    return { kind, jobId, account, state, place: needsPlace ? place : undefined };
  }

  /** Reads an account's job; undefined when there is none, also when `jobId` can't be one. */
  async find(account: string, jobId: string): Promise<JobRecord<State> | undefined> {
    if (!isUuid(jobId)) return undefined;
    const of = { kind: this.#options.kind, account };
    if (!this.#mirror) return this.#engine.system((session) => readJob(session, of, jobId));
    const record = this.#mirror.get(jobId);
    return record?.account === account ? record : undefined;
  }

  /** An account's jobs, the latest first. */
  async list(account: string, limit: number): Promise<JobRecord<State>[]> {
    const of = { kind: this.#options.kind, account };
    return this.#mirror?.list(account, limit) ?? this.#engine.system((session) => readJobs(session, of, limit));
  }

  /**
   * Asks for a live job to be cancelled; resolves before it is.
   *
   * @param cancelled The state that it gets when no worker has it.
   */
  async requestCancel(record: JobRecord<State>, cancelled: State): Promise<void> {
    await this.#requestCancel(record, { ...record, state: cancelled, live: false });
    for (const tell of this.#onCancel) tell(record.jobId);
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

  /** Calls `tell` when this process has ended a job. */
  onEnd(tell: () => void): void {
    this.#onEnd.add(tell);
  }

  /** Whether there may be something to claim; knows for sure on the embedded engine. */
  mayHaveWork(): boolean {
    return this.#mirror?.hasWork() ?? true;
  }

  /** Takes the next job that nobody runs. */
  async claim(): Promise<JobRecord<State> | undefined> {
    const { kind, serial, place } = this.#options;
    const options = { kind, serial, place, leaseMs: LEASE_MS };
    const record = await this.#engine.system((session) => claimJob<State>(session, options));
    if (!record) return undefined;
    // The memory knows of cancels that the database was not told of.
    const cancelRequested = record.cancelRequested || this.#mirror?.get(record.jobId)?.cancelRequested === true;
    const claimed = { ...record, cancelRequested };
    this.#mirror?.hold(claimed);
    return claimed;
  }

  /**
   * Writes the state of a claimed job, and renews the hold of it. Nobody sees a state that isn't written: a server that
   * is killed must not take back what it told.
   *
   * @returns undefined when the hold was lost.
   */
  async save(record: JobRecord<State>, held: boolean): Promise<{ cancelRequested: boolean } | undefined> {
    const saved = await this.#insist((session) => saveJob(session, record, held ? LEASE_MS : undefined));
    this.note(record, held);
    if (!record.live) for (const tell of this.#onEnd) tell();
    return saved && { cancelRequested: this.#mirror?.get(record.jobId)?.cancelRequested ?? saved.cancelRequested };
  }

  /**
   * Ends a claimed job in the transaction at hand, to be made visible by {@link note} once that is committed.
   *
   * @returns false when the hold was lost; the transaction must not be committed then.
   */
  async end(session: SystemSession, record: JobRecord<State>): Promise<boolean> {
    return (await saveJob(session, { ...record, live: false }, undefined)) !== undefined;
  }

  /** Shows a claimed job's state to those who ask this process, without writing it where there is no need to. */
  note(record: JobRecord<State>, held: boolean): void {
    this.#mirror?.put({ ...record, updatedAt: new Date() });
    if (!held) this.#mirror?.release(record.jobId);
  }

  /** Whether {@link note} alone suffices for those who ask: then a state need not be written to be seen. */
  get mirrored(): boolean {
    return this.#mirror !== undefined;
  }

  /** A claimed job as the database has it. @returns undefined when the hold was lost. */
  reread(record: JobRecord<State>): Promise<JobRecord<State> | undefined> {
    return this.#insist((session) => readHeld<State>(session, record));
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
   * Ends what still runs of a claimed job, and waits until nothing does.
   *
   * @param hold Whose end ends the waiting after a second: some computations hear nothing for minutes.
   * @returns whether nothing runs any more.
   */
  async endOrphans(record: JobRecord, hold: { gone: boolean }): Promise<boolean> {
    if (this.#mirror) return true; // its session runs one statement, and its engine ends with the server
    for (let tries = 1; ; tries++) {
      if ((await this.#insist((session) => endBackends(session, record))) === 0) return true;
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
    const { kind, ttlMs } = this.#options;
    if (this.#mirror && !this.#mirror.forgetEnded(ttlMs)) return;
    await this.#engine.system((session) => deleteEndedJobs(session, kind, ttlMs));
  }

  /**
   * Tells other processes that the jobs which need this one's place are seen, and finds those whose place nobody has had
   * for `afterMs`.
   */
  async findLost(afterMs: number): Promise<JobRecord<State>[]> {
    const { kind, place } = this.#options;
    if (place === undefined) return [];
    await this.#engine.system((session) => touchPlace(session, kind, place));
    return this.#engine.system((session) => readLostJobs(session, kind, afterMs));
  }

  /** Ends a job that no worker has. */
  async endWaiting(record: JobRecord<State>): Promise<void> {
    this.#mirror?.put(record);
    await this.#engine.system((session) => saveWaiting(session, record));
    for (const tell of this.#onEnd) tell();
  }

  async #requestCancel(record: JobRecord<State>, waiting: JobRecord<State>): Promise<void> {
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
}

const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
