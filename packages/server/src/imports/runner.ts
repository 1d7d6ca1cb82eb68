import type { Engine } from "../db/engine.ts";
import { isPassing } from "../db/passing-error.ts";
import type { Log } from "../log.ts";
import { JobHold } from "../worker/hold.ts";
import type { Work } from "../worker/loop.ts";
import type { JobQueue } from "../worker/queue.ts";
import { ImportError, toImportError } from "./error.ts";
import { CANCELLED, failed, type ImportJob, type ImportWork } from "./import.ts";
import { ImportProgressLog } from "./progress.ts";
import { dropLeftovers, dropStale, readWaitingUploads } from "./store.ts";
import { LostError } from "./table-maker.ts";
import type { ImportTask } from "./task.ts";
import type { SpoolDir } from "./upload/spool-dir.ts";

/** Times that an import is begun: what ended its server twice will do so again. */
const MAX_ATTEMPTS = 3;
const STUCK = 6671;
/** Milliseconds after which an upload that no server has is given up. */
const LOST_MS = 300_000;
const SPOOL_KEEP_MS = 24 * 3_600_000;

/** What running imports needs. */
export interface ImportRunnerParts {
  engine: Engine;
  queue: JobQueue<ImportWork>;
  spool: SpoolDir;
  task: ImportTask;
  log: Log;
}

/**
 * Runs imports: each to its end, or until its server is to stop, which puts it back.
 *
 * What an import makes is seen when it has ended well, and only then: whoever takes one over clears away what the last
 * worker left, and begins again.
 */
export class ImportRunner implements Work {
  readonly #parts: ImportRunnerParts;
  readonly #holds = new Map<string, JobHold>();

  constructor(parts: ImportRunnerParts) {
    this.#parts = parts;
    parts.queue.onCancel((jobId) => this.#holds.get(jobId)?.stop("cancel"));
  }

  mayHaveWork(): boolean {
    return this.#parts.queue.mayHaveWork();
  }

  async runOne(signal: AbortSignal): Promise<boolean> {
    const { queue } = this.#parts;
    const job = await queue.claim();
    if (!job) return false;
    // Nothing that is stopped here is visible yet: its connection is given up at once.
    const renewing = { renew: () => queue.renew(job), cancelStatement: async () => false };
    await using hold = new JobHold(job, renewing);
    const onShutdown = (): void => hold.stop("shutdown");
    signal.addEventListener("abort", onShutdown);
    this.#holds.set(job.jobId, hold);
    try {
      if (job.cancelRequested) hold.stop("cancel");
      if (signal.aborted) hold.stop("shutdown");
      await this.#run(job, hold);
    } finally {
      this.#holds.delete(job.jobId);
      signal.removeEventListener("abort", onShutdown);
    }
    return true;
  }

  async tidy(): Promise<void> {
    const { engine, queue, spool } = this.#parts;
    await engine.system(dropStale);
    for (const job of await queue.findLost(LOST_MS)) await this.#giveUp(job);
    await queue.forgetEnded();
    await spool.sweep(await engine.system(readWaitingUploads), { olderThanMs: SPOOL_KEEP_MS });
  }

  settle(): Promise<void> {
    return this.#parts.queue.settle();
  }

  async #run(claimed: ImportJob, hold: JobHold): Promise<void> {
    const { queue, task } = this.#parts;
    const begun = { ...claimed, state: { ...claimed.state, attempts: claimed.state.attempts + 1 } };
    const progress = new ImportProgressLog(begun, queue);
    let end: ImportJob | undefined;
    try {
      await this.#clearAway(claimed, hold);
      if (begun.state.attempts > MAX_ATTEMPTS) throw stuck();
      // Ends the import itself, in the transaction that shows its tables.
      end = await task.run(progress, hold);
    } catch (error) {
      end = await this.#endOf(progress.job, hold, error);
    } finally {
      await progress[Symbol.asyncDispose]();
    }
    if (end !== undefined) await this.#letGo(end, hold);
    // Another worker has it now, and other names for what it makes.
    else await this.#clearAway(claimed, hold);
  }

  /** What an import is after an error; undefined when it is another worker's. */
  async #endOf(job: ImportJob, hold: JobHold, error: unknown): Promise<ImportJob | undefined> {
    if (hold.stopped === "lost" || error instanceof LostError) return undefined;
    if (!(error instanceof ImportError)) {
      const stored = await this.#parts.queue.reread(job);
      // Its tables were shown before the connection broke, or the hold was lost before anybody told.
      if (!stored?.live) return stored;
    }
    if (hold.stopped === "cancel") return ended(job, failed(job.state, CANCELLED));
    const again: ImportJob = { ...job, state: { ...job.state, state: "pending", tables: [], warnings: null } };
    if (hold.stopped === "shutdown") return { ...again, state: { ...again.state, attempts: job.state.attempts - 1 } };
    if (isPassing(error)) return again;
    const failure = toImportError(error);
    if (failure.cause !== undefined) this.#parts.log.warn("import failed", { jobId: job.jobId, error: failure.cause });
    const { code, message, httpStatus } = failure;
    return ended(job, failed(job.state, { code, message, ...(httpStatus === undefined ? {} : { httpStatus }) }));
  }

  async #letGo(job: ImportJob, hold: JobHold): Promise<void> {
    const { queue, spool } = this.#parts;
    await this.#clearAway(job, hold);
    await hold[Symbol.asyncDispose]();
    const { source } = job.state;
    if (!job.live && source.kind === "upload") await spool.remove(source.file);
    await queue.save(job, false);
  }

  /** Ends what a worker that is gone has left running, and drops what it made. */
  async #clearAway(job: ImportJob, hold: JobHold): Promise<void> {
    const { engine, queue, spool } = this.#parts;
    await queue.endOrphans(job, hold);
    await engine.system((session) => dropLeftovers(session, job));
    await spool.removeScratch(job);
  }

  async #giveUp(job: ImportJob): Promise<void> {
    const failure = { code: STUCK, message: "The uploaded file is gone with the server that had it: upload it again." };
    await this.#parts.queue.endWaiting(ended(job, failed(job.state, failure)));
  }
}

const ended = (job: ImportJob, state: ImportWork): ImportJob => ({ ...job, state, live: false });

const stuck = (): ImportError =>
  new ImportError(
    STUCK,
    `The server, or its database, stopped ${MAX_ATTEMPTS} times while it worked on this import: the file may need more memory than there is.`,
  );
