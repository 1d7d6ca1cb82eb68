import type {
  DependentVisualization,
  ImportErrorSource,
  ImportWarnings,
  Job,
  MapErrorContext,
} from "@carto-ts/protocol";
import type { RateLimit } from "./meta.ts";

/** Root of every error that this package throws, but for the caller's own abort reason. */
export class CartoError extends Error {
  static {
    setName(CartoError, "CartoError");
  }

  /** The error as plain data, for logs; holds no key. */
  toJSON(): Record<string, unknown> {
    const fields = Object.entries(this).filter(([name]) => name !== "cause");
    return { name: this.name, message: this.message, ...Object.fromEntries(fields) };
  }
}

/** Options or arguments that can't be used; thrown before anything is sent. */
export class ConfigError extends CartoError {
  static {
    setName(ConfigError, "ConfigError");
  }
}

/** What an {@link ApiError} is made from. */
export interface ApiErrorInit {
  status: number;
  messages: readonly string[];
  requestId?: string | undefined;
  detail?: string | undefined;
  hint?: string | undefined;
  context?: string | undefined;
  contexts?: readonly MapErrorContext[] | undefined;
  rateLimit?: RateLimit | undefined;
  partial?: boolean;
}

const NO_LIMIT: RateLimit = { limit: undefined, remaining: undefined, reset: undefined, retryAfter: undefined };

/** The server answered, and refused. Its fields are the server's, verbatim. */
export class ApiError extends CartoError {
  /** HTTP status; 200 when an answer broke off with an error in its body, 0 when the request was refused unsent. */
  readonly status: number;
  /** The server's messages, the first of which is also `message`. */
  readonly messages: readonly string[];
  /** The server's name for the request. */
  readonly requestId: string | undefined;
  /** PostgreSQL's detail, or the limit that was met: `datasource`, `rate-limit`; of maps also `render`, `render-capacity`. */
  readonly detail: string | undefined;
  /** PostgreSQL's hint. */
  readonly hint: string | undefined;
  /** `limit` when a limit of the account's was met. */
  readonly context: string | undefined;
  /** What each message is of, in the same order, where the server says it: the Maps API does. */
  readonly contexts: readonly MapErrorContext[];
  readonly rateLimit: RateLimit;
  /** Whether a part of the result had been sent before the failure. */
  readonly partial: boolean;

  static {
    setName(ApiError, "ApiError");
  }

  constructor(init: ApiErrorInit) {
    super(init.messages[0] ?? `The server answered with HTTP status ${init.status}`);
    this.status = init.status;
    this.messages = init.messages;
    this.requestId = init.requestId;
    this.detail = init.detail;
    this.hint = init.hint;
    this.context = init.context;
    this.contexts = init.contexts ?? [];
    this.rateLimit = init.rateLimit ?? NO_LIMIT;
    this.partial = init.partial ?? false;
  }
}

/** 401: the server doesn't know the key. */
export class AuthenticationError extends ApiError {
  static {
    setName(AuthenticationError, "AuthenticationError");
  }
}

/** 403: the key may not do this. */
export class PermissionError extends ApiError {
  static {
    setName(PermissionError, "PermissionError");
  }
}

/** 404, or a job that the server doesn't know (which it answers with 400). */
export class NotFoundError extends ApiError {
  static {
    setName(NotFoundError, "NotFoundError");
  }
}

/** 400 or 422: the request can't be understood. */
export class ValidationError extends ApiError {
  static {
    setName(ValidationError, "ValidationError");
  }
}

/** 400 of the SQL API: PostgreSQL's message with its `detail` and `hint`, or a parameter that the API refuses. */
export class SqlError extends ValidationError {
  static {
    setName(SqlError, "SqlError");
  }
}

/** 400 of the Maps API: a map, a template, a tile or a parameter that it refuses; `contexts` say of which layer. */
export class MapError extends ValidationError {
  static {
    setName(MapError, "MapError");
  }
}

/** 429: too many requests. */
export class RateLimitError extends ApiError {
  static {
    setName(RateLimitError, "RateLimitError");
  }

  /** Requests that may be made in a burst. */
  get limit(): number | undefined {
    return this.rateLimit.limit;
  }

  /** Requests left at this moment. */
  get remaining(): number | undefined {
    return this.rateLimit.remaining;
  }

  /** Seconds until the whole burst is available again. */
  get reset(): number | undefined {
    return this.rateLimit.reset;
  }

