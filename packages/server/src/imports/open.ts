import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { AccountRegistry } from "../accounts/registry.ts";
import type { Config } from "../config.ts";
import type { Engine } from "../db/engine.ts";
import type { Guard } from "../db/guard/guard.ts";
import type { Log } from "../log.ts";
import { JobQueue } from "../worker/queue.ts";
import { AddressGuard } from "./fetch/address-guard.ts";
import type { ImportWork } from "./import.ts";
import { Imports } from "./imports.ts";
import { QueryTable } from "./query-table.ts";
import { ImportRunner } from "./runner.ts";
import { SourceFetcher } from "./source.ts";
import { ImportTask } from "./task.ts";
import { SpoolDir } from "./upload/spool-dir.ts";

/** What imports are done with. */
export interface ImportParts {
  engine: Engine;
  guard: Guard;
  accounts: AccountRegistry;
  config: Config;
  log: Log;
}

/** The imports of a server: for those who ask, for those who send files, and for its worker. */
export interface OpenedImports extends AsyncDisposable {
  imports: Imports;
  spool: SpoolDir;
  runner: ImportRunner;
  queue: JobQueue<ImportWork>;
}

/** Opens the spool and the queue. @throws Error in words when the spool's folder can't be used */
export async function openImports({ engine, guard, accounts, config, log }: ImportParts): Promise<OpenedImports> {
  const { limits } = config;
  const { path, isOurs } = await spoolPath(config);
  const spool = await SpoolDir.open(path);
  const queue = await JobQueue.open<ImportWork>(engine, {
    kind: "import",
    serial: false,
    ttlMs: limits.importTtlMs,
    place: spool.id,
  });
  const addresses = new AddressGuard(config.imports);
  const fetcher = new SourceFetcher({ spool, guard: addresses, limits });
  const task = new ImportTask({
    engine,
    accounts,
    queue,
    fetcher,
    queryTable: new QueryTable(guard),
    gdal: config.gdal,
    limits,
  });
  return {
    imports: new Imports(queue, limits),
    spool,
    queue,
    runner: new ImportRunner({ engine, queue, spool, task, log }),
    async [Symbol.asyncDispose]() {
      if (isOurs) await rm(path, { recursive: true, force: true });
    },
  };
}

/** Uploads are kept for as long as what they are for is: a database in memory has a spool that goes with it. */
async function spoolPath({ database, imports }: Config): Promise<{ path: string; isOurs: boolean }> {
  if (imports.spoolDir !== undefined) return { path: imports.spoolDir, isOurs: false };
  if (database.engine === "postgres") return { path: join(tmpdir(), sharedName(database.url)), isOurs: false };
  if (database.dataDir !== undefined) return { path: join(database.dataDir, "carto-spool"), isOurs: false };
  return { path: await mkdtemp(join(tmpdir(), "carto-ts-spool-")), isOurs: true };
}

/** Servers on one database share a spool, those on different ones don't: each clears away what its own jobs don't know. */
function sharedName(databaseUrl: string): string {
  const digest = createHash("sha256").update(databaseUrl).digest("hex").slice(0, 12);
  return `carto-ts-spool-${userInfo().uid}-${digest}`;
}
