/** How exact a deadline is. */
const TICK_MS = 100;

/** A deadline that can be taken back. */
export interface Deadline {
  readonly at: number;
  readonly act: () => void;
}

/**
 * Deadlines of all running statements, looked at by one timer: a timer of its own for each costs more than the rest of a
 * small statement's bookkeeping. The timer runs while there are any.
 */
class Deadlines {
  readonly #deadlines = new Set<Deadline>();
  #timer: NodeJS.Timeout | undefined;

  /** Calls `act` after `ms`, give or take a tick. */
  add(ms: number, act: () => void): Deadline {
    const deadline = { at: performance.now() + ms, act };
    this.#deadlines.add(deadline);
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS).unref();
    return deadline;
  }

  /** Takes a deadline back. */
  remove(deadline: Deadline): void {
    this.#deadlines.delete(deadline);
  }

  #tick(): void {
    const now = performance.now();
    for (const deadline of this.#deadlines) {
      if (deadline.at > now) continue;
      this.#deadlines.delete(deadline);
      deadline.act();
    }
    if (this.#deadlines.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** The deadlines of this process. */
export const deadlines: Deadlines = new Deadlines();
