import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { assertBuilt } from "./artefacts.ts";
import { Cleaner } from "./cleaner.ts";
import { type LockFile, takeLock } from "./lock-file.ts";
import { runSelfTest, type SelfTestResult } from "./self-test.ts";
import { PgliteConnectionError, PgliteStream, type StreamHost } from "./stream.ts";
import { type LinkHandler, WorkerLink } from "./worker-link.ts";

/** How to open an embedded database. */
export interface PgliteOptions {
  /**
   * Directory of the database, made when it isn't there. `undefined` is a temporary one that goes when the database is
   * closed or the process ends.
   */
  dataDir: string | undefined;
  /** Told of openings, deaths and what fell back. */
  onLog?(event: string, detail: Record<string, unknown>): void;
}

/** What the embedded database can do, by its self-test. */
export type PgliteFeatures = SelfTestResult;

/** After so many deaths within a minute the engine reopens at once; after more it waits, twice as long each time. */
const FREE_DEATHS = 2;
const MINUTE_MS = 60_000;
const MAX_DELAY_MS = 30_000;

/**
 * An embedded PostgreSQL with PostGIS, in a worker thread.
 *
 * It has one session: one stream at a time. When its engine dies or is ended it reopens by itself; committed work is
 * kept, also in a temporary directory.
 */
export class PgliteDatabase implements AsyncDisposable {
  readonly #options: PgliteOptions;
  readonly #dataDir: string;
  readonly #lock: LockFile;
  readonly #removeDataDir: (() => void) | undefined;
  readonly #cleaner: Cleaner;
  #features: PgliteFeatures = { cancel: false, exceptions: false, copyIn: false, degraded: [] };
  #shared = true;
  #link: WorkerLink | undefined;
  #opening: Promise<void> = Promise.resolve();
  #stream: PgliteStream | undefined;
  #streams = 0;
  #deaths: number[] = [];
  #closed = false;
  readonly #closing = new AbortController();

