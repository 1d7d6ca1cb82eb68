import type {
  Import,
  ImportedTable,
  ImportState,
  ImportWarnings,
  Synchronization,
  Table,
  Visualization,
} from "@carto-ts/protocol";
import { ConfigError, ImportError } from "../errors.ts";
import type { CreateImportOptions, Imports, ImportWaitOptions } from "../imports/imports.ts";
import type { ImportSource } from "../imports/source.ts";
import type { RequestOptions } from "../options.ts";
import type { Syncs } from "../synchronizations/syncs.ts";

/** How far a new dataset is. */
export interface CreateProgress {
  /** The source is on its way to the server, or the server works on it. */
  readonly phase: "upload" | "import";
  /** Bytes sent, or read by the server. */
  readonly bytes: number;
  /** Bytes in all, where that is known. */
  readonly totalBytes: number | undefined;
  /** Rows sent, or taken by the database; where that is known. */
  readonly rows: number | undefined;
  /** The import's state, once the server works on it. */
  readonly state: ImportState | undefined;
  /** The import's id, once the server has given one: {@link Imports.wait} takes it up again. */
  readonly importId: string | undefined;
}

/** Options of {@link Datasets.create}. */
export interface CreateDatasetOptions
  extends Omit<CreateImportOptions, "onProgress" | "timeout" | "totalTimeout">,
    Pick<ImportWaitOptions, "timeout" | "interval"> {
  /**
   * Seconds between two looks at the file of a URL, whose dataset is then kept as that is: 900 or more; 0 looks only when
   * {@link Syncs.force} asks for it.
   */
  syncInterval?: number | undefined;
  /** Told after every piece that was sent, then after every look at the import. */
  onProgress?: ((progress: CreateProgress) => void) | undefined;
}

/** What a source became. */
export interface CreatedDatasets {
  /** The import as last read. With `createVis`, its `visualization_id` is the map's. */
  readonly import: Import;
  /** What keeps the dataset as the file at its URL is, where `syncInterval` was given. */
  readonly synchronization?: Synchronization;
  /**
   * Every table that was made or replaced, in order; none when the name was taken and was to be skipped. CARTO's own
   * servers tell the last one only.
   */
  readonly datasets: readonly ImportedTable[];
  /** What went not quite as wished, such as rows that were left out; empty when all went well. */
  readonly warnings: ImportWarnings;
}

/** What making a dataset needs besides imports. */
export interface Lookups {
  syncs: Syncs;
  table(id: string, options: RequestOptions): Promise<Table>;
  rename(id: string, name: string, options: RequestOptions): Promise<Visualization>;
}

/** Milliseconds that an abort waits for the server to hear of it. */
const FAREWELL = 5_000;

/** Makes datasets: starts an import, waits for it, and finds what it made. */
export class Creation {
  readonly #imports: Imports;
  readonly #lookups: Lookups;

  constructor(imports: Imports, lookups: Lookups) {
    this.#imports = imports;
    this.#lookups = lookups;
  }

