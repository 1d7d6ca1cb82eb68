import type { Import, ImportedTable, ImportState, ImportWarnings, Table, Visualization } from "@carto-ts/protocol";
import { ConfigError } from "../errors.ts";
import type { CreateImportOptions, Imports, ImportWaitOptions } from "../imports/imports.ts";
import type { ImportSource } from "../imports/source.ts";
import type { RequestOptions } from "../options.ts";

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
  /** Told after every piece that was sent, then after every look at the import. */
  onProgress?: ((progress: CreateProgress) => void) | undefined;
}

/** What a source became. */
export interface CreatedDatasets {
  /** The import as last read. With `createVis`, its `visualization_id` is the map's. */
  readonly import: Import;
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