  private constructor(options: PgliteOptions) {
    assertBuilt();
    this.#options = options;
    if (options.dataDir === undefined) {
      const dataDir = mkdtempSync(join(tmpdir(), "carto-ts-"));
      const remove = (): void => rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 });
      process.on("exit", remove);
      this.#dataDir = dataDir;
      this.#removeDataDir = () => {
        process.off("exit", remove);
        remove();
      };
    } else {
      mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
      this.#dataDir = options.dataDir;
    }
    this.#lock = takeLock(this.#dataDir);
    this.#cleaner = new Cleaner((reason) => void this.terminate(reason));
  }

  /**
   * Opens the database; takes 2–8 s.
   *
   * @throws when the package was not built, the directory is in use or holds something else, or the engine does not open.
   */
  static async open(options: PgliteOptions): Promise<PgliteDatabase> {
    const database = new PgliteDatabase(options);
    try {
      await database.#openFirst();
      return database;
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  /** `SHOW server_version`. */
  get serverVersion(): string {
    return this.#link?.parameters.find(([name]) => name === "server_version")?.[1] ?? "";
  }

  /** What works, found out when the database was opened. */
  get features(): PgliteFeatures {
    return this.#features;
  }

  /**
   * A connection, for `new pg.Client({ stream: () => database.connectStream() })`.
   *
   * It waits at its start-up message until the database is open and the stream before is cleaned up; while another one
   * is in use it fails with SQLSTATE 53300. Destroying it cancels its statement, rolls back and resets the session.
   */
  connectStream(): Duplex {
    return new PgliteStream(++this.#streams, this.#host);
  }

  /** Asks the running statement to stop, with SQLSTATE 57014. Does nothing when none runs; repeat it if need be. */
  cancel(): void {
    if (this.#stream) this.#link?.cancel();
  }

  /**
   * Ends the engine at once: the open stream fails with SQLSTATE 57P01, committed work stays. Reopens by itself.
   *
   * @returns when the worker has ended; see {@link ready} for the reopening.
   */
  async terminate(reason: string): Promise<void> {
    await this.#die(reason);
  }

  /** Resolves when the database is open. @throws when it was closed, or its last reopening failed. */
  async ready(): Promise<void> {
    if (this.#closed) throw new PgliteConnectionError("57P03", "the embedded database is closed");
    await this.#opening;
  }

  /** Shuts the engine down in order and reopens it, which frees its memory; an open stream fails with 57P01. */
  async recycle(): Promise<void> {
    const link = this.#link;
    if (link === undefined || this.#closed) return this.ready();
    this.#link = undefined;
    this.#failStream("the embedded database is reopened");
    this.#opening = link.close().then(() => this.#open());
    this.#opening.catch((error: unknown) => this.#onOpenFailed(error));
    await this.#opening;
  }

  /** Size of the engine's memory in bytes, as of when it was last idle. It never shrinks, and may not pass 2 GiB. */
  heapBytes(): number {
    return this.#link?.heapBytes ?? 0;
  }

  /** Shuts down in order, gives the lock back, removes a temporary directory. May be called twice. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#closing.abort();
    await this.#opening.catch(() => {});
    const link = this.#link;
    this.#link = undefined;
    this.#failStream("the embedded database is closed");
    await link?.close();
    this.#lock.release();
    this.#removeDataDir?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #openFirst(): Promise<void> {
    const started = performance.now();
    this.#opening = this.#open();
    try {
      await this.#opening;
      this.#features = await runSelfTest(this);
    } catch (error) {
      this.#log("pglite.shared_memory_failed", { error: String(error) });
    }
    if (!this.#features.cancel) await this.#openPlain();
    this.#log("pglite.open", {
      ms: Math.round(performance.now() - started),
      serverVersion: this.serverVersion,
      ...this.#features,
    });
  }

  /** Without shared memory nothing can be cancelled, but all else is as it was. */
  async #openPlain(): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    await link?.close();
    this.#shared = false;
    this.#opening = this.#open();
    await this.#opening;
    this.#features = await runSelfTest(this);
  }

  async #open(): Promise<void> {
    const input = { dataDir: this.#dataDir, durable: this.#options.dataDir !== undefined, shared: this.#shared };
    this.#link = await WorkerLink.start(input, this.#linkHandler);
  }

  /** Ends the engine, if it isn't gone already; fails its stream and reopens. */
  async #die(reason: string): Promise<void> {
    const link = this.#link;
    if (link === undefined) return;
    this.#link = undefined;
    const ended = link.terminate();
    if (!this.#closed) this.#reopen(ended);
    this.#log("pglite.death", { reason });
    this.#failStream(`terminating connection: ${reason}`);
    await ended;
  }

  /** Opens the database anew once the engine before has `ended`: two at once would destroy it. */
  #reopen(ended: Promise<void>): void {
    const started = performance.now();
    this.#deaths = [...this.#deaths.filter((at) => started - at < MINUTE_MS), started];
    const surplus = this.#deaths.length - FREE_DEATHS;
    const delay = surplus > 0 ? Math.min(MAX_DELAY_MS, 500 * 2 ** surplus) : 0;
    const reopen = async (): Promise<void> => {
      await ended;
      await sleep(delay, undefined, { signal: this.#closing.signal });
      await this.#open();
      this.#log("pglite.reopen", { ms: Math.round(performance.now() - started) });
    };
    this.#opening = reopen();
    this.#opening.catch((error: unknown) => this.#onOpenFailed(error));
  }

  /** Who waits is told at once; the next try begins in its turn. */
  #onOpenFailed(error: unknown): void {
    if (this.#closed) return;
    this.#log("pglite.reopen_failed", { error: String(error) });
    setImmediate(() => !this.#closed && this.#reopen(Promise.resolve()));
  }

  #failStream(message: string): void {
    const stream = this.#stream;
    this.#stream = undefined;
    this.#cleaner.abandon();
    stream?.fail(new PgliteConnectionError("57P01", message));
  }

  #log(event: string, detail: Record<string, unknown>): void {
    this.#options.onLog?.(event, detail);
  }

  readonly #host: StreamHost = {
    attach: async (stream) => {
      let link: WorkerLink | undefined;
      // The engine may die while its session is cleaned up, and while one waits for that.
      for (; link === undefined; link = this.#link) {
        await this.ready();
        await this.#cleaner.done;
      }
      if (this.#stream)
        throw new PgliteConnectionError("53300", "the embedded database has one session, and it is in use");
      if (!stream.destroyed) this.#stream = stream;
      return link.parameters;
    },
    send: (stream, bytes) => {
      if (stream === this.#stream) this.#link?.post({ type: "data", stream: stream.id, bytes });
    },
    taken: (stream, bytes) => {
      if (stream === this.#stream) this.#link?.taken(bytes);
    },
    detach: (stream) => {
      if (stream !== this.#stream) return;
      this.#stream = undefined;
      if (this.#link) this.#cleaner.clean(this.#link, stream.id);
    },
  };

  readonly #linkHandler: LinkHandler = {
    onOutput: (id, bytes) => {
      if (this.#stream?.id === id) this.#stream.receive(bytes);
      else this.#link?.taken(bytes.length);
    },
    onAck: (bytes) => this.#stream?.acknowledge(bytes),
    onClean: () => this.#cleaner.onClean(),
    onLog: (event, detail) => this.#log(event, detail),
    onDeath: (reason) => void this.#die(reason),
  };
}
