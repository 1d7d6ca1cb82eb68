import { setTimeout as sleep } from "node:timers/promises";
import { masterRole } from "../accounts/account.ts";
import type { AccountRegistry } from "../accounts/registry.ts";
import type { GdalConfig, Limits } from "../config.ts";
import type { Engine, SystemSession } from "../db/engine.ts";
import { asPgError } from "../db/pg-error.ts";
import type { JobHold } from "../worker/hold.ts";
import type { JobQueue } from "../worker/queue.ts";
import { ImportError } from "./error.ts";
import { type ImportJob, type ImportWork, MAX_TABLES } from "./import.ts";
import { ImportSession } from "./load/import-session.ts";
import { publishTable } from "./load/publish.ts";
import { columnNames } from "./load/replace.ts";
import { toTableName } from "./names/table-name.ts";
import type { ImportProgressLog } from "./progress.ts";
import type { QueryTable } from "./query-table.ts";
import type { GdalBounds } from "./reader.ts";
import type { SourceFetcher } from "./source.ts";
import { workingName } from "./store.ts";
import { isSkipped, LostError, type MadeTables, type Run, refuseOverQuota, TableMaker } from "./table-maker.ts";

/** Share of a file's size that its table is taken to need at least. */
const LEAST_SHARE = 0.3;
/** Bytes of text that a byte of geodata may become. */
const TEXT_PER_BYTE = 4;
const ALL_SKIPPED = 1022;
const NO_FILE = 1002;
const TOO_LONG = 6667;
/** SQLSTATEs of a lock that was not had in time, and of two that waited for each other. */
const IN_THE_WAY = new Set(["55P03", "40P01"]);
/** SQLSTATEs of a table or a name that went or came between two statements, and how often that may be. */
const CHANGED = new Set(["42P01", "42P07", "42710", "23505"]);
const MAX_CHANGES = 5;
/** Milliseconds that publishing waits for a lock, and until it tries again. */
const LOCK_MS = 2_000;
const PAUSE_MS = 1_000;
/** Milliseconds between two of its statements; less than a worker that says nothing keeps its import. */
const IDLE_MS = 10_000;

/** What an import is done with. */
export interface ImportTaskParts {
  engine: Engine;
  accounts: AccountRegistry;
  queue: JobQueue<ImportWork>;
  fetcher: SourceFetcher;
  queryTable: QueryTable;
  gdal: GdalConfig;
  limits: Pick<Limits, "importTimeoutMs" | "importMaxBytes" | "gdalMemoryBytes">;
}

/** Does an import: fetches, reads, loads, publishes. */
export class ImportTask {
  readonly #parts: ImportTaskParts;

  constructor(parts: ImportTaskParts) {
    this.#parts = parts;
  }

  /**
   * Does the whole import, up to the commit that shows its tables and ends it.
   *
   * @returns the import as it ended
   * @throws ImportError when it can't be done; nothing is to be seen of it then
   */
  async run(progress: ImportProgressLog, { signal }: JobHold): Promise<ImportJob> {
    const { engine, accounts, limits } = this.#parts;
    const { jobId, account: name } = progress.job;
    const account = await accounts.find(name);
    if (!account) throw new ImportError(1012, `The account ${name} is gone.`);
    const options = { role: masterRole(account), jobId, signal, timeoutMs: limits.importTimeoutMs };
    const run = { account, session: new ImportSession(engine, options), progress, signal };
    const made = await this.#makeTables(run);
    if (made.tables.length === 0 && !made.skipped && !made.unchanged) {
      throw new ImportError(NO_FILE, "There was no table in the file.");
    }
    return this.#publish(run, made);
  }

