import { setTimeout as sleep } from "node:timers/promises";
import type { JobRecord } from "./job-record.ts";

/** How often a job's worker says that it is there, and asks whether the job is to be cancelled. */
const HEARTBEAT_MS = 500;
/** How often, and how many times, a statement is cancelled before its connection is given up. */
const CANCEL_MS = 100;
const CANCELS = 30;

/** Where a held job's lease is renewed and its statements are cancelled. */
export interface HoldQueue {
  renew(job: JobRecord): Promise<{ cancelRequested: boolean } | undefined>;
  cancelStatement(jobId: string): Promise<boolean>;
}

/** Why a job was stopped. */
export type StopReason = "cancel" | "shutdown" | "lost";

/**
 * A worker's hold of one job, from its claim to its release.
 *
 * It lasts over all of the job's statements and over the time between them: a stop that comes when none runs keeps the
 * next from starting, and a job of many short statements keeps its lease as one of a long statement does.
 */
export class JobHold implements AsyncDisposable {
  readonly #job: JobRecord;
  readonly #queue: HoldQueue;
  readonly #abort = new AbortController();
  readonly #heartbeat: NodeJS.Timeout;
  #stopped: StopReason | undefined;
  #ending: Promise<void> | undefined;
  #closed = false;
  #beating = false;

  constructor(job: JobRecord, queue: HoldQueue) {
    this.#job = job;
    this.#queue = queue;
    this.#heartbeat = setInterval(() => void this.#beat(), HEARTBEAT_MS).unref();
  }

  /** Why the job was stopped; undefined while it may go on. */
  get stopped(): StopReason | undefined {
    return this.#stopped;
  }

  /** Whether someone else has the job, or will have it in a moment. */
  get gone(): boolean {
    return this.#stopped === "lost" || this.#stopped === "shutdown";
  }

  /** Fires when the running statement is to be ended by giving up its connection. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Stops the job. The first reason counts, but a lost job is lost. */
  stop(reason: StopReason): void {
    if (this.#stopped !== undefined && reason !== "lost") return;
    this.#stopped = reason;
    this.#ending = this.#end(reason);
  }

  /**
   * Ends the hold; to be waited for before the job is let go. A cancel that is still on its way would hit the same
   * statement where the next worker runs it.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearInterval(this.#heartbeat);
    await this.#ending;
  }

  /**
   * Ends what runs: by a cancel where the connection can be kept, for then the database's answer tells whether the
   * statement was still caught, or had been committed already.
   */
  async #end(reason: StopReason): Promise<void> {
    try {
      for (let tries = CANCELS; reason !== "lost" && tries > 0 && !this.#closed; tries--) {
        if (!(await this.#queue.cancelStatement(this.#job.jobId))) break;
        await sleep(CANCEL_MS);
      }
    } catch {
      // The database is out of reach: only the connection is left to give up.
    }
    if (!this.#closed) this.#abort.abort(new Error(`the job was stopped: ${reason}`));
  }

  async #beat(): Promise<void> {
    if (this.#beating) return; // the database is slow: the next one tells
    this.#beating = true;
    try {
      const held = await this.#queue.renew(this.#job);
      if (this.#closed) return;
      if (!held) this.stop("lost");
      else if (held.cancelRequested) this.stop("cancel");
    } catch {
      // The database is out of reach; the statement's own connection will tell.
    } finally {
      this.#beating = false;
    }
  }
}
