import type { Column, ResultStream } from "./result.ts";

/** What the database at hand can do; found out at start-up, never assumed. */
export interface Capabilities {
  /** `SHOW server_version`. */
  serverVersion: string;
  /** `PostGIS_Lib_Version()`. */
  postgisVersion: string;
  /** Schema that PostGIS is in, as it is written in SQL. */
  postgisSchema: string;
  /** Whether a running statement can be cancelled; otherwise it is ended by closing the session. */
  cancel: boolean;
  /** Whether PostGIS' C++ exceptions arrive as errors. */
  exceptions: boolean;
  /** Whether `COPY … FROM STDIN` streams. */
  copyIn: boolean;
  /** Whether `ST_AsMVT` exists. */
  mvt: boolean;
  /** What fell back, in words, for the log and for `/health`. */
  degraded: readonly string[];
}

/** A database role that user SQL runs as. */
export interface Role {
  /** Name of the role in the database. */
  name: string;
  /** Schemas to search, in order. */
  searchPath: readonly string[];
}

/** What tells that work is not wanted any more; an AbortSignal is one, and lighter things may be. */
export interface AbortSource {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** Limits of one session's work. */
export interface SessionOptions {
  /** Aborting it cancels the running statement and frees the connection. */
  signal: AbortSource;
  /** Milliseconds that one statement may take, by the server's own clock. */
  timeoutMs: number;
  /**
   * Whether a SELECT may only read, whatever functions it calls; just-in-time compilation is off as well. Statements
   * other than SELECT could lift it. @defaultValue false
   */
  readOnly?: boolean;
}

/** What is known of a statement. */
export interface StatementOptions {
  /** It can't have changed the connection's state, so that no reset is needed afterwards. @defaultValue false */
  harmless?: boolean;
}

/**
 * One connection in a key's role, for one request.
 *
 * Statements run one after the other. Disposing it cancels what still runs, rolls back what is open and resets what
 * user SQL may have changed.
 */
export interface Session extends AsyncDisposable {
  /**
   * Runs one SELECT, checked by the guard before, as `COPY (…) TO STDOUT`: the fastest way for many rows (1.2 times the
   * rows of {@link runOne}), the slower one for a few (0.75 times the requests).
   */
  select(q: string, options?: StatementOptions): Promise<ResultStream>;
  /** Columns that one statement would return, without running it. */
  describe(q: string): Promise<readonly Column[]>;
  /** Runs any statements as one simple query; their rows follow each other. */
  run(q: string): Promise<ResultStream>;
  /** Runs one statement as a prepared one: PostgreSQL itself refuses a second statement. */
  runOne(q: string, options?: StatementOptions): Promise<ResultStream>;
  /**
   * Runs one SELECT of one column of type bytea and resolves with its first row's value; null for NULL or no row.
   *
   * On PostgreSQL the statement stays prepared on the connection, so that `q` should be the same text again and again,
   * with what changes in `values`: texts for $1, $2, …, that `q` casts.
   */
  value(q: string, values: readonly string[], options?: StatementOptions): Promise<Buffer | null>;
  /** Runs `COPY … TO STDOUT` and gives its bytes; resolves once the first are there. */
  copyOut(q: string): Promise<AsyncIterable<Buffer>>;
  /** Runs `COPY … FROM STDIN`; resolves with the number of rows. A source that throws rolls back. */
  copyIn(q: string, source: AsyncIterable<Uint8Array>): Promise<number>;
}

/** How one of the server's own statements is run. */
export interface SystemStatementOptions {
  /** A name of `text` alone, by which PostgreSQL keeps it prepared on the connection. For what is run all the time. */
  name?: string;
}

/** A connection in the server's own role, for the server's own statements. */
export interface SystemSession {
  /** Runs one statement with parameters ($1, …) and resolves with its rows as objects. */
  query<Row>(text: string, values?: readonly unknown[], options?: SystemStatementOptions): Promise<Row[]>;
  /** Runs one statement that stays prepared and resolves with the text of its first value; a fraction of `query`'s cost. */
  value(text: string): Promise<string>;
}

/** The seam between the server and its database. */
export interface Engine extends AsyncDisposable {
  readonly id: "postgres" | "pglite";
  readonly capabilities: Capabilities;
  /** Whether all roles share one session of the database, so that a role is only set on it. */
  readonly sharedSession: boolean;
  /** Names of the spatial types by OID. */
  readonly spatialTypes: ReadonlyMap<number, string>;
  /** Opens a session in `role`. @throws {@link EngineBusyError} when no connection came free in time. */
  session(role: Role, options: SessionOptions): Promise<Session>;
  /** Reads what the engine itself keeps in the database; called once, after the migrations. */
  prepare(session: SystemSession): Promise<void>;
  /** Makes a role for user SQL, or brings it up to date. */
  ensureRole(session: SystemSession, name: string): Promise<void>;
  /** Runs the server's own statements on one connection. */
  system<T>(use: (session: SystemSession) => Promise<T>): Promise<T>;
  /** Runs the server's own statements in one transaction. */
  transaction<T>(use: (session: SystemSession) => Promise<T>): Promise<T>;
  /** Connections in use and waiting, for `/health` and tests. */
  stats(): { open: number; busy: number; waiting: number };
}

/** No connection came free in time; the request may be sent again later. */
export class EngineBusyError extends Error {
  override readonly name = "EngineBusyError";
  /** Seconds after which to try again. */
  readonly retryAfter: number;
  constructor(message: string, retryAfter = 1) {
    super(message);
    this.retryAfter = retryAfter;
  }
}
