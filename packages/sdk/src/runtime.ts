/** What the SDK asks of the place where it runs; replaced by tests. */
export interface Runtime {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs `callback` after `ms` milliseconds, and returns what prevents that. */
  schedule(callback: () => void, ms: number): () => void;
  /** A number in [0, 1). */
  random(): number;
  /** Whether the rules of web pages hold: preflights, no `User-Agent`, no streamed request bodies. */
  readonly browser: boolean;
}

// A longer delay makes setTimeout fire at once.
const LONGEST_DELAY = 2 ** 31 - 1;

/** The clock, randomness and nature of the place where this code runs. */
export function systemRuntime(): Runtime {
  return {
    now: () => Date.now(),
    schedule(callback, ms) {
      const timer = setTimeout(callback, Math.min(Math.max(0, ms), LONGEST_DELAY));
      return () => clearTimeout(timer);
    },
    random: () => Math.random(),
    browser: isBrowser(),
  };
}

// Browsers alone (pages and their workers) name Mozilla; Node, Deno, Bun and edge workers name themselves or nothing.
function isBrowser(): boolean {
  const { navigator } = globalThis as { navigator?: { userAgent?: string } };
  return navigator?.userAgent?.startsWith("Mozilla/") ?? false;
}

/** Waits `ms` milliseconds. Rejects with the signal's reason when it aborts. */
export function sleep(runtime: Runtime, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const cancel = runtime.schedule(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    function onAbort(): void {
      cancel();
      reject(signal?.reason);
    }
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
