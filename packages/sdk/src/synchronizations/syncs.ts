import type {
  CreatedSynchronization,
  Privacy,
  SyncChanges,
  Synchronization,
  SynchronizationList,
  SyncNow,
  SyncParams,
} from "@carto-ts/protocol";
import type { Client } from "../client.ts";
import { ConfigError, DecodeError, TimeoutError } from "../errors.ts";
import { checkUrl } from "../imports/source.ts";
import type { RequestOptions } from "../options.ts";
import { poll } from "../poll.ts";
import { jsonBody, path } from "../request.ts";
import { json, nothing } from "../response.ts";
import { toSyncError } from "./sync-error.ts";

const PATH = "api/v1/synchronizations";

/** How the file at a URL is read, each time. */
export interface SyncOptions {
  /**
   * Seconds between two looks: 900 or more, unless the server's owner has set it otherwise; 0 looks only when asked,
   * which CARTO's own servers refuse.
   *
   * @defaultValue 3600
   */
  interval?: number | undefined;
  /** Whether columns get the types of their values, and coordinates become geometries. @defaultValue true */
  typeGuessing?: boolean | undefined;
  /** Whether that goes for values in quotes as well. @defaultValue true */
  quotedFieldsGuessing?: boolean | undefined;
  /** Whether `1,5` is a number; servers of carto-ts only. @defaultValue false */
  decimalComma?: boolean | undefined;
}

/** Options of {@link Syncs.create}. */
export interface CreateSyncOptions extends SyncOptions, Omit<RequestOptions, "readOnly"> {
  /** Name of the table; where it is taken a number is added. @defaultValue the file's */
  name?: string | undefined;
  /** Who may read it; servers of carto-ts only. @defaultValue the account's default */
  privacy?: Privacy | undefined;
}

/** What {@link Syncs.update} changes; what isn't named stays. */
export interface SyncUpdate extends SyncOptions {
  /** Another address has the file loaded anew. */
  url?: string | URL | undefined;
}

/** A synchronization: its id, or itself. */
export type SyncRef = string | Pick<Synchronization, "id">;

/** Options of {@link Syncs.wait}. */
export interface SyncWaitOptions extends Omit<RequestOptions, "timeout" | "totalTimeout" | "readOnly"> {
  /** Milliseconds to wait at most. The run goes on without us. @defaultValue no limit */
  timeout?: number | undefined;
  /** Milliseconds between reads. @defaultValue from 50 on, growing to 2000 */
  interval?: number | undefined;
  /** Told the synchronization after every read. */
  onProgress?: ((sync: Synchronization) => void) | undefined;
}

/**
 * Synchronizations: datasets that a server keeps as the file at a URL is. It needs the master key.
 *
 * {@link Datasets.create} with `syncInterval` makes one, and waits for its dataset.
 *
 * @example
 * ```ts
 * const sync = await carto.syncs.create("https://example.org/cities.csv", { interval: 3600 });
 * const { name } = await carto.syncs.wait(sync);
 * for await (const { name, error_message: why } of carto.syncs.list()) if (why) console.log(name, why);
 * ```
 */
