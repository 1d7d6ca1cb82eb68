import { type ChildProcess, fork } from "node:child_process";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { AbortSource } from "../db/engine.ts";
import { createDeferred, type Deferred } from "../deferred.ts";
import { prettyBytes } from "../pretty-bytes.ts";
import { GdalError } from "./gdal-error.ts";
import type { Order, Report } from "./messages.ts";
import { memoryOf, sizeOf } from "./watch.ts";
import { errorsOf } from "./words.ts";

/** What a job of GDAL's may use. */
export interface GdalLimits {
  /** Milliseconds from its start to its end. */
  timeoutMs: number;
  /** Bytes of memory. GDAL as WebAssembly begins with 190 MB and can't have more than 2 GB. */
  memoryBytes: number;
  /** Bytes that one order may write. */
  outputBytes: number;
}

/** Where and how a job of GDAL's is done. */
export interface GdalOptions {
  /** Absolute path of a folder that the job has for itself. The WebAssembly sees nothing else. */
  folder: string;
  /** Aborting it kills the process. */
  signal: AbortSource;
  limits: GdalLimits;
  /** An ogr2ogr program to use in the place of the WebAssembly for all but looking at layers. */
  ogr2ogr: string | undefined;
}

type NewOrder<O extends Order = Order> = O extends Order ? Omit<O, "id"> : never;

/** What an order came to. */
export interface Outcome {
  value: string;
  /** What GDAL said meanwhile, line by line. */
  said: readonly string[];
}

const WATCH_MS = 250;
/** GDAL's number of an allocation that failed. */
const OUT_OF_MEMORY = /^ERROR 2:/;
/** Variables that are handed on: how to find programs, and what GDAL and its libraries need to be found. */
const INHERITED = ["PATH", "LD_LIBRARY_PATH", "GDAL_DATA", "PROJ_LIB", "PROJ_DATA", "SystemRoot"];

/** The process that GDAL works in, with whatever it starts. Ends with this one, however that ends. */
export class GdalProcess implements AsyncDisposable {
  readonly #options: GdalOptions;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #timer: NodeJS.Timeout;
  #program: number | undefined;
  #waiting: Deferred<Report & { kind: "done" | "failed" }> | undefined;
  #onProgress: ((bytes: number) => void) | undefined;
  /** Bytes of the folder when the order came. */
  #sizeBefore = 0;
  #written = 0;
  #next = 0;
  #end: Error | undefined;
  #isGone = false;

