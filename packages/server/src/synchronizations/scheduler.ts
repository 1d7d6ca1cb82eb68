import type { Work } from "../worker/loop.ts";
import type { Synchronizations } from "./synchronizations.ts";

/** Milliseconds after which the embedded engine's session is asked again, although nothing is said to be due. */
const LOOK_MS = 60_000;
/** Milliseconds that it is left alone at least. */
const PAUSE_MS = 1_000;

/**
 * Queues runs that are due, and notes how those ended that went on.
 *
 * On PostgreSQL every server looks each second; the embedded engine's one session is asked only when something is due,
 * or has ended.
 */
export class SyncScheduler implements Work {
  readonly #syncs: Synchronizations;
  readonly #sharedSession: boolean;
  readonly #imports: { onEnd(tell: () => void): void };
  /** When to look next, in milliseconds since 1970. */
  #next = 0;

  constructor(
    syncs: Synchronizations,
    { sharedSession }: { sharedSession: boolean },
    imports: { onEnd(tell: () => void): void },
  ) {
    this.#syncs = syncs;
    this.#sharedSession = sharedSession;
    this.#imports = imports;
  }

  /** Calls `wake` when a run may have ended, or one may be due. */
  onNew(wake: () => void): void {
    const look = (): void => {
      this.#next = 0;
      wake();
    };
    this.#imports.onEnd(look);
    this.#syncs.onChange(look);
  }

  mayHaveWork(): boolean {
    return !this.#sharedSession || Date.now() >= this.#next;
  }

  async runOne(): Promise<boolean> {
    // Before it looks: what happens meanwhile changes it, and is looked at again.
    const next = Date.now() + PAUSE_MS;
    this.#next = next;
    await this.#syncs.settle();
    if (await this.#syncs.startDue()) return true;
    if (this.#sharedSession) {
      const pause = (await this.#syncs.pause()) ?? LOOK_MS;
      if (this.#next === next) this.#next = Date.now() + Math.min(Math.max(pause, PAUSE_MS), LOOK_MS);
    }
    return false;
  }

  async tidy(): Promise<void> {}

  async settle(): Promise<void> {}
}
