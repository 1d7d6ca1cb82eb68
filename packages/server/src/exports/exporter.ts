import { rm, stat } from "node:fs/promises";
import type { Config } from "../config.ts";
import { EngineBusyError } from "../db/engine.ts";
import { StatementTimeoutError } from "../db/pg-error.ts";
import type { ResultStream, RowChunk } from "../db/result.ts";
import { tooLarge } from "../formats/files/carrier.ts";
import type { FileFormat, FileJob } from "../formats/format.ts";
import { Gdal } from "../gdal/gdal.ts";
import { GdalError } from "../gdal/gdal-error.ts";
import { HttpError } from "../http/errors.ts";
import { prettyBytes } from "../pretty-bytes.ts";
import { Turnstile } from "../turnstile.ts";
import { ExportSpool } from "./export-spool.ts";
import { ExportedFile } from "./exported-file.ts";

/** Rows to be exported, and what gives the session free that they come from. */
export interface ExportedRows {
  result: ResultStream;
  /** May be called twice. */
  close(): PromiseLike<void>;
}

/** A file that somebody asks for. */
export interface ExportRequest extends Pick<FileJob, "name" | "spatialTypes" | "signal"> {
  format: FileFormat;
  /** Begins the rows, once it is their turn. */
  rows(): Promise<ExportedRows>;
}

/** Seconds after which a request that was one too many may come again. */
const RETRY_AFTER = 10;

/** Makes files of results, on disk: so many at once, in their order, and within bounds. */
export class Exporter implements AsyncDisposable {
  readonly #config: Config;
  readonly #spool: ExportSpool;
  readonly #turnstile: Turnstile;
  #unsent = 0;

  private constructor(config: Config, spool: ExportSpool) {
    this.#config = config;
    this.#spool = spool;
    const { exportWorkers, exportQueue, waitMs } = config.limits;
    this.#turnstile = new Turnstile({
      width: exportWorkers,
      maxWaiting: exportQueue,
      waitMs,
      full: () => new EngineBusyError("too many files are being made: try again later", RETRY_AFTER),
      late: () => new EngineBusyError("no file could be made in time: try again later", RETRY_AFTER),
    });
  }

  /** @throws Error in words when its folder can't be made */
  static async open(config: Config): Promise<Exporter> {
    return new Exporter(config, await ExportSpool.open(config.exports.dir));
  }

  /**
   * Makes a file, which the caller closes.
   *
   * @throws the query's error; {@link HttpError} 400 with GDAL's words, 413 where a bound doesn't do;
   * {@link StatementTimeoutError}; {@link EngineBusyError}; what the signal was aborted for
   */
  async make(request: ExportRequest): Promise<ExportedFile> {
    await this.#turnstile.enter(request.signal);
    try {
      const { exportSpoolBytes } = this.#config.limits;
      if (this.#unsent > exportSpoolBytes) throw new EngineBusyError("too many files wait to be fetched", RETRY_AFTER);
      return await this.#make(request, await this.#spool.make());
    } catch (error) {
      throw error instanceof GdalError ? this.#tell(error) : error;
    } finally {
      this.#turnstile.leave();
    }
  }

  /** Removes all files. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#spool[Symbol.asyncDispose]();
  }

  async #make(request: ExportRequest, folder: string): Promise<ExportedFile> {
    try {
      const rows = await request.rows();
      try {
        const path = await request.format.writeFile(closing(rows), this.#job(request, folder));
        return await this.#keep(path, folder);
      } finally {
        await rows.close();
      }
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async #keep(path: string, folder: string): Promise<ExportedFile> {
    const { size } = await stat(path);
    if (size > this.#config.limits.exportMaxBytes) throw tooLarge(this.#config.limits.exportMaxBytes);
    this.#unsent += size;
    return new ExportedFile({ path, size }, async () => {
      this.#unsent -= size;
      await rm(folder, { recursive: true, force: true });
    });
  }

  #job({ name, spatialTypes, signal }: ExportRequest, folder: string): FileJob {
    const { limits, gdal } = this.#config;
    return {
      folder,
      name,
      spatialTypes,
      signal,
      maxBytes: limits.exportMaxBytes,
      openGdal: () =>
        Gdal.open({
          folder,
          signal,
          ogr2ogr: gdal.ogr2ogr,
          limits: {
            timeoutMs: limits.exportTimeoutMs,
            memoryBytes: limits.gdalMemoryBytes,
            outputBytes: limits.exportMaxBytes,
          },
        }),
    };
  }

  #tell({ kind, message }: GdalError): Error {
    const { exportMaxBytes, gdalMemoryBytes } = this.#config.limits;
    if (kind === "time") return new StatementTimeoutError(message);
    if (kind === "output") return tooLarge(exportMaxBytes);
    if (kind === "memory") {
      return new HttpError(
        413,
        `The file takes more than ${prettyBytes(gdalMemoryBytes)} of memory to be made: ask for fewer rows or columns`,
      );
    }
    return new HttpError(400, `ogr2ogr command return code 1, Error: ${message}`);
  }
}

/** A result that gives its session free when its rows have ended: the file is made without. */
function closing({ result, close }: ExportedRows): ResultStream {
  const chunks = async function* (): AsyncGenerator<RowChunk, void, undefined> {
    try {
      yield* result.chunks;
    } finally {
      await close();
    }
  };
  return { columns: result.columns, chunks: chunks(), summary: () => result.summary() };
}
