import { RateLimitError } from "@carto-ts/sdk";

/** How one of several pieces of work ended. */
export type Outcome<T> = { readonly value: T } | { readonly error: unknown };

/** How several pieces of work are done. */
export interface Pool<Item, T> {
  /** How many at a time. */
  readonly width: number;
  run(item: Item): Promise<T>;
  /** Whether a failure is one of all that comes after it as well, which is not begun then. */
  endsAll(error: unknown): boolean;
}

/**
 * Works on items, some at a time; resolves with how each ended, in their order, `undefined` for those not begun.
 *
 * One that the server refuses because too much is going on waits until another of ours has ended, and is begun anew.
 */
export async function runPool<Item, T>(
  items: readonly Item[],
  { width, run, endsAll }: Pool<Item, T>,
): Promise<(Outcome<T> | undefined)[]> {
  const outcomes: (Outcome<T> | undefined)[] = items.map(() => undefined);
  const turns = new Turns();
  let next = 0;
  let over = false;
  const work = async (): Promise<void> => {
    while (next < items.length && !over) {
      const at = next++;
      const outcome = await attempt(() => run(items[at] as Item), turns);
      outcomes[at] = outcome;
      if ("error" in outcome && endsAll(outcome.error)) over = true;
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, work));
  return outcomes;
}

async function attempt<T>(run: () => Promise<T>, turns: Turns): Promise<Outcome<T>> {
  for (;;) {
    turns.running += 1;
    const outcome = await run().then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    turns.running -= 1;
    const isRefused = "error" in outcome && outcome.error instanceof RateLimitError;
    if (isRefused && turns.running > 0) {
      await turns.next();
    } else {
      turns.pass();
      return outcome;
    }
  }
}

/** Counts what is running, and tells those who wait that something has ended. A refusal is no end: it frees nothing. */
class Turns {
  running = 0;
  #waiting: (() => void)[] = [];

  next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  pass(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