export class Syncs {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /**
   * Makes a synchronization and has it run; resolves before there is a dataset.
   *
   * @throws {@link ConfigError} for what is no address; {@link ValidationError} for an interval that is too short;
   *   {@link RateLimitError} when as many imports run already as the account may have.
   * @see docs/protocol/synchronizations.md
   */
  async create(url: string | URL, options: CreateSyncOptions = {}): Promise<CreatedSynchronization> {
    const { name, privacy, ...rest } = options;
    const body: Partial<SyncParams> = {
      ...toParams(rest),
      url: checkUrl(url),
      ...(name !== undefined && { table_name: name }),
      ...(privacy !== undefined && { privacy }),
    };
    const made = await this.#client.request(
      { method: "POST", path: PATH, body: jsonBody({ ...body }), parse: json<CreatedSynchronization> },
      requestOptions(options),
    );
    if (typeof made.id !== "string") throw new DecodeError("The answer to a new synchronization has no id");
    return made;
  }

  /** Lists all synchronizations, the oldest first. */
  async *list(options?: RequestOptions): AsyncGenerator<Synchronization, void, undefined> {
    const { synchronizations } = await this.#client.request(
      { method: "GET", path: PATH, parse: json<Partial<SynchronizationList>> },
      options,
    );
    if (!Array.isArray(synchronizations)) throw new DecodeError("The answer is not a list of synchronizations");
    yield* synchronizations;
  }

  /** Reads a synchronization. @throws {@link NotFoundError} also once its dataset is deleted */
  async get(sync: SyncRef, options?: RequestOptions): Promise<Synchronization> {
    return this.#client.request({ method: "GET", path: pathOf(sync), parse: json<Synchronization> }, options);
  }

  /**
   * Has a synchronization run now, if that may be.
   *
   * @returns false when a run is on its way, the last one was less than 15 minutes ago, or three others go on.
   */
  async force(sync: SyncRef, options?: RequestOptions): Promise<boolean> {
    const { enqueued } = await this.#client.request(
      { method: "PUT", path: path`api/v1/synchronizations/${idOf(sync)}/sync_now`, parse: json<SyncNow> },
      options,
    );
    return enqueued === true;
  }

  /** Changes a synchronization. A new interval counts from now on. @returns It as it is now. */
  async update(sync: SyncRef, changes: SyncUpdate, options?: RequestOptions): Promise<Synchronization> {
    const { url, ...how } = changes;
    const body: SyncChanges = { ...toParams(how), ...(url !== undefined && { url: checkUrl(url) }) };
    // Servers take a body of nothing for a wish to run it.
    if (Object.keys(body).length === 0) return this.get(sync, options);
    return this.#client.request(
      { method: "PUT", path: pathOf(sync), body: jsonBody({ ...body }), parse: json<Synchronization> },
      options,
    );
  }

  /** Ends a synchronization; its dataset stays as it is. */
  async delete(sync: SyncRef, options?: RequestOptions): Promise<void> {
    return this.#client.request({ method: "DELETE", path: pathOf(sync), parse: nothing }, options);
  }

  /**
   * Waits until no run of a synchronization is on its way.
   *
   * Reads that fail in a way that may pass don't end the wait.
   *
   * @throws {@link ImportError} when the last run failed; {@link TimeoutError}; the signal's reason. None of them ends
   *   the synchronization, which will try again.
   */
  async wait(sync: SyncRef, options: SyncWaitOptions = {}): Promise<Synchronization> {
    const { timeout, interval, onProgress, ...request } = options;
    const id = idOf(sync);
    const ended = await poll<Synchronization>(
      {
        read: (left) => this.get(id, { ...request, totalTimeout: left }),
        isSettled: ({ state }) => state === "success" || state === "failure",
        onValue: onProgress,
        interval,
        timeout,
        timeoutError: (ms) => new TimeoutError(`Synchronization ${id} has not run within ${ms} ms, and goes on`, ms),
        signal: options.signal,
      },
      this.#client.settings.runtime,
    );
    // CARTO's own servers call the first failures in a row a success.
    if (ended.state === "success" && ended.error_code === null) return ended;
    throw toSyncError(ended, (text) => this.#client.credentials.redact(text));
  }
}

const idOf = (sync: SyncRef): string => (typeof sync === "string" ? sync : sync.id);

const pathOf = (sync: SyncRef): string => path`api/v1/synchronizations/${idOf(sync)}`;

function toParams({ interval, typeGuessing, quotedFieldsGuessing, decimalComma }: SyncOptions): SyncChanges {
  if (interval !== undefined && !(Number.isSafeInteger(interval) && interval >= 0)) {
    throw new ConfigError(`interval must be a whole number of seconds, 0 or more, not ${interval}`);
  }
  return {
    ...(interval !== undefined && { interval }),
    ...(typeGuessing !== undefined && { type_guessing: typeGuessing }),
    ...(quotedFieldsGuessing !== undefined && { quoted_fields_guessing: quotedFieldsGuessing }),
    ...(decimalComma !== undefined && { decimal_comma: decimalComma }),
  };
}

function requestOptions(options: CreateSyncOptions): RequestOptions {
  const { signal, timeout, totalTimeout, maxRetries, headers, onMeta } = options;
  return { signal, timeout, totalTimeout, maxRetries, headers, onMeta };
}
