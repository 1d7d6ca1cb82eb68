import type { Log } from "../log.ts";

/** How often to look for work that another process may have queued. */
const POLL_MS = 1_000;
const TIDY_MS = 60_000;

/** One kind of work that a loop runs: imports and others come beside batch jobs. */
export interface Work {
  /** Whether looking for work may find some. */
  mayHaveWork(): boolean;
  /** Takes one piece of work and does it. Resolves with false when there was none. */
  runOne(signal: AbortSignal): Promise<boolean>;
  /** Clears away what is not needed any more; called about every minute. */
  tidy(): Promise<void>;
  /** Waits for what is still to be written; called once nothing runs any more. */
  settle(): Promise<void>;
}

/** Does work as it comes, a few pieces at a time, until it is stopped. */
export class WorkerLoop {
  readonly #work: Work;
  readonly #log: Log;
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #tidying: Promise<void> = Promise.resolve();
  readonly #width: number;
  readonly #timers: NodeJS.Timeout[];

  constructor(work: Work, { width, log }: { width: number; log: Log }) {
    this.#work = work;
    this.#log = log;
    this.#width = width;
    this.#timers = [setInterval(() => this.wake(), POLL_MS).unref(), setInterval(() => this.#tidy(), TIDY_MS).unref()];
  }

  /** Clears away what a server that stopped in the midst may have left, and begins. */
  start(): void {
    this.#tidy();
    this.wake();
  }

  /** Looks for work now, as far as there is room for it. */
  wake(): void {
    if (this.#stop.signal.aborted || this.#running.size >= this.#width || !this.#work.mayHaveWork()) return;
    const running = this.#run().finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Stops what runs and waits until it has let its work go. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#stop.abort(new Error("the server is shutting down"));
    await Promise.all([...this.#running, this.#tidying]);
    await this.#work.settle();
  }

  #tidy(): void {
    this.#tidying = this.#tidying
      .then(() => this.#work.tidy())
      .catch((error: unknown) => this.#log.warn("tidying failed", { error }));
  }

  /** Works until there is nothing left. Calls for another pair of hands as soon as there was something. */
  async #run(): Promise<void> {
    try {
      while (!this.#stop.signal.aborted && (await this.#work.runOne(this.#stop.signal))) this.wake();
    } catch (error) {
      // The database is gone for a while, most likely: the next poll tries again.
      this.#log.error("work failed", { error });
    }
  }
}
