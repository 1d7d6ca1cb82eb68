import { ImportError } from "./error.ts";
import type { AddressGuard } from "./fetch/address-guard.ts";
import { download } from "./fetch/download.ts";
import type { ImportProgressLog } from "./progress.ts";
import type { SourceFile } from "./reader.ts";
import { gunzipFile, isGzip } from "./unpack.ts";
import type { SpoolDir } from "./upload/spool-dir.ts";

const NO_SOURCE = 1000;
const LOST_UPLOAD = 6671;

/** What fetching needs. */
export interface SourceFetcherParts {
  spool: SpoolDir;
  guard: AddressGuard;
  limits: { importMaxBytes: number };
}

/** A file that goes when it is not needed any more. */
export interface FetchedFile extends SourceFile, AsyncDisposable {}

/** Gets an import's file onto this machine's disk, unpacked. */
export class SourceFetcher {
  readonly #parts: SourceFetcherParts;

  constructor(parts: SourceFetcherParts) {
    this.#parts = parts;
  }

  /** Fetches the file. @throws ImportError when it can't be had */
  async fetch(progress: ImportProgressLog, signal: AbortSignal): Promise<FetchedFile> {
    const { spool, limits } = this.#parts;
    const { job } = progress;
    const packed = await this.#get(progress, signal);
    const isPacked = await isGzip(packed.path);
    const file = isPacked
      ? await gunzipFile(packed, { to: spool.scratchOf(job, "unpacked"), maxBytes: limits.importMaxBytes, signal })
      : packed;
    progress.advance({ bytes: 0, total_bytes: file.size });
    return {
      ...file,
      // The upload itself stays until the import has ended: it may have to begin again.
      async [Symbol.asyncDispose]() {
        await spool.removeScratch(job);
      },
    };
  }

  async #get(progress: ImportProgressLog, signal: AbortSignal): Promise<SourceFile> {
    const { source } = progress.work;
    if (source.kind === "url") return this.#download(source.url, progress, signal);
    if (source.kind !== "upload") throw new ImportError(NO_SOURCE, "There is neither a file nor a URL to import.");
    const { file, name, size } = source;
    if (!(await this.#parts.spool.has(file))) {
      throw new ImportError(LOST_UPLOAD, "The uploaded file is not there any more: upload it again.");
    }
    return { path: this.#parts.spool.pathOf(file), name, size };
  }

  async #download(url: string, progress: ImportProgressLog, signal: AbortSignal): Promise<SourceFile> {
    const { spool, guard, limits } = this.#parts;
    const path = spool.scratchOf(progress.job, "download");
    const { name, size } = await download(url, {
      path,
      guard,
      signal,
      maxBytes: limits.importMaxBytes,
      onProgress: (bytes, total) => progress.advance({ bytes, total_bytes: total ?? null }),
    });
    return { path, name, size };
  }
}
