import { type ChildProcess, fork } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createDeferred, type Deferred } from "../../deferred.ts";
import type { MapnikPlace } from "./mapnik-place.ts";
import type { ChildMessage, RenderJob } from "./render-job.ts";

/** Milliseconds that a child may take to start. */
const START_MS = 20_000;
/** Jobs, and bytes of memory, after which a child makes room for a new one: Mapnik gives little memory back. */
const MOST_JOBS = 5_000;
const MOST_BYTES = 400 * 1024 ** 2;
/** Bytes of memory that one job may take, and milliseconds after which that is looked at again. */
const MOST_JOB_BYTES = 1536 * 1024 ** 2;
const WATCH_MS = 100;
const PAGE_BYTES = 4096;

/** A picture took longer than it may. */
export class RenderTimeoutError extends Error {
  override readonly name = "RenderTimeoutError";
}

/** A picture took more memory than it may. */
export class RenderMemoryError extends Error {
  override readonly name = "RenderMemoryError";
}

/** The process ended while it drew. */
export class RenderCrashError extends Error {
  override readonly name = "RenderCrashError";
}

/** Mapnik is there and can't be used. */
export class MapnikUnusableError extends Error {
  override readonly name = "MapnikUnusableError";
}

/** A process with Mapnik in it, which draws one job at a time. */
export class RenderChildProcess {
  readonly #child: ChildProcess;
  readonly #ready = createDeferred<ReadonlySet<string>>();
  #job: { id: number; done: Deferred<readonly Uint8Array[]> } | undefined;
  #jobs = 0;
  #bytes = 0;
  #ended = false;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on("message", (message: ChildMessage) => this.#hear(message));
    child.once("error", (error) => this.#fail(error));
    child.once("exit", (code, signal) => this.#fail(new RenderCrashError(`the renderer ended (${signal ?? code})`)));
    // What nobody waits for is no unhandled rejection.
    this.#ready.promise.catch(() => {});
  }

  /** Starts one; it has nothing of this process's environment, which holds secrets. */
  static start({ addon, fonts, env }: MapnikPlace): RenderChildProcess {
    const program = fileURLToPath(
      new URL(import.meta.url.replace("/src/", "/dist/").replace(/[^/]+$/, "render-child.js")),
    );
    const child = fork(program, [addon, fonts], {
      env: { ...env, UV_THREADPOOL_SIZE: "1" },
      execArgv: [],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    child.unref();
    child.channel?.unref();
    return new RenderChildProcess(child);
  }

  /** Names of the fonts that it knows, once it has started. @throws MapnikUnusableError */
  faces(): Promise<ReadonlySet<string>> {
    const timer = setTimeout(() => {
      this.#ready.reject(new MapnikUnusableError("it does not start"));
      this.kill();
    }, START_MS);
    return this.#ready.promise.finally(() => clearTimeout(timer));
  }

  /** Whether it should be replaced before its next job. */
  get isSpent(): boolean {
    return this.#ended || this.#jobs >= MOST_JOBS || this.#bytes > MOST_BYTES;
  }

  /**
   * Draws. Kills the process when it takes more than `ms` milliseconds, or too much memory.
   *
   * @throws RenderTimeoutError, RenderMemoryError, RenderCrashError; Error in Mapnik's words.
   */
  async draw(job: RenderJob, ms: number): Promise<readonly Uint8Array[]> {
    if (this.#ended) throw new RenderCrashError("the renderer has ended");
    const done = createDeferred<readonly Uint8Array[]>();
    const id = ++this.#jobs;
    this.#job = { id, done };
    const end = (error: Error): void => {
      done.reject(error);
      this.kill();
    };
    const timer = setTimeout(() => end(new RenderTimeoutError("Render timed out")), ms);
    const watch = setInterval(() => {
      void this.#memory().then((bytes) => {
        if (bytes > MOST_JOB_BYTES) end(new RenderMemoryError("Render ran out of memory"));
      });
    }, WATCH_MS);
    this.#child.send({ id, job }, (error) => error && done.reject(new RenderCrashError(error.message)));
    try {
      return await done.promise;
    } finally {
      clearTimeout(timer);
      clearInterval(watch);
      this.#job = undefined;
    }
  }

  kill(): void {
    this.#ended = true;
    this.#child.kill("SIGKILL");
  }

  /** Bytes of memory that it has; 0 where the system doesn't tell. */
  async #memory(): Promise<number> {
    const pages = await readFile(`/proc/${this.#child.pid}/statm`, "utf8").catch(() => "");
    return Number(pages.split(" ")[1] ?? 0) * PAGE_BYTES;
  }

  #hear(message: ChildMessage): void {
    if (message.kind === "ready") this.#ready.resolve(new Set(message.faces));
    else if (message.kind === "unusable") this.#fail(new MapnikUnusableError(message.message));
    else if (message.id === this.#job?.id) this.#end(message, this.#job.done);
  }

  #end(message: Extract<ChildMessage, { id: number }>, done: Deferred<readonly Uint8Array[]>): void {
    if (message.kind === "failed") done.reject(new Error(message.message));
    else {
      this.#bytes = message.rss;
      done.resolve(message.pieces);
    }
  }

  #fail(error: Error): void {
    this.kill();
    this.#ready.reject(error);
    this.#job?.done.reject(error);
  }
}
