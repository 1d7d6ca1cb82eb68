import { setTimeout as sleep } from "node:timers/promises";
import { FINAL_JOB_STATUSES } from "@carto-ts/protocol";
import { HttpError } from "../http/errors.ts";
import type { JobQueue } from "../worker/queue.ts";
import type { BatchJob } from "./job.ts";
import { cancelled, type JobState } from "./state.ts";

/** How long a cancel waits for the job's worker. */
const CANCEL_MS = 5_000;
const LISTED = 200;

/** The batch jobs of all accounts, for those who ask. */
export class Jobs {
  readonly #queue: JobQueue<JobState>;
  readonly #limits: { jobQueue: number };

  constructor(queue: JobQueue<JobState>, limits: { jobQueue: number }) {
    this.#queue = queue;
    this.#limits = limits;
  }

  /** Queues a job. @throws {@link HttpError} 400 when the account has too many waiting. */
  async create(account: string, state: JobState): Promise<BatchJob> {
    const { jobQueue } = this.#limits;
    const record = await this.#queue.create({ account, state }, { jobs: jobQueue, of: "waiting" });
    if (!record) {
      throw new HttpError(400, `Failed to create job. Max number of jobs (${jobQueue}) queued reached`);
    }
    return record;
  }

  /** Reads an account's job. @throws {@link HttpError} 400 when there is none. */
  async get(account: string, jobId: string): Promise<BatchJob> {
    const record = await this.#queue.find(account, jobId);
    if (!record) throw new HttpError(400, `Job with id ${jobId} not found`);
    return record;
  }

  /** An account's jobs, the latest first. */
  list(account: string): Promise<BatchJob[]> {
    return this.#queue.list(account, LISTED);
  }

  /**
   * Cancels a job and waits until it is.
   *
   * @throws {@link HttpError} 400 when it has ended, also if it did so at this very moment.
   */
  async cancel(account: string, jobId: string): Promise<BatchJob> {
    const record = await this.get(account, jobId);
    if (!record.live) throw hasEnded(record);
    await this.#queue.requestCancel(record, cancelled(record.state));
    for (const until = Date.now() + CANCEL_MS; Date.now() < until; await sleep(25)) {
      const now = await this.get(account, jobId);
      if (now.live && now.state.status !== "cancelled") continue;
      // A job whose status was final had only its fallbacks left to cancel.
      if (now.state.status === "cancelled" || isFinal(record)) return now;
      throw hasEnded(now);
    }
    throw new HttpError(400, "Query has not been cancelled");
  }
}

const isFinal = ({ state }: BatchJob): boolean => FINAL_JOB_STATUSES.includes(state.status);

function hasEnded({ state }: BatchJob): HttpError {
  const isPlan = typeof state.query === "object" && !Array.isArray(state.query);
  const from = isPlan ? "" : ` from ${state.status}`;
  return new HttpError(400, `Cannot set status${from} to cancelled`);
}
