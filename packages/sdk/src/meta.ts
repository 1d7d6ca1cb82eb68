/** What the server says about its rate limit; a field is `undefined` when it says nothing. Times are in seconds. */
export interface RateLimit {
  /** Requests that may be made in a burst. */
  readonly limit: number | undefined;
  /** Requests left at this moment. */
  readonly remaining: number | undefined;
  /** Seconds until the whole burst is available again. */
  readonly reset: number | undefined;
  /** Seconds to wait before asking again; only when a request was refused. */
  readonly retryAfter: number | undefined;
}

/** What is known of an answer besides its body. */
export interface ResponseMeta {
  /** HTTP status. */
  readonly status: number;
  /** The server's name for the request, to be quoted in bug reports. */
  readonly requestId: string | undefined;
  readonly rateLimit: RateLimit;
  /** Which attempt was answered, counted from 1. */
  readonly attempt: number;
}

/** Reads the headers that describe an answer. `now` is in milliseconds since 1970. */
export function readMeta(response: Response, attempt: number, now: number): ResponseMeta {
  const { headers, status } = response;
  return {
    status,
    requestId: headers.get("x-request-id") ?? undefined,
    rateLimit: {
      limit: toCount(headers.get("carto-rate-limit-limit")),
      remaining: toCount(headers.get("carto-rate-limit-remaining")),
      reset: toCount(headers.get("carto-rate-limit-reset")),
      retryAfter: toSeconds(headers.get("retry-after"), now),
    },
    attempt,
  };
}

function toCount(value: string | null): number | undefined {
  return value !== null && /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) : undefined;
}

// RFC 9110 §10.2.3: delay in seconds, or a date.
function toSeconds(value: string | null, now: number): number | undefined {
  const seconds = toCount(value);
  if (seconds !== undefined || value === null) return seconds;
  const date = Date.parse(value);
  return Number.isNaN(date) || /^\s*-/.test(value) ? undefined : Math.max(0, (date - now) / 1000);
}
