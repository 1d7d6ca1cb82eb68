import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type ServerType, serve } from "@hono/node-server";
import type { Hono } from "hono";
import { type Account, masterToken } from "./accounts/account.ts";
import { type AccountSpec, provisionAccount } from "./accounts/provision.ts";
import type { AccountRegistry } from "./accounts/registry.ts";
import type { Config } from "./config.ts";
import type { Engine } from "./db/engine.ts";
import type { Guard } from "./db/guard/guard.ts";
import type { Env } from "./http/env.ts";
import type { WorkerLoop } from "./worker/loop.ts";

/** A server that answers. */
export interface RunningServer extends AsyncDisposable {
  /** Base URL of the first account, such as `http://127.0.0.1:8080/user/dev`. */
  readonly url: string;
  /**
   * URL of the page with the first account's maps, such as `http://127.0.0.1:8080/viewer/dev`; those of its parts are
   * below, such as `/dataset/places`.
   */
  readonly viewerUrl: string;
  /** Token of the first account's master key. */
  readonly masterKey: string;
  readonly engine: "postgres" | "pglite";
  /** What the database at hand can't do, in words. */
  readonly degraded: readonly string[];
  /** The server without its socket: a function from Request to Response. */
  fetch(request: Request): Promise<Response>;
  /** Database connections in use and waiting. */
  stats(): { open: number; busy: number; waiting: number };
  /** Makes a further account, in a schema of its own, or brings it up to date. Writes. */
  createAccount(spec: AccountSpec): Promise<{ url: string; masterKey: string }>;
  /** Stops listening, gives running requests their time, closes the database. May be called twice. */
  close(): Promise<void>;
}

/** What a running server holds. */
export interface RunningParts {
  app: Hono<Env>;
  engine: Engine;
  guard: Guard;
  accounts: AccountRegistry;
  workers: readonly WorkerLoop[];
  /** What goes with the server, once its workers have stopped. */
  opened: readonly AsyncDisposable[];
  account: Account;
  config: Config;
  degraded: readonly string[];
}

const KEEP_ALIVE_MS = 65_000;

/** Listens. @throws Error in words when the address can't be had. */
export async function listen(parts: RunningParts): Promise<RunningServer> {
  const { host, port } = parts.config;
  const socket = serve({ fetch: parts.app.fetch, hostname: host, port });
  try {
    if (!socket.listening) await once(socket, "listening");
  } catch (cause) {
    throw new Error(listenFailure(cause as NodeJS.ErrnoException, { host, port }), { cause });
  }
  // Longer than clients and proxies keep theirs, so that none sends into a connection that is just being closed.
  if ("keepAliveTimeout" in socket) socket.keepAliveTimeout = KEEP_ALIVE_MS;
  // Node's own five minutes would end every longer upload.
  if ("requestTimeout" in socket) socket.requestTimeout = parts.config.limits.copyTimeoutMs;
  return new ListeningServer(socket, parts);
}

function listenFailure(
  { code, message }: NodeJS.ErrnoException,
  { host, port }: { host: string; port: number },
): string {
  if (code === "EADDRINUSE")
    return `Port ${port} of ${host} is in use: stop what listens there, or choose another port`;
  if (code === "EACCES") return `Listening on port ${port} of ${host} is not permitted: choose a port above 1023`;
  return `Can't listen on port ${port} of ${host}: ${message}`;
}

class ListeningServer implements RunningServer {
  readonly #socket: ServerType;
  readonly #parts: RunningParts;
  #closing: Promise<void> | undefined;

  constructor(socket: ServerType, parts: RunningParts) {
    this.#socket = socket;
    this.#parts = parts;
  }

  get url(): string {
    return this.#urlOf(this.#parts.account);
  }

  get viewerUrl(): string {
    return `${this.#origin}/viewer/${this.#parts.account.name}`;
  }

  get masterKey(): string {
    return masterToken(this.#parts.account);
  }

  get engine(): "postgres" | "pglite" {
    return this.#parts.engine.id;
  }

  get degraded(): readonly string[] {
    return this.#parts.degraded;
  }

  async fetch(request: Request): Promise<Response> {
    return this.#parts.app.fetch(request);
  }

  stats(): { open: number; busy: number; waiting: number } {
    return this.#parts.engine.stats();
  }

  async createAccount(spec: AccountSpec): Promise<{ url: string; masterKey: string }> {
    const { engine, accounts } = this.#parts;
    const { account } = await engine.transaction((session) => provisionAccount(engine, session, spec));
    accounts.forget(account.name);
    return { url: this.#urlOf(account), masterKey: masterToken(account) };
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #urlOf({ name }: Account): string {
    return `${this.#origin}/user/${name}`;
  }

  get #origin(): string {
    const { host } = this.#parts.config;
    const { port } = this.#socket.address() as AddressInfo;
    return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  }

  async #shutDown(): Promise<void> {
    const socket = this.#socket;
    const closed = new Promise<void>((resolve) => socket.close(() => resolve()));
    // Connections without a request end now, those with one when it is answered or its time is over.
    if ("closeIdleConnections" in socket) socket.closeIdleConnections();
    const timer = setTimeout(
      () => "closeAllConnections" in socket && socket.closeAllConnections(),
      this.#parts.config.limits.drainMs,
    );
    await Promise.all([closed, ...this.#parts.workers.map((worker) => worker.stop())]);
    clearTimeout(timer);
    await Promise.all(this.#parts.opened.map((part) => part[Symbol.asyncDispose]()));
    await this.#parts.guard[Symbol.asyncDispose]();
    await this.#parts.engine[Symbol.asyncDispose]();
  }
}
