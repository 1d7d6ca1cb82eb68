import { Client, type ClientConfig } from "pg";
import { createDeferred, type Deferred } from "../../deferred.ts";
import { type AbortSource, EngineBusyError } from "../engine.ts";

/** Limits of all connections together. */
export interface PoolLimits {
  /** Connections at most, over all roles. */
  max: number;
  /** Milliseconds after which an idle connection closes. */
  idleMs: number;
  /** Milliseconds that a request waits for a connection. */
  waitMs: number;
}

interface IdleClient {
  pool: string;
  client: Client;
  since: number;
}

interface Waiter {
  pool: string;
  config: ClientConfig;
  turn: Deferred<Client>;
  since: number;
}

/** How long a request waits before another role's connection is closed for it. */
const PATIENCE_MS = 500;

/**
 * Connections to one database, pooled by role, with one cap over all of them.
 *
 * When the cap is met, a request of another role closes the connection that has been idle longest. Requests wait in
 * the order in which they came.
 */
export class ConnectionPools {
  readonly #limits: PoolLimits;
  /** Idle connections, the longest idle first. */
  #idle: IdleClient[] = [];
  #waiters: Waiter[] = [];
  #open = 0;
  #closed = false;
  readonly #sweeper: NodeJS.Timeout;

  constructor(limits: PoolLimits) {
    this.#limits = limits;
    this.#sweeper = setInterval(() => this.#sweep(), Math.min(limits.idleMs, 10_000)).unref();
  }

  stats(): { open: number; busy: number; waiting: number } {
    return { open: this.#open, busy: this.#open - this.#idle.length, waiting: this.#waiters.length };
  }

  /**
   * Lends a connection of `pool`, an idle one or a new one.
   *
   * @throws {@link EngineBusyError} when none came free in time.
   */
  async acquire(pool: string, config: ClientConfig, signal?: AbortSource): Promise<Client> {
    if (this.#closed) throw new EngineBusyError("the server is shutting down", 5);
    const idle = this.takeIdle(pool);
    if (idle) return idle;
    if (this.#open < this.#limits.max || this.#closeOldest()) return this.#connect(config);
    return this.#wait(pool, config, signal);
  }

  /** Takes a connection back, ready for the next request of its role. */
  release(pool: string, client: Client): void {
    if (this.#closed) {
      void this.#end(client);
      return;
    }
    const next = this.#nextFor(pool);
    if (next) {
      next.turn.resolve(client);
      return;
    }
    this.#idle.push({ pool, client, since: Date.now() });
    if (this.#waiters.length > 0 && this.#closeOldest()) this.#serve();
  }

  /** Closes a connection that must not be used again. */
  discard(client: Client): void {
    client.connection.stream.destroy();
    this.#forget();
  }

  /** Closes idle connections and waits for none. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#sweeper);
    for (const waiter of this.#waiters) waiter.turn.reject(new EngineBusyError("the server is shutting down", 5));
    this.#waiters = [];
    await Promise.all(this.#idle.splice(0).map(({ client }) => this.#end(client)));
  }

  /**
   * Whoever gets a connection of `pool` that came free: handing it over within a role costs nothing, closing it for
   * another role costs two round trips, so that others are only let in front once they have waited.
   */
  #nextFor(pool: string): Waiter | undefined {
    const first = this.#waiters[0];
    const at = this.#waiters.findIndex((waiter) => waiter.pool === pool);
    if (at < 0 || (first && first.pool !== pool && Date.now() - first.since > PATIENCE_MS)) return undefined;
    return this.#waiters.splice(at, 1)[0];
  }

  /** Lends the idle connection of `pool` that was used last: the others may then go. */
  takeIdle(pool: string): Client | undefined {
    const at = this.#idle.findLastIndex((entry) => entry.pool === pool);
    return at < 0 ? undefined : this.#idle.splice(at, 1)[0]?.client;
  }

  #closeOldest(): boolean {
    const oldest = this.#idle.shift();
    if (!oldest) return false;
    void this.#end(oldest.client);
    return true;
  }

  async #connect(config: ClientConfig): Promise<Client> {
    this.#open += 1;
    const client = new Client(config);
    client.on("error", () => this.#lost(client));
    try {
      await client.connect();
      return client;
    } catch (error) {
      this.#forget();
      throw error;
    }
  }

  /** An idle connection broke; one that is lent is told by its query. */
  #lost(client: Client): void {
    const at = this.#idle.findIndex((entry) => entry.client === client);
    if (at < 0) return;
    this.#idle.splice(at, 1);
    this.#forget();
  }

  #forget(): void {
    this.#open -= 1;
    this.#serve();
  }

  #serve(): void {
    const waiter = this.#open < this.#limits.max ? this.#waiters.shift() : undefined;
    if (waiter) void this.#connect(waiter.config).then(waiter.turn.resolve, waiter.turn.reject);
  }

  async #wait(pool: string, config: ClientConfig, signal: AbortSource | undefined): Promise<Client> {
    const waiter: Waiter = { pool, config, turn: createDeferred<Client>(), since: Date.now() };
    this.#waiters.push(waiter);
    // Once its turn has come the caller gets the connection, and gives it back itself.
    const leave = (error: unknown): void => {
      const at = this.#waiters.indexOf(waiter);
      if (at < 0) return;
      this.#waiters.splice(at, 1);
      waiter.turn.reject(error);
    };
    const onAbort = (): void => leave(signal?.reason);
    const timer = setTimeout(
      () => leave(new EngineBusyError("every database connection is busy")),
      this.#limits.waitMs,
    );
    signal?.addEventListener("abort", onAbort);
    try {
      return await waiter.turn.promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  #sweep(): void {
    const old = Date.now() - this.#limits.idleMs;
    while (this.#idle[0] && this.#idle[0].since < old) this.#closeOldest();
  }

  async #end(client: Client): Promise<void> {
    await client.end().catch(() => {});
    this.#forget();
  }
}
