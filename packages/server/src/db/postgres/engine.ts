import { createHmac, randomBytes } from "node:crypto";
import type { ClientConfig } from "pg";
import { type ConnectionOptions, parse } from "pg-connection-string";
import type { Capabilities, Engine, Role, Session, SessionOptions, SystemSession } from "../engine.ts";
import { quoteIdent, quoteIdents, quoteLiteral } from "../identifier.ts";
import { readCapabilities, readSpatialTypes } from "../probe.ts";
import { LeasedSession } from "../session.ts";
import { SESSION_SETTINGS, SYSTEM_SEARCH_PATH } from "../settings.ts";
import { inTransaction, type SystemClient, systemSession } from "../system.ts";
import { PostgresLease } from "./lease.ts";
import { ConnectionPools, type PoolLimits } from "./pools.ts";

/** How to reach the database, and how much of it to use. */
export interface PostgresOptions extends PoolLimits {
  /** `postgresql://user:password@host/database`; the user needs CREATEROLE and CREATE on the database. */
  url: string;
}

const SYSTEM_POOL = "";
/** Behind a role's name: the pool of its connections that only read. A reset goes back to what they started with. */
const READERS = "\nreaders";
/**
 * Of readers' connections: their statements stay prepared, and differ in their parameters by a factor of 10,000 in rows.
 *
 * One plan for all would read a table through its index as a whole, and join as if there were a hundred rows; planning
 * takes 0.1 ms. Compiling takes longer than most statements. Starting parallel workers takes 8 ms, which the default cost
 * of 1000 takes for less than one.
 */
const READ_ONLY_SETTINGS = {
  default_transaction_read_only: "on",
  jit: "off",
  plan_cache_mode: "force_custom_plan",
  parallel_setup_cost: "30000",
};

/**
 * A PostgreSQL of one's own.
 *
 * Every API key is a login role with connections of its own, so that user SQL never runs on a connection that could
 * become another role. The roles' passwords derive from a secret that only the server's role can read.
 */
export class PostgresEngine implements Engine {
  readonly id = "postgres";
  readonly sharedSession = false;
  readonly #pools: ConnectionPools;
  readonly #systemPools: ConnectionPools;
  readonly #base: ClientConfig;
  readonly #settings: Record<string, string>;
  readonly capabilities: Capabilities;
  readonly spatialTypes: ReadonlyMap<number, string>;
  /** By pool. Kept, for deriving a password costs more than a small query. */
  readonly #roleConfigs = new Map<string, ClientConfig>();
  #secret: string | undefined;

  private constructor(parts: {
    pools: ConnectionPools;
    systemPools: ConnectionPools;
    base: ClientConfig;
    settings: Record<string, string>;
    capabilities: Capabilities;
    spatialTypes: ReadonlyMap<number, string>;
  }) {
    this.#pools = parts.pools;
    this.#systemPools = parts.systemPools;
    this.#base = parts.base;
    this.#settings = parts.settings;
    this.capabilities = parts.capabilities;
    this.spatialTypes = parts.spatialTypes;
  }

  /**
   * Connects, makes sure of PostGIS, and finds out what the database can do.
   *
   * @throws Error in words when the database can't be reached or PostGIS is missing and can't be created.
   */
  static async open(options: PostgresOptions): Promise<PostgresEngine> {
    const base = connectionConfig(options.url);
    const systemPools = new ConnectionPools({ ...options, max: 4 });
    const client = await systemPools.acquire(SYSTEM_POOL, base);
    const session = systemSession(client, { prepares: true });
    const capabilities = await readCapabilities(session, { cancel: true, exceptions: true, copyIn: true });
    const spatialTypes = await readSpatialTypes(session);
    const settings: Record<string, string> = { ...SESSION_SETTINGS };
    // Ends the statements of a server that was killed; not on every platform.
    const watches = await session.query("SET client_connection_check_interval = '2s'").then(
      () => true,
      () => false,
    );
    if (watches) settings["client_connection_check_interval"] = "2s";
    systemPools.release(SYSTEM_POOL, client);
    return new PostgresEngine({
      pools: new ConnectionPools(options),
      systemPools,
      base,
      settings,
      capabilities,
      spatialTypes,
    });
  }

