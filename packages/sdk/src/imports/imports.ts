import {
  type CollisionStrategy,
  type CreatedImport,
  FINAL_IMPORT_STATES,
  type Import,
  type ImportList,
  type Privacy,
} from "@carto-ts/protocol";
import type { Client } from "../client.ts";
import { type CopyProgress, count, Upload } from "../copy/upload.ts";
import { DecodeError, TimeoutError } from "../errors.ts";
import { Lifetime } from "../lifetime.ts";
import type { RequestOptions } from "../options.ts";
import { poll } from "../poll.ts";
import { form, type Params, path } from "../request.ts";
import { json, nothing } from "../response.ts";
import { toImportError } from "./import-error.ts";
import { type ImportSource, type OpenFile, openUpload, remoteParams, type UploadSource } from "./source.ts";

const PATH = "api/v1/imports";

/** How a source becomes tables. */
export interface ImportOptions {
  /**
   * Name of the new table; of an upload with or without an extension: `cities` or `cities.csv`. A file at a URL has its
   * own: {@link Datasets.create} renames its table afterwards, {@link Imports.create} refuses the name.
   *
   * @defaultValue a file's own
   */
  name?: string | undefined;
  /** @defaultValue the account's default */
  privacy?: Privacy | undefined;
  /** Where the name is taken: `skip` imports nothing, `overwrite` replaces the table. @defaultValue a number is added */
  collisionStrategy?: CollisionStrategy | undefined;
  /** Whether columns get the types of their values, and coordinates become geometries. @defaultValue true */
  typeGuessing?: boolean | undefined;
  /** Whether that goes for values in quotes as well. @defaultValue true; for rows false, so that strings stay strings */
  quotedFieldsGuessing?: boolean | undefined;
  /** Whether `1,5` is a number; servers of carto-ts only. @defaultValue false */
  decimalComma?: boolean | undefined;
  /**
   * Coordinate system of files that don't say theirs, by its EPSG code: `EPSG:25830`; servers of carto-ts only.
   *
   * @defaultValue degrees in WGS 84
   */
  srs?: string | undefined;
  /** Whether to make a map of the new tables. @defaultValue false */
  createVis?: boolean | undefined;
  /** Columns of rows, in order. @defaultValue the keys of the first row */
  columns?: readonly string[] | undefined;
}

/** Options of {@link Imports.create}. An upload is never repeated, and has no time limit unless one is given. */
export interface CreateImportOptions extends ImportOptions, Omit<RequestOptions, "readOnly"> {
  /** Told after every piece of about 64 KB; in browsers of a Blob only when it begins and when it has ended. */
  onProgress?: ((progress: CopyProgress) => void) | undefined;
}

/** Options of {@link Imports.wait}. */
export interface ImportWaitOptions extends Omit<RequestOptions, "timeout" | "totalTimeout" | "readOnly"> {
  /** Milliseconds to wait at most. The import goes on without us. @defaultValue no limit */
  timeout?: number | undefined;
  /** Milliseconds between reads. @defaultValue from 50 on, growing to 2000 */
  interval?: number | undefined;
  /** Told the import after every read. */
  onProgress?: ((state: Import) => void) | undefined;
}

/**
 * Import API: files, URLs, rows and queries become tables, in the background. It needs the master key.
 *
 * {@link Datasets.create} does all of it in one call; here are the steps.
 *
 * @example
 * ```ts
 * const id = await carto.imports.create(file, { privacy: "public" });
 * const { tables } = await carto.imports.wait(id, { onProgress: ({ state }) => console.log(state) });
 * ```
 */
export class Imports {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /**
   * Starts an import with one request, and resolves with its id: once all of an upload is sent, else at once.
   *
   * Streams are sent as they come, in flat memory; browsers collect them first, up to `maxCollectedUpload`. The source
   * is closed also on failure.
   *
   * @throws {@link ConfigError} when nothing tells a name or what the data is; {@link RateLimitError} when as many
   *   imports run already as the account may have; what the source throws.
   * @see docs/protocol/imports.md
   */
  async create(source: ImportSource, options: CreateImportOptions = {}): Promise<string> {
    const params = toParams(options);
    const remote = remoteParams(source, options.name);
    if (!remote) return this.#upload(source as UploadSource, params, options);
    const spec = { method: "POST", path: PATH, body: form({ ...params, ...remote }), parse: json<CreatedImport> };
    return idOf(await this.#client.request(spec, requestOptions(options)));
  }

  /** Lists the ids of the imports of the last day that have not ended, the latest first. */
  async list(options?: RequestOptions): Promise<string[]> {
    const { imports } = await this.#client.request(
      { method: "GET", path: PATH, parse: json<Partial<ImportList>> },
      options,
    );
    if (!Array.isArray(imports)) throw new DecodeError("The answer is not a list of imports");
    return imports;
  }

