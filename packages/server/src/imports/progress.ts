import type { ImportState, ImportWarnings } from "@carto-ts/protocol";
import type { JobQueue } from "../worker/queue.ts";
import type { ImportJob, ImportWork } from "./import.ts";

/** How often an import's progress is written where others read it. */
const WRITE_MS = 1_000;

/**
 * A running import, as others see it.
 *
 * Changes are shown at once on the embedded engine, whose imports are in memory, and written about every second elsewhere.
 */
export class ImportProgressLog implements AsyncDisposable {
  readonly #queue: JobQueue<ImportWork>;
  readonly #timer: NodeJS.Timeout;
  #job: ImportJob;
  #dirty = false;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(job: ImportJob, queue: JobQueue<ImportWork>) {
    this.#job = job;
    this.#queue = queue;
    this.#timer = setInterval(() => this.#write(), WRITE_MS).unref();
  }

  /** The import as it is now. */
  get job(): ImportJob {
    return this.#job;
  }

  get work(): ImportWork {
    return this.#job.state;
  }

  /** Goes on to a state, and writes it. @returns false when the import was lost to another worker */
  async enter(state: ImportState): Promise<boolean> {
    this.#set({ ...this.work, state });
    await this.#writing;
    this.#dirty = false;
    return (await this.#queue.save(this.#job, true)) !== undefined;
  }

  /** Writes how far it is now. @returns as {@link enter} */
  flush(): Promise<boolean> {
    return this.enter(this.work.state);
  }

  /** Notes how far it is. */
  advance(progress: Partial<ImportWork["progress"]>): void {
    this.#set({ ...this.work, progress: { ...this.work.progress, ...progress } });
    this.#queue.note(this.#job, true);
    this.#dirty = true;
  }

  /** Changes what is written with the next state. */
  change(changes: Partial<ImportWork>): void {
    this.#set({ ...this.work, ...changes });
  }

  /** Adds to what went not quite as wished; written with the next state. */
  warn(warnings: ImportWarnings): void {
    this.change({ warnings: { ...this.work.warnings, ...warnings } });
  }

  /** Stops writing; to be waited for before the import is let go. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing;
  }

  #set(state: ImportWork): void {
    this.#job = { ...this.#job, state };
  }

  #write(): void {
    if (!this.#dirty || this.#queue.mirrored) return;
    this.#dirty = false;
    // What can't be written now is written with the next change, or the next state.
    const writing = this.#queue.save(this.#job, true).then(
      () => {},
      () => {},
    );
    this.#writing = Promise.all([this.#writing, writing]);
  }
}