  async #makeTables(run: Run): Promise<MadeTables> {
    const { source } = run.progress.work;
    if (source.kind === "query") return this.#makeQueryTable(run, source);
    await this.#enter(run, "uploading");
    const file = await this.#parts.fetcher.fetch(run.progress, run.signal);
    if (!file) return { tables: [], skipped: false, unchanged: true };
    try {
      await this.#enter(run, "unpacking");
      const { files, skipped, isCut } = await this.#parts.fetcher.unpack(file, run.progress, run.signal);
      if (skipped.count > 0) run.progress.warn({ skipped_files: skipped });
      if (isCut) run.progress.warn({ max_tables_per_import: MAX_TABLES });
      const bytes = files.reduce((sum, { size }) => sum + size, 0);
      await refuseOverQuota(this.#parts.engine, run.account, bytes * LEAST_SHARE);
      run.progress.advance({ bytes: 0, total_bytes: bytes });
      await this.#enter(run, "importing");
      const reading = { gdal: this.#gdalBounds(), folder: this.#parts.fetcher.foldersOf(run.progress) };
      return await new TableMaker(run, this.#parts.engine, reading).makeAll(files);
    } finally {
      await file[Symbol.asyncDispose]();
    }
  }

  #gdalBounds(): GdalBounds {
    const { limits, gdal } = this.#parts;
    const { importTimeoutMs: timeoutMs, gdalMemoryBytes: memoryBytes, importMaxBytes } = limits;
    return { limits: { timeoutMs, memoryBytes, outputBytes: importMaxBytes * TEXT_PER_BYTE }, ogr2ogr: gdal.ogr2ogr };
  }

  async #makeQueryTable(run: Run, { q, name }: { q: string; name: string }): Promise<MadeTables> {
    const { engine } = this.#parts;
    const base = toTableName(name);
    if (await isSkipped(engine, run, base)) return { tables: [], skipped: true };
    await this.#enter(run, "importing");
    const from = workingName(run.progress.job, 1);
    const rows = await this.#parts.queryTable.make(run.session, { q, from });
    run.progress.advance({ rows });
    await refuseOverQuota(engine, run.account, 0);
    return { tables: [{ from, base, rows }], skipped: false };
  }

  async #enter({ progress, signal }: Run, state: "uploading" | "unpacking" | "importing"): Promise<void> {
    if (!(await progress.enter(state))) throw new LostError("the import is another worker's");
    signal.throwIfAborted();
  }

  async #publish({ account, progress, signal }: Run, { tables, skipped }: MadeTables): Promise<ImportJob> {
    const { queue } = this.#parts;
    const { privacy, collision } = progress.work.options;
    const into = progress.work.sync;
    await progress[Symbol.asyncDispose]();
    signal.throwIfAborted();
    return this.#insist(signal, async (session) => {
      const published = [];
      for (const table of tables) {
        published.push(await publishTable(session, table, { account, privacy, collision, into }));
      }
      const failure =
        skipped && tables.length === 0
          ? { code: ALL_SKIPPED, message: "Tables of these names are there already." }
          : null;
      const sync = into && published[0] && { ...into, columns: await columnNames(session, account, published[0].name) };
      const work: ImportWork = sync ? { ...progress.work, sync } : progress.work;
      const state: ImportWork = { ...work, state: "complete", tables: published, failure };
      const job = { ...progress.job, state, live: false };
      if (!(await queue.end(session, job))) throw new LostError("the import is another worker's");
      return job;
    });
  }

  /**
   * Runs a transaction, and runs it again where others hold what it needs. Waiting for their locks in earnest would hold up
   * whoever comes after it, and could not be cancelled.
   */
  async #insist<T>(signal: AbortSignal, use: (session: SystemSession) => Promise<T>): Promise<T> {
    const { engine, limits } = this.#parts;
    const until = Date.now() + limits.importTimeoutMs;
    for (let changes = 0; ; ) {
      try {
        return await engine.transaction(async (session) => {
          // A server that stands still here must not keep what it holds from the one that takes over.
          await session.query(`SET LOCAL lock_timeout = ${LOCK_MS}`);
          await session.query(`SET LOCAL idle_in_transaction_session_timeout = ${IDLE_MS}`);
          return use(session);
        });
      } catch (error) {
        const code = asPgError(error)?.code ?? "";
        if (CHANGED.has(code)) changes++;
        else if (!IN_THE_WAY.has(code)) throw error;
        if (changes > MAX_CHANGES) throw error;
        if (Date.now() > until)
          throw new ImportError(TOO_LONG, "Others kept the table in use for longer than an import may take.");
      }
      await sleep(PAUSE_MS, undefined, { signal });
    }
  }
}
