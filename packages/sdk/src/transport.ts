import { CartoError, TimeoutError } from "./errors.ts";
import type { Fetch, Prepared } from "./fetch.ts";
import type { Hooks } from "./hooks.ts";
import { Lifetime } from "./lifetime.ts";
import { type ResponseMeta, readMeta } from "./meta.ts";
import type { Parse, ResponseContext } from "./response-context.ts";
import { mayRetry, RetryQuota, type RetryRule, retryDelay } from "./retry.ts";
import { type Runtime, sleep } from "./runtime.ts";
import { toConnectionError, toError } from "./to-error.ts";

/** One call with everything that is known of it, whatever the number of its attempts. */
export interface Exchange<T> {
  readonly method: string;
  readonly retry: RetryRule;
  /** Milliseconds an attempt may wait for its answer, and then for each further piece of a streamed one. */
  readonly timeout: number | undefined;
  /** Milliseconds for all attempts, waits between them and reading the answer. */
  readonly totalTimeout: number | undefined;
  readonly maxRetries: number;
  readonly signal: AbortSignal | undefined;
  readonly onMeta: ((meta: ResponseMeta) => void) | undefined;
  readonly parse: Parse<T>;
  /** Makes the request anew for each attempt, as tokens may change. */
  prepare(): Prepared | Promise<Prepared>;
  /** The URL without secrets. */
  shownUrl(): string;
  redact(text: string): string;
}

/** Sends requests: attempts, time limits, retries, abort. Knows nothing of any API. */
export class Transport {
  readonly #fetch: Fetch;
  readonly #hooks: Hooks;
  readonly #runtime: Runtime;
  readonly #quota = new RetryQuota();

  constructor(fetch: Fetch, hooks: Hooks, runtime: Runtime) {
    this.#fetch = fetch;
    this.#hooks = hooks;
    this.#runtime = runtime;
  }

  /** Sends until an attempt succeeds or may not be repeated, and resolves with what `parse` makes of the answer. */
  async send<T>(exchange: Exchange<T>): Promise<T> {
    const { totalTimeout, signal } = exchange;
    const deadline = totalTimeout === undefined ? Number.POSITIVE_INFINITY : this.#runtime.now() + totalTimeout;
    let retried: unknown;
    for (let attempt = 1; ; attempt++) {
      try {
        const result = await this.#attempt(exchange, attempt, deadline);
        this.#quota.give(retried);
        return result;
      } catch (error) {
        const delay = this.#delay(error, exchange, attempt);
        if (delay === undefined || this.#runtime.now() + delay >= deadline) throw error;
        await sleep(this.#runtime, delay, signal);
        retried = error;
      }
    }
  }

  #delay(error: unknown, exchange: Exchange<unknown>, attempt: number): number | undefined {
    if (attempt > exchange.maxRetries || exchange.signal?.aborted) return undefined;
    if (!mayRetry(error, exchange.retry) || !this.#quota.take(error)) return undefined;
    return retryDelay(error, attempt, this.#runtime.random);
  }

  async #attempt<T>(exchange: Exchange<T>, attempt: number, deadline: number): Promise<T> {
    const lifetime = new Lifetime(this.#runtime, exchange.signal);
    const arm = (): void => this.#arm(lifetime, exchange, deadline);
    arm();
    try {
      const { response, meta } = await this.#fetchOnce(exchange, attempt, lifetime);
      const context = contextOf(exchange, { meta, lifetime, awaitPiece: arm });
      if (!response.ok) throw await lifetime.race(toError(response, context));
      return await exchange.parse(response, context);
    } catch (error) {
      lifetime.release();
      throw error;
    }
  }

  async #fetchOnce(
    exchange: Exchange<unknown>,
    attempt: number,
    lifetime: Lifetime,
  ): Promise<{ response: Response; meta: ResponseMeta }> {
    const prepared = exchange.prepare();
    const { url, init } = prepared instanceof Promise ? await lifetime.race(prepared) : prepared;
    const report = this.#report(exchange, attempt, init.headers);
    const sent = this.#fetch({ url, init: { ...init, signal: lifetime.signal } }, exchange.timeout);
    const response = await lifetime.race(sent).catch((cause) => {
      const known = lifetime.signal.aborted || cause instanceof CartoError;
      const error = known ? cause : toConnectionError(cause, labelOf(exchange), exchange.redact);
      report?.(undefined, error);
      throw error;
    });
    const meta = readMeta(response, attempt, this.#runtime.now());
    exchange.onMeta?.(meta);
    report?.(meta, undefined);
    return { response, meta };
  }

  /** Tells the hooks of a request, and returns what tells them how it ended. */
  #report(
    exchange: Exchange<unknown>,
    attempt: number,
    headers: Record<string, string>,
  ): ((meta: ResponseMeta | undefined, error: unknown) => void) | undefined {
    const { onRequest, onResponse } = this.#hooks;
    if (!onRequest && !onResponse) return undefined;
    const { method, redact } = exchange;
    const request = { method, url: exchange.shownUrl(), headers: shownHeaders(headers, redact), attempt };
    this.#hooks.onRequest?.(request);
    const startedAt = this.#runtime.now();
    return (meta, error) => {
      this.#hooks.onResponse?.({ ...request, meta, error, duration: this.#runtime.now() - startedAt });
    };
  }

  // The error says which limit it was: of the attempt, or of the call.
  #arm(lifetime: Lifetime, exchange: Exchange<unknown>, deadline: number): void {
    const { timeout = Number.POSITIVE_INFINITY, totalTimeout = 0 } = exchange;
    const left = deadline - this.#runtime.now();
    const ms = Math.min(timeout, left);
    if (ms === Number.POSITIVE_INFINITY) return;
    lifetime.arm(ms, () => {
      const limit = timeout <= left ? timeout : totalTimeout;
      return new TimeoutError(`${labelOf(exchange)} took longer than ${limit} ms`, limit);
    });
  }
}

function labelOf(exchange: Exchange<unknown>): string {
  return `${exchange.method} ${exchange.shownUrl()}`;
}

function contextOf(
  exchange: Exchange<unknown>,
  rest: Pick<ResponseContext, "meta" | "lifetime" | "awaitPiece">,
): ResponseContext {
  return {
    ...rest,
    redact: exchange.redact,
    get label() {
      return labelOf(exchange);
    },
  };
}

function shownHeaders(headers: Record<string, string>, redact: (text: string) => string): Record<string, string> {
  const shown = Object.entries(headers).map(([name, value]) => [
    name,
    /^(?:authorization|cookie)$/i.test(name) ? "***" : redact(value),
  ]);
  return Object.fromEntries(shown) as Record<string, string>;
}
