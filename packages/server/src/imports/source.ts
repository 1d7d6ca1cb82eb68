import { type Unpacked, unpack } from "./archive/unpack.ts";
import { ImportError } from "./error.ts";
import type { AddressGuard } from "./fetch/address-guard.ts";
import { download } from "./fetch/download.ts";
import { TimeLimit } from "./fetch/time-limit.ts";
import { type FileVersion, MAX_TABLES } from "./import.ts";
import type { ImportProgressLog } from "./progress.ts";
import type { SourceFile } from "./reader.ts";
import type { SpoolDir } from "./upload/spool-dir.ts";

const NO_SOURCE = 1000;
const TOO_LONG = 6667;
const LOST_UPLOAD = 6671;

/** What fetching needs. */
export interface SourceFetcherParts {
  spool: SpoolDir;
  guard: AddressGuard;
  limits: { importMaxBytes: number; importTimeoutMs: number };
}

/** A file that goes, with all that was made of it, when it is not needed any more. */
export interface FetchedFile extends SourceFile, AsyncDisposable {}

/** Gets an import's file onto this machine's disk. */
export class SourceFetcher {
  readonly #parts: SourceFetcherParts;

  constructor(parts: SourceFetcherParts) {
    this.#parts = parts;
  }

  /** Fetches the file; undefined when it is still the version that is known. @throws ImportError when it can't be had */
  async fetch(progress: ImportProgressLog, signal: AbortSignal): Promise<FetchedFile | undefined> {
    const { spool } = this.#parts;
    const { job } = progress;
    const file = await this.#get(progress, signal);
    return (
      file && {
        ...file,
        // The upload itself stays until the import has ended: it may have to begin again.
        async [Symbol.asyncDispose]() {
          await spool.removeScratch(job);
        },
      }
    );
  }

  /** Unpacks the file that was fetched. @throws ImportError as {@link unpack}, and 6667 */
  async unpack(file: SourceFile, progress: ImportProgressLog, signal: AbortSignal): Promise<Unpacked> {
    const { spool, limits } = this.#parts;
    let made = 0;
    progress.advance({ bytes: 0, total_bytes: file.size });
    using time = new TimeLimit(signal, limits.importTimeoutMs);
    try {
      return await unpack(file, {
        place: () => spool.scratchOf(progress.job, ++made),
        maxBytes: limits.importMaxBytes,
        maxFiles: MAX_TABLES,
        signal: time.signal,
        onProgress: (bytes) => progress.advance({ bytes: Math.min(bytes, file.size) }),
      });
    } catch (error) {
      if (time.isOver) throw new ImportError(TOO_LONG, "Unpacking the file took longer than an import may.");
      throw error;
    }
  }

  /** Where layers of an import's files may be read: each time the path of another folder, which is yet to be made. */
  foldersOf({ job }: ImportProgressLog): () => string {
    let made = 0;
    return () => this.#parts.spool.scratchOf(job, `layers-${++made}`);
  }

  async #get(progress: ImportProgressLog, signal: AbortSignal): Promise<SourceFile | undefined> {
    const { source } = progress.work;
    if (source.kind === "url") return this.#download(source, progress, signal);
    if (source.kind !== "upload") throw new ImportError(NO_SOURCE, "There is neither a file nor a URL to import.");
    const { file, name, size } = source;
    if (!(await this.#parts.spool.has(file))) {
      throw new ImportError(LOST_UPLOAD, "The uploaded file is not there any more: upload it again.");
    }
    return { path: this.#parts.spool.pathOf(file), name, size };
  }

  async #download(
    { url, since }: { url: string; since?: FileVersion },
    progress: ImportProgressLog,
    signal: AbortSignal,
  ): Promise<SourceFile | undefined> {
    const { spool, guard, limits } = this.#parts;
    const path = spool.scratchOf(progress.job, "download");
    const { unchanged, name, size, etag, lastModified, checksum } = await download(url, {
      path,
      since,
      guard,
      signal,
      maxBytes: limits.importMaxBytes,
      onProgress: (bytes, total) => progress.advance({ bytes, total_bytes: total ?? null }),
    });
    if (since) progress.change({ version: { etag, lastModified, checksum } });
    return unchanged ? undefined : { path, name, size };
  }
}
