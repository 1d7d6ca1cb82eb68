import { Client, type QueryResult } from "pg";
import type { Log } from "../../log.ts";
import { Turnstile } from "../../turnstile.ts";
import {
  type AbortSource,
  type Capabilities,
  type Engine,
  EngineBusyError,
  type Role,
  type Session,
  type SessionOptions,
  type SystemSession,
} from "../engine.ts";
import { quoteIdent, quoteIdents } from "../identifier.ts";
import { readCapabilities, readSpatialTypes } from "../probe.ts";
import type { Lease } from "../session.ts";
import { SESSION_SETTINGS, SYSTEM_SEARCH_PATH } from "../settings.ts";
import { inTransaction, systemSession } from "../system.ts";
import { PreparedStatements } from "../wire/statements.ts";
import { PgliteDatabase } from "./database.ts";
import { SpooledSession } from "./session.ts";

/** How to open the embedded engine. */
export interface PgliteEngineOptions {
  /** Folder of the database; undefined keeps nothing. */
  dataDir: string | undefined;
  /** Requests that may wait for the one session. */
  maxWaiting: number;
  /** Milliseconds that one may wait. */
  waitMs: number;
  log: Log;
}

/** WebAssembly memory only grows; above this it is given back by reopening, when nobody waits. */
const RECYCLE_BYTES = 1024 ** 3;

const CHECK_OUT = `SELECT pg_catalog.set_config('search_path', '${SYSTEM_SEARCH_PATH}', false), current_user = session_user AS own`;

const READ_ONLY = "; SET default_transaction_read_only = on";

/**
 * PostgreSQL and PostGIS within this process: one session, lent to one request at a time.
 *
 * Keys are told apart by `SET ROLE` on that session, together with the guard; the session is the server's own again
 * after each request, which is asserted before the next.
 */
export class PgliteEngine implements Engine {
  readonly id = "pglite";
  readonly sharedSession = true;
  readonly #database: PgliteDatabase;
  readonly #turnstile: Turnstile;
  readonly #log: Log;
  #client: Client | undefined;
  #capabilities: Capabilities | undefined;
  #spatialTypes: ReadonlyMap<number, string> = new Map();

  private constructor(database: PgliteDatabase, turnstile: Turnstile, log: Log) {
    this.#database = database;
    this.#turnstile = turnstile;
    this.#log = log;
  }

  /** Opens the database and finds out what it can do. @throws Error in words when the folder is in use or unusable. */
  static async open({ dataDir, maxWaiting, waitMs, log }: PgliteEngineOptions): Promise<PgliteEngine> {
    const database = await PgliteDatabase.open({
      dataDir,
      onLog: (event, detail) => (event.includes("death") ? log.warn(event, detail) : log.debug(event, detail)),
    });
    const engine = new PgliteEngine(
      database,
      new Turnstile({
        width: 1,
        maxWaiting,
        waitMs,
        full: () => new EngineBusyError("too many requests wait for the database", 2),
        late: () => new EngineBusyError("the database is busy", 2),
      }),
      log,
    );
    try {
      await engine.system((session) => engine.#probe(session));
      return engine;
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  get capabilities(): Capabilities {
    if (!this.#capabilities) throw new Error("the embedded engine is not open");
    return this.#capabilities;
  }

  get spatialTypes(): ReadonlyMap<number, string> {
    return this.#spatialTypes;
  }

  async prepare(): Promise<void> {}

  async ensureRole(session: SystemSession, name: string): Promise<void> {
    const [exists] = await session.query("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1", [name]);
    if (!exists) await session.query(`CREATE ROLE ${quoteIdent(name)} NOLOGIN`);
  }

  async session(role: Role, options: SessionOptions): Promise<Session> {
    return new SpooledSession(() => this.#lease(role, options), options);
  }

  async system<T>(use: (session: SystemSession) => Promise<T>): Promise<T> {
    const client = await this.#checkOut("");
    try {
      // A reset after a request drops what is prepared.
      return await use(systemSession(client, { prepares: false }));
    } finally {
      this.#turnstile.leave();
    }
  }

  transaction<T>(use: (session: SystemSession) => Promise<T>): Promise<T> {
    return this.system((session) => inTransaction(session, use));
  }

  stats(): { open: number; busy: number; waiting: number } {
    return { open: 1, busy: this.#turnstile.taken ? 1 : 0, waiting: this.#turnstile.waiting };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client?.connection.stream.destroy();
    await this.#database.close();
  }

  async #probe(session: SystemSession): Promise<void> {
    for (const [name, value] of Object.entries(SESSION_SETTINGS)) {
      const [row] = await session.query<Record<string, string>>(`SHOW ${name}`);
      const actual = Object.values(row ?? {})[0] ?? "";
      // A reset goes back to what the engine started with, so that it must have started with these.
      if (name !== "TimeZone" && actual.split(",")[0] !== value) {
        throw new Error(`the embedded database starts with ${name} = ${actual}, not ${value}`);
      }
    }
    this.#capabilities = await readCapabilities(session, this.#database.features);
    this.#spatialTypes = await readSpatialTypes(session);
  }

  async #lease(role: Role, { signal, readOnly = false }: SessionOptions): Promise<Lease> {
    // Not within a transaction of the request: its COMMIT would put the server's role back.
    // The time zone is the host's, where the engine started.
    const settings = `; SET ROLE ${quoteIdent(role.name)}; SET search_path TO ${quoteIdents(role.searchPath)}; SET TimeZone TO 'UTC'${readOnly ? READ_ONLY : ""}`;
    const client = await this.#checkOut(settings, signal);
    return {
      client,
      cancel: async () => this.#database.cancel(),
      release: ({ inTransaction }) => this.#release(client, inTransaction),
      // Destroying the stream cancels, rolls back and resets; what can't be cancelled ends the engine.
      abandon: async () => this.#drop(client),
    };
  }

  /** Waits for the session, asserts that it is the server's own, and sets it up: in one round trip. */
  async #checkOut(settings: string, signal?: AbortSource): Promise<Client> {
    await this.#turnstile.enter(signal);
    try {
      this.#client ??= await this.#connect();
      const client = this.#client;
      const answers: QueryResult | QueryResult[] = await client.query(CHECK_OUT + settings);
      const [checked] = [answers].flat();
      if (checked?.rows[0]?.own !== true) throw new Error("the session was left in another role");
      return client;
    } catch (error) {
      this.#client?.connection.stream.destroy();
      this.#client = undefined;
      this.#turnstile.leave();
      throw error;
    }
  }

  async #connect(): Promise<Client> {
    const client = new Client({ user: "postgres", stream: () => this.#database.connectStream() });
    client.on("error", (error) => {
      this.#log.debug("the embedded connection broke", { error });
      if (this.#client === client) this.#client = undefined;
      client.connection.stream.destroy();
    });
    await client.connect();
    return client;
  }

  async #release(client: Client, inTransaction: boolean): Promise<void> {
    try {
      if (inTransaction) await client.query("ROLLBACK");
      await client.query("DISCARD ALL");
      PreparedStatements.of(client.connection).clear();
    } catch {
      this.#drop(client);
      return;
    }
    if (this.#turnstile.waiting === 0 && this.#database.heapBytes() > RECYCLE_BYTES) {
      this.#client = undefined;
      await this.#database.recycle();
    }
    this.#turnstile.leave();
  }

  #drop(client: Client): void {
    if (this.#client === client) this.#client = undefined;
    client.connection.stream.destroy();
    this.#turnstile.leave();
  }
}
