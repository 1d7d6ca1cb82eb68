import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import { type Deadline, deadlines } from "./deadlines.ts";
import type { AbortSource, Session, SessionOptions, StatementOptions } from "./engine.ts";
import { PgError, StatementTimeoutError } from "./pg-error.ts";
import type { Column, ResultStream } from "./result.ts";
import { Exchange } from "./wire/exchange.ts";
import {
  copyInQuery,
  copyOutQuery,
  describeAndCopy,
  describeQuery,
  extendedQuery,
  type NamedStatement,
  simpleQuery,
} from "./wire/messages.ts";
import { PreparedStatements } from "./wire/statements.ts";
import { ValueExchange } from "./wire/value-exchange.ts";

/** After a timeout, milliseconds for the reader to take what is there before it is dropped. */
const GRACE_MS = 1_000;

/** A connection on loan to one session, and what an engine does to it. */
export interface Lease {
  readonly client: Client;
  /** Asks the database to cancel the running statement. Resolves when asked, not when it ended. */
  cancel(): Promise<void>;
  /** Takes the connection back when nothing runs on it. `touched` says that it must be reset before reuse. */
  release(state: { touched: boolean; inTransaction: boolean }): Promise<void>;
  /** Takes the connection back although `exchange` still runs, and ends that statement. */
  abandon(exchange: Exchange): Promise<void>;
}

/** A {@link Session} on a lent connection; the same for both engines. */
export class LeasedSession implements Session {
  readonly #lease: Lease;
  readonly #options: SessionOptions;
  #exchange: Exchange | undefined;
  #touched = false;
  #deadline: Deadline | undefined;
  #released = false;

  constructor(lease: Lease, options: SessionOptions) {
    this.#lease = lease;
    this.#options = options;
    options.signal.addEventListener("abort", this.#onAbort);
  }

  select(q: string, { harmless = false }: StatementOptions = {}): Promise<ResultStream> {
    this.#touched ||= !harmless;
    return this.#start(new Exchange({ kind: "copy-out", messages: describeAndCopy(q) }));
  }

  async describe(q: string): Promise<readonly Column[]> {
    const exchange = await this.#start(new Exchange({ kind: "rows", messages: describeQuery(q) }));
    await exchange.finished;
    return exchange.columns;
  }

  run(q: string): Promise<ResultStream> {
    this.#touched = true;
    return this.#start(new Exchange({ kind: "rows", messages: simpleQuery(q) }));
  }

  runOne(q: string, { harmless = false }: StatementOptions = {}): Promise<ResultStream> {
    this.#touched ||= !harmless;
    return this.#start(new Exchange({ kind: "rows", messages: extendedQuery(q) }));
  }

  async value(
    q: string,
    values: readonly string[],
    { harmless = false }: StatementOptions = {},
  ): Promise<Buffer | null> {
    this.#touched ||= !harmless;
    const statements = PreparedStatements.of(this.#lease.client.connection);
    const statement = statements.take(q);
    try {
      return await this.#value(statement, q, values);
    } catch (error) {
      if (statement.text !== undefined || !isStale(error)) throw error;
      statements.drop(q);
      return this.#value(statements.take(q), q, values);
    }
  }

  async copyOut(q: string): Promise<AsyncIterable<Buffer>> {
    this.#touched = true;
    const exchange = await this.#start(new Exchange({ kind: "copy-out", messages: copyOutQuery(q) }));
    return texts(exchange);
  }

  async copyIn(q: string, source: AsyncIterable<Uint8Array>): Promise<number> {
    this.#touched = true;
    const exchange = await this.#start(new Exchange({ kind: "copy-in", messages: copyInQuery(q), source }));
    await exchange.finished;
    exchange.throwIfFailed();
    return exchange.summary().rowCount;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    this.#options.signal.removeEventListener("abort", this.#onAbort);
    this.#stopClock();
    const exchange = this.#exchange;
    if (exchange && !exchange.done) {
      exchange.abandon(new Error("the session was closed"));
      await this.#lease.abandon(exchange);
      return;
    }
    const inTransaction = exchange?.status === "T" || exchange?.status === "E";
    const touched = this.#touched || inTransaction || exchange?.changedSettings === true;
    await this.#lease.release({ touched, inTransaction });
  }

  async #value(statement: NamedStatement, q: string, values: readonly string[]): Promise<Buffer | null> {
    const exchange = new ValueExchange(statement, values);
    try {
      await this.#start(exchange);
      return exchange.value;
    } finally {
      if (exchange.prepared) PreparedStatements.of(this.#lease.client.connection).keep(q, statement.name);
    }
  }

  async #start<E extends Exchange>(exchange: E): Promise<E> {
    throwIfAborted(this.#options.signal);
    if (this.#exchange) await this.#settle(this.#exchange);
    this.#exchange = exchange;
    this.#startClock(exchange);
    this.#lease.client.query(exchange);
    try {
      await exchange.started;
    } catch (error) {
      // The connection is free, or lost, before the error is told; but for a statement that can't be stopped.
      await Promise.race([exchange.finished, sleep(GRACE_MS, undefined, { ref: false })]);
      throw error;
    }
    return exchange;
  }

  /** Waits for the statement before, and takes back what a function in it may have done to a session that only reads. */
  async #settle(exchange: Exchange): Promise<void> {
    await exchange.finished;
    if (!exchange.changedSettings) return;
    this.#touched = true;
    if (this.#options.readOnly) await this.#lease.client.query("SET default_transaction_read_only = on");
  }

  /** The server's own clock: user SQL can say `SET statement_timeout = 0`. */
  #startClock(exchange: Exchange): void {
    this.#stopClock();
    this.#deadline = deadlines.add(this.#options.timeoutMs, () => {
      if (exchange.done) return;
      const error = new StatementTimeoutError("canceling statement due to statement timeout");
      exchange.expire(error);
      void this.#lease.cancel();
      // A reader that stands still keeps the database from noticing the cancel.
      this.#deadline = deadlines.add(GRACE_MS, () => exchange.abandon(error));
    });
  }

  #stopClock(): void {
    if (this.#deadline) deadlines.remove(this.#deadline);
    this.#deadline = undefined;
  }

  readonly #onAbort = (): void => {
    this.#exchange?.abandon(abortReason(this.#options.signal));
    void this[Symbol.asyncDispose]();
  };
}

/** Whether a prepared statement is no longer there, or gives another type than when it was prepared. */
function isStale(error: unknown): boolean {
  return error instanceof PgError && (error.code === "26000" || error.code === "0A000");
}

/** @throws the reason of a signal that fired. */
export function throwIfAborted(signal: AbortSource): void {
  if (signal.aborted) throw abortReason(signal);
}

function abortReason(signal: AbortSource): Error {
  return signal.reason instanceof Error ? signal.reason : new Error("the request was aborted");
}

async function* texts(exchange: Exchange): AsyncGenerator<Buffer, void, undefined> {
  for await (const chunk of exchange.chunks) yield chunk.text;
}
