import { ApiError, ConnectionError, RateLimitError, ServerError, TimeoutError } from "./errors.ts";

/**
 * When a request may be sent again.
 *
 * `idempotent`: after anything that may pass. `unsent`: only when the server can't have begun: connection refused, or
 * 429 and 503, which it answers before it reads the body. `never`: not at all.
 */
export type RetryRule = "idempotent" | "unsent" | "never";

const BASE_DELAY = 100;
const LONGEST_DELAY = 20_000;
const LONGEST_RETRY_AFTER = 60_000;

const QUOTA = 500;
const RETRY_COST = 5;
const TIMEOUT_COST = 10;

/** Which rule a method has by itself. */
export function retryRuleOf(method: string): RetryRule {
  return /^(?:GET|HEAD|OPTIONS|PUT|DELETE)$/i.test(method) ? "idempotent" : "unsent";
}

/** Whether what failed with `error` may be sent again under `rule`. */
export function mayRetry(error: unknown, rule: RetryRule): boolean {
  if (rule === "never") return false;
  if (error instanceof RateLimitError) return true;
  if (error instanceof ConnectionError) return error.refused || rule === "idempotent";
  if (error instanceof ServerError && error.status === 503) return true;
  if (rule !== "idempotent") return false;
  return (
    error instanceof TimeoutError ||
    (error instanceof ServerError && [500, 502, 504].includes(error.status)) ||
    (error instanceof ApiError && error.status === 408)
  );
}

/** Milliseconds to wait before the next attempt: what the server asks, else exponential with full jitter. */
export function retryDelay(error: unknown, attempt: number, random: () => number): number {
  const retryAfter = error instanceof ApiError ? error.rateLimit.retryAfter : undefined;
  if (retryAfter !== undefined) return Math.min(retryAfter * 1000, LONGEST_RETRY_AFTER);
  return random() * Math.min(LONGEST_DELAY, BASE_DELAY * 2 ** (attempt - 1));
}

/** Stops retrying when most of it has been in vain, so that many clients don't keep a failing server down. */
export class RetryQuota {
  #tokens: number = QUOTA;

  /** Pays for a retry; `false` when there is nothing left to pay with. */
  take(error: unknown): boolean {
    const cost = costOf(error);
    if (this.#tokens < cost) return false;
    this.#tokens -= cost;
    return true;
  }

  /** Gives back after a success: what its last retry cost, or a little for a first attempt. */
  give(retried: unknown): void {
    this.#tokens = Math.min(QUOTA, this.#tokens + (retried === undefined ? 1 : costOf(retried)));
  }
}

function costOf(error: unknown): number {
  return error instanceof TimeoutError ? TIMEOUT_COST : RETRY_COST;
}