  /** Reads an import. CARTO's own servers leave `tables` and `progress` out. @throws {@link NotFoundError} */
  async get(id: string, options?: RequestOptions): Promise<Import> {
    return this.#client.request({ method: "GET", path: path`api/v1/imports/${id}`, parse: json<Import> }, options);
  }

  /**
   * Cancels an import that has not ended. No table of it stays.
   *
   * @throws {@link NotFoundError} also on CARTO's own servers, which can't.
   */
  async cancel(id: string, options?: RequestOptions): Promise<void> {
    return this.#client.request({ method: "DELETE", path: path`api/v1/imports/${id}`, parse: nothing }, options);
  }

  /**
   * Waits until an import has ended; takes up an earlier one by its id.
   *
   * Reads that fail in a way that may pass don't end the wait.
   *
   * @returns The import, complete. Some of its tables or rows may be missing: its `warnings` say so.
   * @throws {@link ImportError} when it failed; {@link TimeoutError}; the signal's reason. None of them cancels it.
   */
  async wait(id: string, options: ImportWaitOptions = {}): Promise<Import> {
    const { timeout, interval, onProgress, ...request } = options;
    const ended = await poll<Import>(
      {
        read: (left) => this.get(id, { ...request, totalTimeout: left }),
        isSettled: ({ state }) => FINAL_IMPORT_STATES.includes(state),
        onValue: onProgress,
        interval,
        timeout,
        timeoutError: (ms) =>
          new TimeoutError(`Import ${id} has not ended within ${ms} ms, and goes on: wait again by its id`, ms),
        signal: options.signal,
      },
      this.#client.settings.runtime,
    );
    if (ended.state === "complete" && ended.success !== false) return ended;
    throw toImportError(ended, (text) => this.#client.credentials.redact(text));
  }

  async #upload(source: UploadSource, params: Params, options: CreateImportOptions): Promise<string> {
    const { name, columns, onProgress } = options;
    let [sent, rows] = [0, 0];
    const file = await this.#open(source, { name, columns, onRow: () => rows++ }, options.signal);
    const report = (bytes: number): void => {
      sent += bytes;
      onProgress?.({ bytes: sent, total: file.size, rows: file.hasRows ? rows : undefined });
    };
    const upload = new Upload(count(file.pieces, report), file.cancel);
    try {
      report(0);
      const data = await upload.body(source, this.#client.settings);
      const part = { field: "file", fileName: file.name, contentType: file.contentType, data };
      const guessing = file.hasRows ? { quoted_fields_guessing: false } : {};
      const body = { kind: "multipart", params: { ...guessing, ...params }, file: part } as const;
      const spec = {
        method: "POST",
        path: PATH,
        body,
        retry: "never",
        timeout: null,
        parse: json<CreatedImport>,
      } as const;
      const id = idOf(await this.#client.request(spec, requestOptions(options)));
      if (file.size !== undefined && sent < file.size) report(file.size - sent);
      return id;
    } catch (error) {
      throw upload.failure ? upload.failure.error : error;
    } finally {
      await upload.stop();
    }
  }

  async #open(
    source: UploadSource,
    opening: { name: string | undefined; columns: readonly string[] | undefined; onRow: () => void },
    signal: AbortSignal | undefined,
  ): Promise<OpenFile> {
    const lifetime = new Lifetime(this.#client.settings.runtime, signal);
    try {
      return await openUpload(source, { ...opening, race: (promise) => lifetime.race(promise) });
    } finally {
      lifetime.release();
    }
  }
}

function toParams(options: ImportOptions): Params {
  const entries = Object.entries({
    privacy: options.privacy,
    collision_strategy: options.collisionStrategy,
    type_guessing: options.typeGuessing,
    quoted_fields_guessing: options.quotedFieldsGuessing,
    decimal_comma: options.decimalComma,
    srs: options.srs,
    create_vis: options.createVis,
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function requestOptions(options: CreateImportOptions): RequestOptions {
  const { signal, timeout, totalTimeout, maxRetries, headers, onMeta } = options;
  return { signal, timeout, totalTimeout, maxRetries, headers, onMeta };
}

function idOf({ item_queue_id: id }: CreatedImport): string {
  if (typeof id !== "string" || id === "") throw new DecodeError("The answer to a new import has no item_queue_id");
  return id;
}