  /** Seconds to wait before asking again. */
  get retryAfter(): number | undefined {
    return this.rateLimit.retryAfter;
  }
}

/** 429 with the detail `datasource` or `render`: a statement or a tile took too long. Asking again is of no use. */
export class QueryTimeoutError extends ApiError {
  static {
    setName(QueryTimeoutError, "QueryTimeoutError");
  }
}

/** 5xx: the server failed. */
export class ServerError extends ApiError {
  static {
    setName(ServerError, "ServerError");
  }
}

/** A batch job ended in another state than `done`. */
export class JobError extends CartoError {
  /** The job as last read. */
  readonly job: Job;

  static {
    setName(JobError, "JobError");
  }

  constructor(job: Job) {
    super(`Job ${job.job_id} is ${job.status}${job.failed_reason ? `: ${job.failed_reason}` : ""}`);
    this.job = job;
  }
}

/** What an {@link ImportError} says besides its message. */
export interface ImportErrorInit {
  readonly importId: string;
  readonly code: number;
  readonly title: string;
  readonly whatAbout: string;
  readonly source: ImportErrorSource;
  readonly warnings: ImportWarnings;
}

/** An import ended in failure, and no table of it stays. */
export class ImportError extends CartoError {
  readonly importId: string;
  /** Number of the kind of failure; 99999 for one that has none. @see docs/protocol/imports.md#errors */
  readonly code: number;
  /** The kind in words. */
  readonly title: string;
  /** What happened and what to do, as the server wrote it; may hold HTML. The message has it without. */
  readonly whatAbout: string;
  /** Who can mend it: the `user` of the data, the server (`cartodb`), or the place that it comes from. */
  readonly source: ImportErrorSource;
  /** What else went wrong, such as rows that were left out. */
  readonly warnings: ImportWarnings;

  static {
    setName(ImportError, "ImportError");
  }

  constructor(message: string, init: ImportErrorInit) {
    super(message);
    this.importId = init.importId;
    this.code = init.code;
    this.title = init.title;
    this.whatAbout = init.whatAbout;
    this.source = init.source;
    this.warnings = init.warnings;
  }
}

/** A dataset is not deleted, for maps show it that would lose their layers, or be deleted with it. */
export class DependentVisualizationsError extends CartoError {
  /** Its name. */
  readonly dataset: string;
  /** The maps; of many, the latest. */
  readonly dependents: readonly DependentVisualization[];
  /** How many there are. */
  readonly count: number;

  static {
    setName(DependentVisualizationsError, "DependentVisualizationsError");
  }

  constructor(dataset: string, dependents: readonly DependentVisualization[], count: number) {
    const names = dependents.slice(0, 5).map((map) => `"${map.name}"`);
    const more = count > names.length ? [`${count - names.length} more`] : [];
    const maps = [...names, ...more].join(", ");
    super(
      `Dataset "${dataset}" is shown by ${count === 1 ? "a map" : `${count} maps`} (${maps}): delete it with \`force\``,
    );
    this.dataset = dataset;
    this.dependents = dependents;
    this.count = count;
  }
}

/** A time limit of the client's passed: `timeout`, `totalTimeout`, or that of a wait. */
export class TimeoutError extends CartoError {
  /** Milliseconds. */
  readonly timeout: number;

  static {
    setName(TimeoutError, "TimeoutError");
  }

  constructor(message: string, timeout: number) {
    super(message);
    this.timeout = timeout;
  }
}

/** The server can't be reached, or the connection broke. */
export class ConnectionError extends CartoError {
  /** The runtime's code, such as `ECONNREFUSED`, where it gives one. */
  readonly code: string | undefined;
  /** Whether there was no connection at all, so that nothing was sent. */
  readonly refused: boolean;

  static {
    setName(ConnectionError, "ConnectionError");
  }

  constructor(message: string, options: { cause?: unknown; code?: string | undefined; refused?: boolean } = {}) {
    super(message, { cause: options.cause });
    this.code = options.code;
    this.refused = options.refused ?? false;
  }
}

/** The answer is not what it should be: a web page, or JSON that breaks off. */
export class DecodeError extends CartoError {
  static {
    setName(DecodeError, "DecodeError");
  }
}

// On the prototype, so that it survives minifiers and doesn't show up as a field.
function setName(type: { prototype: Error }, name: string): void {
  Object.defineProperty(type.prototype, "name", { value: name, configurable: true, writable: true });
}