  private constructor(options: GdalOptions) {
    this.#options = options;
    // Built, also where this runs as TypeScript in a test.
    const module = new URL("./child.js", import.meta.url.replace("/src/", "/dist/"));
    this.#child = fork(module, {
      cwd: options.folder,
      env: Object.fromEntries(INHERITED.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))),
      execArgv: [],
      stdio: ["pipe", "pipe", "ignore", "ipc"],
      // A group of its own, so that it can be killed with the program that it runs.
      detached: process.platform !== "win32",
    });
    this.#exited = new Promise((resolve) => {
      this.#child.once("exit", resolve);
      this.#child.once("error", resolve);
    });
    this.#child.stdin?.on("error", () => {});
    this.#child.on("message", (report: Report) => this.#hear(report));
    this.#child.once("error", (cause) => this.end(new Error("GDAL's process can't be started", { cause })));
    this.#child.once("exit", (code, signal) => {
      // If it was killed by others, the program that it ran may still be there.
      this.end(new GdalError("failed", `GDAL ended without a word (${signal ?? code})`));
      this.#isGone = true;
    });
    const { timeoutMs } = options.limits;
    this.#timer = setTimeout(
      () => this.end(new GdalError("time", `GDAL took longer than ${timeoutMs / 1000} seconds`)),
      timeoutMs,
    );
    options.signal.addEventListener("abort", this.#onAbort);
    void this.#watch();
  }

  /** Starts it. @throws what the signal was aborted for, and Error when it can't be started */
  static async start(options: GdalOptions): Promise<GdalProcess> {
    if (options.signal.aborted) throw options.signal.reason;
    const process = new GdalProcess(options);
    if (process.#child.pid === undefined) await process.#exited;
    if (process.#end) throw process.#end;
    return process;
  }

  /** What it writes to its standard output. */
  get output(): Readable {
    if (!this.#child.stdout) throw new Error("GDAL's process has no output");
    return this.#child.stdout;
  }

  /** Gives it an order, the one before being done. @throws GdalError */
  async ask(order: NewOrder, onProgress?: (bytes: number) => void): Promise<Outcome> {
    if (this.#end) throw this.#end;
    if (this.#waiting) throw new Error("GDAL does one thing at a time");
    const waiting = createDeferred<Report & { kind: "done" | "failed" }>();
    // Whoever waits may come later.
    waiting.promise.catch(() => {});
    this.#waiting = waiting;
    this.#onProgress = onProgress;
    this.#written = 0;
    this.#sizeBefore = await sizeOf(this.#options.folder);
    if (this.#end === undefined) this.#child.send({ id: this.#next++, ...order }, () => {});
    const report = await waiting.promise;
    this.#waiting = undefined;
    await this.#refuseSize();
    if (this.#end) throw this.#end;
    if (report.kind === "done") return report;
    // The WebAssembly can't go on.
    if (report.ranOut) this.end(new GdalError("memory", "GDAL ran out of memory"));
    if (this.#end) throw this.#end;
    if (report.said.some((line) => OUT_OF_MEMORY.test(line))) throw new GdalError("memory", errorsOf(report.said));
    throw new GdalError("failed", errorsOf(report.said) || report.message);
  }

  /** Counts what it wrote to its output. */
  count(bytes: number): void {
    this.#written += bytes;
    if (this.#written > this.#options.limits.outputBytes) this.end(this.#tooMuch());
  }

  /** Kills it, with the program that it runs; what is waited for fails with `reason`. */
  end(reason: Error): void {
    const isFirst = this.#end === undefined;
    this.#end ??= reason;
    clearTimeout(this.#timer);
    this.#options.signal.removeEventListener("abort", this.#onAbort);
    this.#kill();
    if (isFirst) this.#waiting?.reject(reason);
  }

  /** Kills it. Resolves when it is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.end(new Error("GDAL's process was ended"));
    await this.#exited;
    this.#child.stdout?.destroy();
  }

  #kill(): void {
    const { pid } = this.#child;
    // Its id may be another's by now.
    if (pid === undefined || this.#isGone) return;
    try {
      process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
    } catch {} // it is gone
  }

  #hear(report: Report): void {
    if (report.kind === "progress") this.#onProgress?.(report.bytes);
    else if (report.kind === "program") this.#program = report.pid;
    else this.#waiting?.resolve(report);
  }

  async #watch(): Promise<void> {
    const { memoryBytes } = this.#options.limits;
    while (this.#end === undefined) {
      await sleep(WATCH_MS, undefined, { ref: false });
      const pids = [this.#child.pid, this.#program].filter((pid) => pid !== undefined);
      const used = (await Promise.all(pids.map(memoryOf))).reduce((sum, bytes) => sum + bytes, 0);
      if (used > memoryBytes)
        this.end(new GdalError("memory", `GDAL needed more than ${prettyBytes(memoryBytes)} of memory`));
      if (this.#waiting) await this.#refuseSize();
    }
  }

  async #refuseSize(): Promise<void> {
    const { folder, limits } = this.#options;
    const size = await sizeOf(folder).catch(() => 0);
    if (size - this.#sizeBefore > limits.outputBytes) this.end(this.#tooMuch());
  }

  #tooMuch(): GdalError {
    return new GdalError("output", `GDAL wrote more than ${prettyBytes(this.#options.limits.outputBytes)}`);
  }

  readonly #onAbort = (): void => {
    const { reason } = this.#options.signal;
    this.end(reason instanceof Error ? reason : new Error("the job was aborted", { cause: reason }));
  };
}
