import { ConnectionError, RateLimitError, ServerError, TimeoutError } from "./errors.ts";
import { type Runtime, sleep } from "./runtime.ts";

/** How something is waited for. */
export interface Poll<T> {
  /** Reads once, within what is left of the time. */
  read(left: number | undefined): Promise<T>;
  isSettled(value: T): boolean;
  onValue?: ((value: T) => void) | undefined;
  /** Milliseconds between reads; by default from 50 ms on, growing to 2 s. */
  interval?: number | undefined;
  /** Milliseconds after which waiting ends; by default it goes on. */
  timeout?: number | undefined;
  timeoutError(timeout: number): TimeoutError;
  signal?: AbortSignal | undefined;
}

const FIRST_INTERVAL = 50;
const LONGEST_INTERVAL = 2_000;

/** Failed reads in a row, each with its own retries, after which the server is taken to be gone. */
const MOST_FAILURES = 10;

/**
 * Reads until the value is settled. A read that fails in a way that may pass is no reason to stop.
 *
 * @throws {@link TimeoutError} when `timeout` passes, the signal's reason, or what reading failed with.
 */
export async function poll<T>(options: Poll<T>, runtime: Runtime): Promise<T> {
  const { timeout = Number.POSITIVE_INFINITY, signal, interval } = options;
  const deadline = runtime.now() + timeout;
  let failures = 0;
  for (let pause = interval ?? FIRST_INTERVAL; ; pause = interval ?? Math.min(pause * 1.5, LONGEST_INTERVAL)) {
    let asked = 0;
    try {
      const left = deadline - runtime.now();
      const value = await options.read(Number.isFinite(left) ? Math.max(1, left) : undefined);
      failures = 0;
      options.onValue?.(value);
      if (options.isSettled(value)) return value;
    } catch (error) {
      if (!isTransient(error) || ++failures >= MOST_FAILURES) throw error;
      asked = error instanceof RateLimitError ? (error.retryAfter ?? 0) * 1000 : 0;
    }
    const delay = Math.max(pause, asked);
    const left = deadline - runtime.now();
    if (left <= 0) throw options.timeoutError(timeout);
    await sleep(runtime, Math.min(delay, left), signal);
  }
}

function isTransient(error: unknown): boolean {
  return (
    error instanceof ConnectionError ||
    error instanceof ServerError ||
    error instanceof RateLimitError ||
    error instanceof TimeoutError
  );
}
