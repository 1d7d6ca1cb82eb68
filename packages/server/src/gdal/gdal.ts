import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import { GdalError } from "./gdal-error.ts";
import { type GdalOptions, GdalProcess, type Outcome } from "./gdal-process.ts";
import { type GdalLayer, readLayers } from "./layer-info.ts";
import type { GdalSource, Translation } from "./messages.ts";
import { type GdalColumn, readDump } from "./pgdump.ts";
import { errorsOf } from "./words.ts";

/** Warnings that are kept of one job. */
const MAX_WARNINGS = 100;
/** Name of the geometry's column among the rows. */
export const GDAL_GEOMETRY = "ogr_geometry";

/** How rows are read. */
export interface RowOptions {
  /** Further options of ogr2ogr: `-t_srs`, `-select`, `-nlt`. */
  args?: readonly string[];
  /** Hears the bytes that were read of the folder's files so far; of the WebAssembly only. */
  onProgress?: (bytes: number) => void;
}

/** Rows of a layer. */
export interface GdalRows {
  /** In the order of the rows: {@link GDAL_GEOMETRY} where there is one, and a feature's id where that has a name. */
  columns: readonly GdalColumn[];
  /**
   * COPY's text format: tabs, `\N`, backslashes, also before a newline that stands as it is; hexadecimal EWKB for the
   * geometry, dates as `2006/06/24`, timestamps with their zone where they have one.
   *
   * To be iterated once; leaving early ends the process. Throws {@link GdalError} where GDAL fails on its way.
   */
  chunks: AsyncIterable<Uint8Array>;
}

/**
 * GDAL in a process of its own, for one job: what it does to memory or never finishes is that process's end alone.
 *
 * One thing at a time. Everything throws {@link GdalError}, and what the signal was aborted for.
 */
export class Gdal implements AsyncDisposable {
  readonly #process: GdalProcess;
  readonly #ogr2ogr: string | undefined;
  readonly #warnings: string[] = [];

  private constructor(process: GdalProcess, ogr2ogr: string | undefined) {
    this.#process = process;
    this.#ogr2ogr = ogr2ogr;
  }

  /** Starts the process. */
  static async open(options: GdalOptions): Promise<Gdal> {
    return new Gdal(await GdalProcess.start(options), options.ogr2ogr);
  }

  /** What GDAL said besides errors that ended something: each once, 100 at most, without paths. */
  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /** Looks at a file's layers, in their order. */
  async layers(source: GdalSource): Promise<GdalLayer[]> {
    refuseOption([source.file]);
    return readLayers(this.#note(await this.#process.ask({ kind: "layers", source })).value);
  }

  /**
   * Reads a layer's rows. Resolves when its columns are known.
   *
   * The geometry is in the layer's own reference system, with its SRID where that is known, unless `args` say otherwise.
   */
  async copyRows(source: GdalSource, layer: string, { args = [], onProgress }: RowOptions = {}): Promise<GdalRows> {
    const marker = `\n${randomUUID()}\n`;
    const translation = { source, layers: [layer], driver: "PGDUMP", target: undefined, args: [...DUMP, ...args] };
    refuseOption([source.file, layer]);
    const done = this.#process.ask({ kind: "translate", translation, marker, ogr2ogr: this.#ogr2ogr }, onProgress);
    done.catch(() => {});
    const { columns, chunks } = await readDump(this.#output(), marker).catch(async (error) => {
      await done;
      this.#process.end(error);
      throw error;
    });
    const rows = chunks[Symbol.asyncIterator]();
    const first = await rows.next();
    // Without a row, errors are all that there is: some readers fail without saying so.
    if (first.done) this.#refuseErrors(await done);
    return { columns, chunks: this.#rows(first, rows, done) };
  }

  /** Makes files of files, in the folder. @returns when they are written */
  async translate(translation: Translation): Promise<void> {
    refuseOption([translation.source.file, translation.target ?? "", ...translation.layers]);
    const ogr2ogr = translation.wasmOnly ? undefined : this.#ogr2ogr;
    this.#note(await this.#process.ask({ kind: "translate", translation, marker: undefined, ogr2ogr }));
  }

  /** Ends the process. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }

  async *#output(): AsyncGenerator<Buffer, void, undefined> {
    const output: Readable = this.#process.output;
    const iterator = output.iterator({ destroyOnReturn: false });
    for await (const chunk of iterator) {
      this.#process.count((chunk as Buffer).length);
      yield chunk as Buffer;
    }
  }

  async *#rows(
    first: IteratorResult<Buffer, void>,
    rest: AsyncIterator<Buffer, void>,
    done: Promise<Outcome>,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    let isWhole = false;
    try {
      for (let next = first; !next.done; next = await rest.next()) yield next.value;
      this.#note(await done);
      isWhole = true;
    } finally {
      if (!isWhole) this.#process.end(new Error("the rows were not wanted any more"));
    }
  }

  #refuseErrors({ said }: Outcome): void {
    const errors = errorsOf(said);
    if (errors !== "" && said.some((line) => line.startsWith("ERROR"))) throw new GdalError("failed", errors);
  }

  #note(outcome: Outcome): Outcome {
    for (const line of outcome.said) {
      const words = line.replace(/^(?:ERROR|Warning) \d+: /, "");
      if (this.#warnings.length < MAX_WARNINGS && !this.#warnings.includes(words)) this.#warnings.push(words);
    }
    return outcome;
  }
}

const DUMP = [
  "-nln",
  "rows",
  "-lco",
  "LAUNDER=NO",
  "-lco",
  `GEOMETRY_NAME=${GDAL_GEOMETRY}`,
  "-lco",
  "SPATIAL_INDEX=NONE",
];

/** Where an option may stand, a name that begins as one would be one. */
function refuseOption(names: readonly string[]): void {
  const name = names.find((text) => text.startsWith("-"));
  if (name !== undefined) throw new GdalError("failed", `A name may not begin with a hyphen: ${name}`);
}
