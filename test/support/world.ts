import { randomUUID } from "node:crypto";
import { Carto, type CartoOptions } from "@carto-ts/sdk/node";
import { type RunningServer, type ServerOptions, startServer } from "@carto-ts/server";
import { Client } from "pg";
import { inject } from "vitest";

/** The engines that tests run on. */
export type EngineId = RunningServer["engine"];

/** URL of the PostgreSQL under test; undefined when there is none. */
export const databaseUrl: string | undefined = inject("databaseUrl");

/** All engines at hand: `describe.each(engines)`. */
export const engines: readonly EngineId[] = databaseUrl === undefined ? ["pglite"] : ["pglite", "postgres"];

/** An account of its own on a running server. */
export interface World extends AsyncDisposable {
  server: RunningServer;
  account: string;
  /** Base URL of the account. */
  url: string;
  masterKey: string;
  /** A client with the master key. */
  carto: Carto;
  /** A client with another key, or none, or other options. */
  client(options: CartoOptions): Carto;
}

// A worker process has one server of each engine: opening the embedded one takes seconds and most of a gigabyte.
const servers = new Map<EngineId, Promise<RunningServer>>();

/** The server of `engine` that this worker's tests share. */
export function sharedServer(engine: EngineId): Promise<RunningServer> {
  const server = servers.get(engine) ?? startTestServer(engine);
  servers.set(engine, server);
  return server;
}

/** Starts a server of its own for a test that needs other options, or that ends it. */
export async function startTestServer(engine: EngineId, options: ServerOptions = {}): Promise<RunningServer> {
  const database = engine === "postgres" ? { databaseUrl: await createDatabase() } : {};
  return startServer({ port: 0, account: "first", logLevel: "silent", ...database, ...options });
}

/** A fresh account on the shared server, with the keys and tables that the test makes. */
export async function startWorld(engine: EngineId, keys: ServerOptions["keys"] = []): Promise<World> {
  return addAccount(await sharedServer(engine), keys);
}

/** A fresh account on a server. */
export async function addAccount(server: RunningServer, keys: ServerOptions["keys"] = []): Promise<World> {
  const account = `t${randomUUID().slice(0, 12)}`;
  const { url, masterKey } = await server.createAccount({ name: account, keys });
  const client = (options: CartoOptions): Carto => new Carto({ baseUrl: url, ...options });
  return {
    server,
    account,
    url,
    masterKey,
    carto: client({ apiKey: masterKey }),
    client,
    async [Symbol.asyncDispose]() {},
  };
}

/** The first account of a server. */
export function worldOf(server: RunningServer): World {
  const { url, masterKey } = server;
  const client = (options: CartoOptions): Carto => new Carto({ baseUrl: url, ...options });
  return {
    server,
    account: new URL(url).pathname.split("/").at(-1) ?? "",
    url,
    masterKey,
    carto: client({ apiKey: masterKey }),
    client,
    async [Symbol.asyncDispose]() {},
  };
}

/** Makes an empty database; the cluster goes with the run. */
export async function createDatabase(): Promise<string> {
  if (databaseUrl === undefined) throw new Error("there is no PostgreSQL under test");
  const name = `carto_test_${randomUUID().replaceAll("-", "")}`;
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return url.href;
}
