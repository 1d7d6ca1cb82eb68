import { createDeferred, type Deferred } from "../../deferred.ts";
import type { WorkerLink } from "./worker-link.ts";

/** A statement that did not stop is cancelled again after so many milliseconds. */
const AGAIN_MS = 500;
/** One that still has not stopped after so many is ended with the engine. */
const LIMIT_MS = 3_000;

/** Brings the engine back to an idle, fresh session when a client has gone. */
export class Cleaner {
  readonly #giveUp: (reason: string) => void;
  #link: WorkerLink | undefined;
  #stream = 0;
  #deferred: Deferred<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #again = false;

  /** @param giveUp Ends an engine that can't be brought back; must call {@link abandon}. */
  constructor(giveUp: (reason: string) => void) {
    this.#giveUp = giveUp;
  }

  /** Settles when nothing is being cleaned. */
  get done(): Promise<void> {
    return this.#deferred?.promise ?? Promise.resolve();
  }

  /** Cancels what `stream` left running, rolls back, and discards the session's state. */
  clean(link: WorkerLink, stream: number): void {
    this.#link = link;
    this.#stream = stream;
    this.#again = false;
    this.#deferred = createDeferred();
    link.cancel();
    link.post({ type: "clean", stream });
    const started = performance.now();
    this.#timer = setInterval(() => {
      if (performance.now() - started > LIMIT_MS) this.#giveUp("a statement whose client is gone did not stop");
      // It may hit the cleaning itself, which is then done once more.
      else this.#again = link.cancel() || this.#again;
    }, AGAIN_MS);
  }

  /** The engine says that it is clean. */
  onClean(): void {
    if (this.#again) {
      this.#again = false;
      clearInterval(this.#timer);
      this.#link?.post({ type: "clean", stream: this.#stream });
    } else this.abandon();
  }

  /** Stops cleaning, because it is done or the engine is gone. */
  abandon(): void {
    clearInterval(this.#timer);
    this.#link = undefined;
    this.#deferred?.resolve();
    this.#deferred = undefined;
  }
}