  /** Reads the secret that role passwords derive from, or makes it; only the server's role can read it. */
  async prepare(session: SystemSession): Promise<void> {
    await session.query("INSERT INTO carto.setting (name, value) VALUES ('role_secret', $1) ON CONFLICT DO NOTHING", [
      randomBytes(32).toString("base64url"),
    ]);
    const [row] = await session.query<{ value: string }>("SELECT value FROM carto.setting WHERE name = 'role_secret'");
    this.#secret = row?.value;
  }

  async ensureRole(session: SystemSession, name: string): Promise<void> {
    const [exists] = await session.query("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1", [name]);
    const verb = exists ? "ALTER" : "CREATE";
    await session.query(`${verb} ROLE ${quoteIdent(name)} LOGIN PASSWORD ${quoteLiteral(this.#rolePassword(name))}`);
    // Without membership the server's role, unless a superuser, can't make objects that the key's role owns.
    const inherit = Number.parseInt(this.capabilities.serverVersion, 10) >= 16 ? " WITH INHERIT TRUE, SET TRUE" : "";
    await session.query(`GRANT ${quoteIdent(name)} TO CURRENT_USER${inherit}`);
  }

  /** Password of a role: an HMAC of its name, so that none is stored. */
  #rolePassword(role: string): string {
    if (this.#secret === undefined) throw new Error("the secret of the roles' passwords is not loaded");
    return createHmac("sha256", this.#secret).update(role).digest("base64url");
  }

  async session(role: Role, options: SessionOptions): Promise<Session> {
    const pool = options.readOnly ? `${role.name}${READERS}` : role.name;
    const client =
      this.#pools.takeIdle(pool) ?? (await this.#pools.acquire(pool, this.#roleConfig(role, pool), options.signal));
    return new LeasedSession(new PostgresLease(pool, client, this.#pools), options);
  }

  async system<T>(use: (session: SystemSession) => Promise<T>): Promise<T> {
    const client: SystemClient = await this.#systemPools.acquire(SYSTEM_POOL, this.#base);
    const lease = new PostgresLease(SYSTEM_POOL, client, this.#systemPools);
    try {
      return await use(systemSession(client, { prepares: true }));
    } finally {
      await lease.release({ touched: false, inTransaction: false });
    }
  }

  transaction<T>(use: (session: SystemSession) => Promise<T>): Promise<T> {
    return this.system((session) => inTransaction(session, use));
  }

  stats(): { open: number; busy: number; waiting: number } {
    return this.#pools.stats();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#pools.close(), this.#systemPools.close()]);
  }

  #roleConfig(role: Role, pool: string): ClientConfig {
    const known = this.#roleConfigs.get(pool);
    if (known) return known;
    const readOnly = pool === role.name ? {} : READ_ONLY_SETTINGS;
    const settings = { ...this.#settings, ...readOnly, search_path: quoteIdents(role.searchPath) };
    const password = this.#rolePassword(role.name);
    const config = { ...this.#base, user: role.name, password, options: startupOptions(settings) };
    this.#roleConfigs.set(pool, config);
    return config;
  }
}

function connectionConfig(url: string): ClientConfig {
  const parsed: ConnectionOptions = parse(url);
  return {
    host: parsed.host ?? "localhost",
    port: Number(parsed.port ?? 5432),
    database: parsed.database ?? undefined,
    user: parsed.user,
    password: parsed.password,
    ssl: parsed.ssl as ClientConfig["ssl"],
    application_name: "carto-ts",
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
    // The server's own statements are done before they would be compiled.
    options: startupOptions({ ...SESSION_SETTINGS, search_path: SYSTEM_SEARCH_PATH, jit: "off" }),
  };
}

/** Settings as the start-up message's `options`: blanks and backslashes are escaped. */
function startupOptions(settings: Record<string, string>): string {
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value.replace(/[\\\s]/g, "\\$&")}`)
    .join(" ");
}
