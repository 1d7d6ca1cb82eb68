import { FINAL_JOB_STATUSES, type Job, type JobQuery, type JobStatus, MAX_JOB_PAYLOAD } from "@carto-ts/protocol";
import type { Client } from "../client.ts";
import { DecodeError, JobError, TimeoutError, ValidationError } from "../errors.ts";
import type { RequestOptions } from "../options.ts";
import { poll } from "../poll.ts";
import { jsonBody, type PayloadLimit, path } from "../request.ts";
import { json } from "../response.ts";
import { SqlText } from "../sql-text.ts";
import { JobBuilder } from "./job-builder.ts";

const PATH = "api/v2/sql/job";

const PAYLOAD: PayloadLimit = {
  characters: MAX_JOB_PAYLOAD,
  message: (size) => `Your payload is too large: ${size} characters; a job may have ${MAX_JOB_PAYLOAD}`,
};

/** Options of {@link Batch.wait}. */
export interface WaitOptions extends Omit<RequestOptions, "timeout" | "totalTimeout" | "readOnly"> {
  /** Milliseconds to wait at most. The job goes on without us. @defaultValue no limit */
  timeout?: number | undefined;
  /** Milliseconds between reads. @defaultValue from 50 on, growing to 2000 */
  interval?: number | undefined;
  /** Told the job after every read. */
  onProgress?: ((job: Job) => void) | undefined;
}

/**
 * Batch SQL API: runs statements in the background, one job at a time. It needs the master key.
 *
 * @example
 * ```ts
 * const job = await carto.batch.create(["create table a as select 1", "analyze a"]);
 * await carto.batch.wait(job, { timeout: 60_000, onProgress: ({ status }) => console.log(status) });
 * ```
 */
export class Batch {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /**
   * Creates a job, and resolves with it as soon as it is queued.
   *
   * @throws {@link ValidationError} for a job without a query or of more than 16,384 characters, before sending it.
   */
  async create(query: JobQuery | JobBuilder | SqlText | readonly SqlText[], options?: RequestOptions): Promise<Job> {
    const value = { query: toJobQuery(query) };
    return this.#client.request(
      { method: "POST", path: PATH, body: jsonBody(value, PAYLOAD), parse: json<Job> },
      options,
    );
  }

  /** Reads a job. @throws {@link NotFoundError} when the server doesn't know it, or no longer. */
  async get(id: string, options?: RequestOptions): Promise<Job> {
    return this.#client.request({ method: "GET", path: path`api/v2/sql/job/${id}`, parse: json<Job> }, options);
  }

  /** Cancels a job, and resolves with its state; of a job that has ended, with the state that it ended in. */
  async cancel(id: string, options?: RequestOptions): Promise<Job> {
    const spec = { method: "DELETE", path: path`api/v2/sql/job/${id}`, parse: json<Job> };
    try {
      return await this.#client.request(spec, options);
    } catch (error) {
      const hasEnded = error instanceof ValidationError && /^Cannot set status/.test(error.message);
      if (!hasEnded) throw error;
      return this.get(id, options);
    }
  }

  /** Lists the account's jobs that the server remembers, latest first. The original server has no such list: 404. */
  async list(options?: RequestOptions): Promise<Job[]> {
    const answer = await this.#client.request({ method: "GET", path: PATH, parse: json<unknown> }, options);
    const jobs = Array.isArray(answer) ? answer : (answer as { jobs?: unknown }).jobs;
    if (!Array.isArray(jobs)) throw new DecodeError("The answer is not a list of jobs");
    return jobs as Job[];
  }

  /**
   * Waits until a job and its fallbacks have ended; takes up an earlier job by its id.
   *
   * Reads that fail in a way that may pass don't end the wait.
   *
   * @returns The job, its status `done`.
   * @throws {@link JobError} when it ends in another state; {@link TimeoutError}; the signal's reason. None of them
   *   cancels the job.
   */
  async wait(job: Job | string, options: WaitOptions = {}): Promise<Job> {
    const id = typeof job === "string" ? job : job.job_id;
    const { timeout, interval, onProgress, ...request } = options;
    const ended = await poll<Job>(
      {
        read: (left) => this.get(id, { ...request, totalTimeout: left }),
        isSettled,
        onValue: onProgress,
        interval,
        timeout,
        timeoutError: (ms) => new TimeoutError(`Job ${id} has not ended within ${ms} ms`, ms),
        signal: options.signal,
      },
      this.#client.settings.runtime,
    );
    if (ended.status !== "done") throw new JobError(ended);
    return ended;
  }
}

function toJobQuery(query: JobQuery | JobBuilder | SqlText | readonly SqlText[]): JobQuery {
  const sent = SqlText.is(query) ? query.toString() : query instanceof JobBuilder ? query.toPlan() : query;
  const toText = (item: unknown): unknown => (SqlText.is(item) ? item.toString() : item);
  const job = (Array.isArray(sent) ? sent.map(toText) : sent) as JobQuery;
  // Servers take some of these, and never run them.
  if (statementsOf(job).some((statement) => typeof statement !== "string" || statement.trim() === "")) {
    throw new ValidationError({ status: 0, messages: ["You must indicate a valid SQL"] });
  }
  return job;
}

function statementsOf(job: JobQuery): readonly unknown[] {
  if (typeof job === "string") return [job];
  const list: readonly unknown[] | undefined = "query" in job ? job.query?.map((step) => step.query) : job;
  return list === undefined || list.length === 0 ? [""] : list;
}

// The status may be final while a fallback still runs; an unused fallback becomes `skipped`.
function isSettled(job: Job): boolean {
  if (job.status !== "skipped" && !FINAL_JOB_STATUSES.includes(job.status)) return false;
  const steps = typeof job.query === "object" && "query" in job.query ? job.query.query : [];
  const fallbacks = steps.filter(({ status }) => status === "done" || status === "failed").map(fallbackOf);
  return ![...fallbacks, job.fallback_status].some((status) => status === "pending" || status === "running");
}

function fallbackOf({ fallback_status }: { fallback_status?: JobStatus }): JobStatus | undefined {
  return fallback_status;
}
