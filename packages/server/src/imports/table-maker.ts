import type { Account } from "../accounts/account.ts";
import type { Engine } from "../db/engine.ts";
import { quoteQualified } from "../db/identifier.ts";
import { ImportError } from "./error.ts";
import { openLayers } from "./formats.ts";
import { MAX_TABLES } from "./import.ts";
import { indexTable, makeTable } from "./load/finish.ts";
import type { ImportSession } from "./load/import-session.ts";
import type { FinishedTable } from "./load/publish.ts";
import { dropStaging, IMPORTER_SCHEMA, stagedRows, stageLayer } from "./load/staging.ts";
import { knowsSrid } from "./load/systems.ts";
import { freeTableName, toTableName } from "./names/table-name.ts";
import type { ImportProgressLog } from "./progress.ts";
import type { Layer, ReadOptions, SourceFile } from "./reader.ts";
import { readQuota, stagingName, tableExists, workingName } from "./store.ts";
import { withRejected } from "./warnings.ts";

const OVER_QUOTA = 8001;
const TOO_MANY_LAYERS = 1019;

/** One import on its way through a worker. */
export interface Run {
  account: Account;
  session: ImportSession;
  progress: ImportProgressLog;
  signal: AbortSignal;
}

/** What files became. */
export interface MadeTables {
  tables: FinishedTable[];
  /** Whether any was left out, as its name is taken. */
  skipped: boolean;
  /** Whether the file is the one that was known, so that there is nothing to be made. */
  unchanged?: boolean;
}

/** A file with its place among all bytes that are read. */
interface PlacedFile {
  file: SourceFile;
  end: number;
  /** Its name, where others are imported with it. */
  told: string | undefined;
}

/** What files are read with, besides what was asked for. */
export type ReadingParts = Pick<ReadOptions, "gdal" | "folder">;

/** Makes the tables of one import's files, where nobody sees them yet. */
export class TableMaker {
  readonly #run: Run;
  readonly #engine: Engine;
  readonly #reading: ReadingParts;
  readonly #made: MadeTables = { tables: [], skipped: false };
  readonly #names = new Set<string>();

  constructor(run: Run, engine: Engine, reading: ReadingParts) {
    this.#run = run;
    this.#engine = engine;
    this.#reading = reading;
  }

  /** Makes a table of each layer, in order. @throws ImportError of the first that fails, with the file's name if it is one of many */
  async makeAll(files: readonly SourceFile[]): Promise<MadeTables> {
    let end = 0;
    for (const file of files) {
      end += file.size;
      const told = files.length > 1 ? file.name : undefined;
      if (!(await this.#makeOf({ file, end, told }))) break;
    }
    return this.#made;
  }

  /** @returns whether there may be more tables */
  async #makeOf(placed: PlacedFile): Promise<boolean> {
    const { progress } = this.#run;
    const { file, told } = placed;
    try {
      for await (const layer of openLayers(file, this.#readOptions(placed))) {
        if (this.#made.tables.length === MAX_TABLES) {
          progress.warn({ max_tables_per_import: MAX_TABLES });
          return false;
        }
        await this.#make(layer, placed);
      }
      return true;
    } catch (error) {
      if (told === undefined || !(error instanceof ImportError)) throw error;
      throw new ImportError(error.code, `In ${told}: ${error.message}`, { cause: error.cause });
    }
  }

  #readOptions({ file, end }: PlacedFile): ReadOptions {
    const { progress, session, signal } = this.#run;
    return {
      ...progress.work.options,
      ...this.#reading,
      srid: progress.work.options.srid,
      signal,
      knowsSrid: (srid) => knowsSrid(session, srid),
      onProgress: (bytes) => progress.advance({ bytes: end - file.size + bytes }),
    };
  }

  async #make(layer: Layer, placed: PlacedFile): Promise<void> {
    if (this.#run.progress.work.sync && this.#made.tables.length > 0) throw severalTables();
    const base = this.#nameOf(layer);
    if (await isSkipped(this.#engine, this.#run, base)) this.#made.skipped = true;
    else this.#made.tables.push(await this.#load(layer, base, placed));
  }

  /** Of two files of one name, the second must not replace what the first made, nor take its name for one that was there. */
  #nameOf({ name }: Layer): string {
    const { sync, options } = this.#run.progress.work;
    const base = toTableName(sync?.name ?? name);
    if (options.collision === undefined) return base;
    const own = freeTableName(base, (candidate) => this.#names.has(candidate));
    this.#names.add(own);
    return own;
  }

  async #load(layer: Layer, base: string, { end, told }: PlacedFile): Promise<FinishedTable> {
    const { session, progress, account } = this.#run;
    const { job } = progress;
    const n = this.#made.tables.length + 1;
    const staging = stagingName(job, n);
    const from = workingName(job, n);
    const table = quoteQualified(IMPORTER_SCHEMA, from);
    const rows = await stageLayer(session, layer, staging);
    const facts = layer.facts();
    progress.advance({ rows: job.state.progress.rows + rows, bytes: end });
    if (!(await progress.flush())) throw new LostError("the import is another worker's");
    const unread = await makeTable(session, { layer, facts, staged: stagedRows(layer, staging), table });
    await dropStaging(session, layer, staging);
    await refuseOverQuota(this.#engine, account, 0);
    await indexTable(session, table);
    progress.change({
      warnings: withRejected(progress.work.warnings, { rejected: facts.rejected, unread, file: told }),
    });
    return { from, base, rows };
  }
}

const severalTables = (): ImportError =>
  new ImportError(
    TOO_MANY_LAYERS,
    "A synchronization keeps one table, and the file has several: give the address of a file with one, or import this one once.",
  );

/** Another worker has the import: what this one did must not be kept. */
export class LostError extends Error {
  override readonly name = "LostError";
}

/** Whether a table is to be left out, as its name is taken. */
export async function isSkipped(engine: Engine, { account, progress }: Run, base: string): Promise<boolean> {
  if (progress.work.options.collision !== "skip") return false;
  return engine.system((session) => tableExists(session, account.schema, base));
}

/** Looks whether an account has room for `bytes` more. @throws ImportError 8001 */
export async function refuseOverQuota(engine: Engine, { schema }: Account, bytes: number): Promise<void> {
  const account = await engine.system((session) => readQuota(session, schema));
  if (account === undefined || account.used + bytes <= account.quota) return;
  const { used, quota } = account;
  throw new ImportError(
    OVER_QUOTA,
    `There is no room for the table: the account's tables take ${used} of the ${quota} bytes that they may. Drop one, or ask for more.`,
  );
}
