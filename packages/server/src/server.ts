import type { Account } from "./accounts/account.ts";
import { provisionAccount, type RegularKeySpec } from "./accounts/provision.ts";
import { AccountRegistry } from "./accounts/registry.ts";
import { createApp } from "./app.ts";
import { Jobs } from "./batch/jobs.ts";
import { JobRunner } from "./batch/runner.ts";
import type { JobState } from "./batch/state.ts";
import {
  type Config,
  type ExportConfig,
  type GdalConfig,
  type ImportConfig,
  type Limits,
  type MapsConfig,
  readExportConfig,
  readGdalConfig,
  readImportConfig,
  readLimits,
  readMapsConfig,
} from "./config.ts";
import { forgetMovedTables } from "./datasets/ghosts.ts";
import type { Engine } from "./db/engine.ts";
import { raiseFences } from "./db/fences.ts";
import { Guard } from "./db/guard/guard.ts";
import { migrate } from "./db/migrate.ts";
import { openEngine } from "./db/open-engine.ts";
import { Exporter } from "./exports/exporter.ts";
import { openImports } from "./imports/open.ts";
import { Log, type LogLevel } from "./log.ts";
import { openMaps } from "./maps/open.ts";
import { listen, type RunningServer } from "./running-server.ts";
import { SyncScheduler } from "./synchronizations/scheduler.ts";
import { Synchronizations } from "./synchronizations/synchronizations.ts";
import { type Work, WorkerLoop } from "./worker/loop.ts";
import { JobQueue } from "./worker/queue.ts";

/** Options of {@link startServer}; what is not given comes from the environment or has a default. */
export interface ServerOptions {
  /** Address to listen on. @defaultValue "127.0.0.1" */
  host?: string;
  /** Port to listen on; 0 takes a free one. @defaultValue 8080 */
  port?: number;
  /** A PostgreSQL to use instead of the embedded one. */
  databaseUrl?: string | undefined;
  /** Folder of the embedded database; without it, and without {@link databaseUrl}, everything is kept in memory. */
  dataDir?: string | undefined;
  /** Name of the account. @defaultValue "dev" */
  account?: string;
  /** Token of the account's master key; the one it has, or a new one, when not given. */
  masterKey?: string | undefined;
  /** Further keys, with their rights on tables. */
  keys?: readonly RegularKeySpec[] | undefined;
  /** Limits other than the environment's and the default ones. */
  limits?: Partial<Limits>;
  /** Where imports may come from, and where they lie meanwhile. */
  imports?: Partial<ImportConfig>;
  /** Where else clients may ask for tiles. */
  maps?: Partial<MapsConfig>;
  /** How GDAL is run. */
  gdal?: Partial<GdalConfig>;
  /** Where files are made that are to be sent. */
  exports?: Partial<ExportConfig>;
  /** What to log. @defaultValue "warn" */
  logLevel?: LogLevel;
  /** Takes the log's lines. @defaultValue standard error */
  log?: (line: string) => void;
  /** @defaultValue process.env */
  env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Opens the database, brings it to this version's state, and listens.
 *
 * Resolves when a query was answered and the port is open.
 *
 * @throws Error in words when the database or the port can't be had.
 */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const config = toConfig(options);
  const log = new Log(options.logLevel ?? "warn", options.log ?? ((line) => void process.stderr.write(line)));
  const engine = await openEngine(config.database, config.limits, log);
  try {
    const { account, degraded } = await prepare(engine, config);
    for (const what of degraded) log.warn("degraded", { what });
    const guard = await Guard.load();
    const accounts = new AccountRegistry(engine);
    const { limits } = config;
    const queue = await JobQueue.open<JobState>(engine, { kind: "batch", serial: true, ttlMs: limits.jobTtlMs });
    const runner = new JobRunner({ engine, guard, accounts, jobs: queue, limits });
    const uploads = await openImports({ engine, guard, accounts, config, log });
    const syncs = new Synchronizations(engine, uploads.queue, limits);
    const scheduler = new SyncScheduler(syncs, engine, uploads.queue);
    const maps = await openMaps({ engine, guard, config });
    const exporter = await Exporter.open(config);
    const opened = [uploads, maps, exporter];
    const width = (workers: number): number => (engine.sharedSession ? 1 : workers);
    const workers = [
      startWorker(runner, queue, { width: width(limits.jobWorkers), log }),
      startWorker(uploads.runner, uploads.queue, { width: width(limits.importWorkers), log }),
      startWorker(scheduler, scheduler, { width: 1, log }),
    ];
    const { imports, spool } = uploads;
    const services = {
      engine,
      guard,
      accounts,
      jobs: new Jobs(queue, limits),
      imports,
      spool,
      exporter,
      syncs,
      limits,
      log,
    };
    const app = createApp({ ...services, maps: maps.services, firstAccount: account.name });
    try {
      return await listen({ app, engine, guard, accounts, workers, opened, account, config, degraded });
    } catch (error) {
      await Promise.all(workers.map((worker) => worker.stop()));
      await Promise.all(opened.map((part) => part[Symbol.asyncDispose]()));
      throw error;
    }
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
}

function startWorker(
  work: Work,
  queue: { onNew(wake: () => void): void },
  options: { width: number; log: Log },
): WorkerLoop {
  const worker = new WorkerLoop(work, options);
  queue.onNew(() => worker.wake());
  worker.start();
  return worker;
}

function toConfig(options: ServerOptions): Config {
  const database = options.databaseUrl
    ? ({ engine: "postgres", url: options.databaseUrl } as const)
    : ({ engine: "pglite", dataDir: options.dataDir } as const);
  return Object.freeze({
    host: options.host ?? "127.0.0.1",
    port: options.port ?? 8080,
    database,
    account: { name: options.account ?? "dev", masterKey: options.masterKey, keys: options.keys },
    imports: readImportConfig(options.imports ?? {}, options.env ?? process.env),
    maps: readMapsConfig(options.maps ?? {}, options.env ?? process.env),
    exports: readExportConfig(options.exports ?? {}, options.env ?? process.env),
    gdal: readGdalConfig(options.gdal ?? {}, options.env ?? process.env),
    limits: readLimits(database.engine, options.limits ?? {}, options.env ?? process.env),
  });
}

async function prepare(engine: Engine, config: Config): Promise<{ account: Account; degraded: readonly string[] }> {
  return engine.transaction(async (session) => {
    await migrate(session, engine.capabilities);
    await engine.prepare(session);
    await forgetMovedTables(session);
    const open = await raiseFences(session, { shared: engine.sharedSession });
    const { account, missing } = await provisionAccount(engine, session, config.account);
    return { account, degraded: [...engine.capabilities.degraded, ...open, ...missing] };
  });
}