  /** @see Datasets.create */
  async run(source: ImportSource, options: CreateDatasetOptions): Promise<CreatedDatasets> {
    if (options.syncInterval !== undefined) return this.#runSync(source, options.syncInterval, options);
    const { signal, maxRetries, headers, onMeta, onProgress, timeout, interval, ...how } = options;
    const request = { signal, maxRetries, headers, onMeta };
    const newName = checkRename(source, options);
    const report = new Report(onProgress);
    const id = await this.#imports.create(source, {
      ...request,
      ...how,
      name: newName === undefined ? how.name : undefined,
      onProgress: onProgress && ((sent) => report.sent(sent)),
    });
    const ended = await this.#wait(id, { ...request, timeout, interval, onProgress: (state) => report.state(state) });
    const datasets = ended.tables ?? (await this.#lastTable(ended, request));
    const warnings = ended.warnings ?? {};
    const [only, ...others] = datasets;
    if (newName === undefined || !only || others.length > 0 || only.name === newName) {
      return { import: ended, datasets, warnings };
    }
    const { name } = await this.#lookups.rename(only.visualization_id, newName, request);
    return { import: ended, datasets: [{ ...only, name }], warnings };
  }

  /** Makes a synchronization, and waits for the dataset that its first run makes. */
  async #runSync(source: ImportSource, syncInterval: number, options: CreateDatasetOptions): Promise<CreatedDatasets> {
    const { signal, maxRetries, headers, onMeta, onProgress, timeout, interval } = options;
    const { name, privacy, typeGuessing, quotedFieldsGuessing, decimalComma } = options;
    const request = { signal, maxRetries, headers, onMeta };
    const { syncs } = this.#lookups;
    const how = { name, privacy, typeGuessing, quotedFieldsGuessing, decimalComma, interval: syncInterval };
    const made = await syncs.create(syncedUrl(source, options), { ...request, ...how });
    const report = new Report(onProgress);
    const look = { ...request, timeout, interval, onProgress: (state: Import) => report.state(state) };
    try {
      const ended = await this.#wait(made.data_import.item_queue_id, look);
      const datasets = ended.tables ?? (await this.#lastTable(ended, request));
      const synchronization = await syncs.get(made, request);
      return { import: ended, datasets, warnings: ended.warnings ?? {}, synchronization };
    } catch (error) {
      // Whoever is told that there is no dataset expects none later on. After a timeout it goes on.
      if (error instanceof ImportError || signal?.aborted) {
        await syncs.delete(made, { totalTimeout: FAREWELL }).catch(() => {});
      }
      throw error;
    }
  }

  async #wait(id: string, options: ImportWaitOptions): Promise<Import> {
    try {
      return await this.#imports.wait(id, options);
    } catch (error) {
      // Nobody wants the tables any more. The original can't cancel; there it goes on.
      if (options.signal?.aborted) await this.#imports.cancel(id, { totalTimeout: FAREWELL }).catch(() => {});
      throw error;
    }
  }

  // The original says which one was registered last.
  async #lastTable({ table_id: id }: Import, options: RequestOptions): Promise<ImportedTable[]> {
    if (id === null || id === undefined) return [];
    const table = await this.#lookups.table(id, options);
    const { name, rows_counted: rows, table_visualization: dataset } = table;
    return [{ id: table.id, name, visualization_id: dataset.id, rows }];
  }
}

/** Tells how far it is, in one form for both halves. */
class Report {
  readonly #tell: ((progress: CreateProgress) => void) | undefined;
  #bytes = 0;
  #total: number | undefined;
  #rows: number | undefined;

  constructor(tell: ((progress: CreateProgress) => void) | undefined) {
    this.#tell = tell;
  }

  sent({ bytes, total, rows }: { bytes: number; total: number | undefined; rows: number | undefined }): void {
    [this.#bytes, this.#total, this.#rows] = [bytes, total, rows];
    this.#tell?.({ phase: "upload", bytes, totalBytes: total, rows, state: undefined, importId: undefined });
  }

  state({ id, state, progress }: Import): void {
    this.#tell?.({
      phase: "import",
      bytes: progress?.bytes ?? this.#bytes,
      totalBytes: progress?.total_bytes ?? this.#total,
      rows: progress?.rows ?? this.#rows,
      state,
      importId: id,
    });
  }
}

function syncedUrl(source: ImportSource, { collisionStrategy, createVis }: CreateDatasetOptions): string | URL {
  if (typeof source !== "string" && !(source instanceof URL)) {
    throw new ConfigError("Only a file at a URL can be synchronized: leave `syncInterval` out");
  }
  if (collisionStrategy === undefined && createVis === undefined) return source;
  throw new ConfigError("A synchronization takes neither `collisionStrategy` nor `createVis`");
}

// A file at a URL, or in an archive, names its table by itself, and collides, or not, under that name.
function checkRename(source: ImportSource, { name, collisionStrategy }: CreateDatasetOptions): string | undefined {
  if (name === undefined || ARCHIVE.test(name) || !namesItself(source)) return undefined;
  if (collisionStrategy === undefined) return name;
  throw new ConfigError(
    "A file at a URL or in an archive collides under its own name: give either `name` or `collisionStrategy`",
  );
}

const ARCHIVE = /\.(?:zip|tar|tgz|tar\.gz)$/i;

const namesItself = (source: ImportSource): boolean =>
  typeof source === "string" || source instanceof URL || (source instanceof File && ARCHIVE.test(source.name));
