import { mkdir } from "node:fs/promises";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { defaultDataDir } from "./data-dir.ts";
import { checkExposure } from "./exposure.ts";
import type { KeySpec } from "./key-spec.ts";

/** Options of `carto-ts serve`. */
export interface ServeFlags {
  port: number;
  host: string;
  data?: string;
  memory?: boolean;
  databaseUrl?: string;
  account: string;
  masterKey?: string;
  key?: KeySpec[];
  allowRemote?: boolean;
}

/** What the server is started with. */
export interface ServeOptions {
  host: string;
  port: number;
  account: string;
  keys: readonly KeySpec[];
  masterKey?: string;
  databaseUrl?: string;
  /** With neither this nor a database everything is kept in memory. */
  dataDir?: string;
}

/**
 * Settles how the server is started, and makes the data directory.
 *
 * @throws {@link CommandError} when it would be open to others with a key that is easy to guess.
 */
export async function readServeOptions(context: Context, flags: ServeFlags): Promise<ServeOptions> {
  const { env } = context.io;
  const { host, port, account, key: keys = [] } = flags;
  // It may stand in a host name.
  if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(account)) {
    throw new CommandError(`"${account}" can't be an account's name`, "use small letters, digits and -");
  }
  if (flags.masterKey !== undefined) {
    context.warn("--master-key shows the key to everyone who can list processes: use CARTO_MASTER_KEY");
  }
  const masterKey = flags.masterKey ?? (env.CARTO_MASTER_KEY || undefined);
  checkExposure(host, masterKey, flags.allowRemote ?? false);
  const common = { host, port, account, keys, ...(masterKey !== undefined && { masterKey }) };
  const databaseUrl = flags.databaseUrl ?? (flags.data === undefined && !flags.memory ? env.DATABASE_URL : undefined);
  if (databaseUrl) return { ...common, databaseUrl };
  if (flags.memory) return common;
  const dataDir = flags.data ?? defaultDataDir(env, account);
  context.doing = "make the data directory";
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  return { ...common, dataDir };
}

/** Where the data is, in words. Holds no password. */
export function describeData(options: ServeOptions): string {
  if (options.databaseUrl !== undefined) return "on PostgreSQL";
  return options.dataDir === undefined ? "an embedded PostGIS in memory" : `an embedded PostGIS in ${options.dataDir}`;
}
