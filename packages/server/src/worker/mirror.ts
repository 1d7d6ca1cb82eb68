import type { JobRecord } from "./job-record.ts";

/** Every job of a kind of the embedded engine, in memory, in the order of their queues. */
export class JobMirror<State> {
  readonly #jobs = new Map<string, JobRecord<State>>();
  readonly #held = new Set<string>();

  constructor(jobs: readonly JobRecord<State>[]) {
    for (const job of jobs) this.put(job);
  }

  get(jobId: string): JobRecord<State> | undefined {
    return this.#jobs.get(jobId);
  }

  /** Notes a job as it is now; what was asked of it stays asked. */
  put(job: JobRecord<State>): void {
    const cancelRequested = job.cancelRequested || this.#jobs.get(job.jobId)?.cancelRequested === true;
    this.#jobs.set(job.jobId, { ...job, cancelRequested });
  }

  /** An account's jobs, the latest first. */
  list(account: string, limit: number): JobRecord<State>[] {
    return [...this.#jobs.values()]
      .filter((job) => job.account === account)
      .slice(-limit)
      .reverse();
  }

  /** Notes a job that a worker has taken. */
  hold(job: JobRecord<State>): void {
    this.put(job);
    this.#held.add(job.jobId);
  }

  /** Its worker has let a job go. */
  release(jobId: string): void {
    this.#held.delete(jobId);
  }

  /** Notes that a job is to be cancelled. @returns whether a worker holds it, and will do so. */
  requestCancel(jobId: string): boolean {
    const job = this.#jobs.get(jobId);
    if (job) this.#jobs.set(jobId, { ...job, cancelRequested: true });
    return this.#held.has(jobId);
  }

  hasWork(): boolean {
    for (const job of this.#jobs.values()) if (job.live) return true;
    return false;
  }

  /** Forgets jobs that ended longer than `ttlMs` ago. @returns whether there were any. */
  forgetEnded(ttlMs: number): boolean {
    const before = this.#jobs.size;
    for (const { jobId, live, updatedAt } of this.#jobs.values()) {
      if (!live && Date.now() - updatedAt.getTime() > ttlMs) this.#jobs.delete(jobId);
    }
    return this.#jobs.size < before;
  }
}
