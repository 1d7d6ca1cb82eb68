import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createDeferred } from "../../deferred.ts";
import { ImportError } from "../error.ts";
import type { ReadOptions } from "../reader.ts";
import type { ReadingMessage } from "./messages.ts";
import { residentBytes } from "./resident-bytes.ts";

/** MB of objects that a process may have, and bytes of everything together. */
const HEAP_MB = 768;
const MAX_BYTES = 1536 * 1024 ** 2;
/** Milliseconds between two looks at it. */
const WATCH_MS = 250;
/** Milliseconds that somebody waits for a sign of life. */
const SILENT_MS = 120_000;

const TOO_BIG = 6666;
const TOO_LONG = 6667;
const UNREADABLE = 2001;

/** What a {@link ReadingProcess} is to do. */
export interface ReadingProcessOptions extends Pick<ReadOptions, "signal" | "onProgress"> {
  /** Name of the module that it runs, beside the one that starts it. */
  module: string;
  /** `import.meta.url` of the one that starts it. */
  beside: string;
  /** What the module is told. */
  args: readonly string[];
}

/**
 * A process that reads one file, whose format lets a small file ask for much time or memory: only the process ends then.
 *
 * It knows nothing of the server's environment, and ends with it.
 */
export class ReadingProcess<Found> implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #options: ReadingProcessOptions;
  readonly #found = createDeferred<Found>();
  readonly #ended = createDeferred<void>();
  readonly #watch: NodeJS.Timeout;
  #failure: unknown;
  #waiting = 0;
  #heardAt = performance.now();

  private constructor(child: ChildProcess, options: ReadingProcessOptions) {
    this.#child = child;
    this.#options = options;
    this.#found.promise.catch(() => {});
    // Else Node drops what was written and not read yet when the process ends.
    child.stdout?.on("readable", () => {});
    child.on("message", (message: ReadingMessage) => this.#hear(message));
    child.on("error", (error) => this.#end(error));
    child.on("close", (code, signal) => this.#end(this.#failure ?? failureOf(code, signal)));
    options.signal.addEventListener("abort", this.#onAbort);
    this.#watch = setInterval(() => void this.#look(), WATCH_MS).unref();
    if (options.signal.aborted) this.#onAbort();
  }

  static start<Found>(options: ReadingProcessOptions): ReadingProcess<Found> {
    // Built, also where the one that starts it runs as TypeScript in a test.
    const module = new URL(options.beside.replace("/src/", "/dist/").replace(/[^/]+$/, `${options.module}.js`));
    const args = [`--max-old-space-size=${HEAP_MB}`, fileURLToPath(module), ...options.args];
    const child = spawn(process.execPath, args, { env: {}, stdio: ["ignore", "pipe", "ignore", "ipc"] });
    return new ReadingProcess(child, options);
  }

  /** What it says that it found. @throws ImportError */
  found(): Promise<Found> {
    return this.#await(this.#found.promise);
  }

  /** What it writes; to be iterated once. @throws ImportError */
  async *output(): AsyncGenerator<Buffer, void, undefined> {
    const pieces = this.#child.stdout?.iterator({ destroyOnReturn: false });
    if (!pieces) return;
    for (;;) {
      const { done, value } = await this.#await(pieces.next());
      if (done) break;
      yield value as Buffer;
    }
    await this.#await(this.#ended.promise);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Ends it, whatever it is at. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    this.#child.stdout?.destroy();
    await this.#ended.promise;
  }

  async #await<T>(something: Promise<T>): Promise<T> {
    this.#heardAt = performance.now();
    this.#waiting++;
    try {
      return await something;
    } finally {
      this.#waiting--;
    }
  }

  #hear(message: ReadingMessage): void {
    this.#heardAt = performance.now();
    if (message.kind === "progress") this.#options.onProgress(message.bytes);
    else if (message.kind === "found") this.#found.resolve(message.found as Found);
    else this.#failure ??= new ImportError(message.code, message.message);
  }

  async #look(): Promise<void> {
    if (this.#waiting > 0 && performance.now() - this.#heardAt > SILENT_MS) this.#kill(tooLong());
    else if ((await residentBytes(this.#child.pid)) > MAX_BYTES) this.#kill(tooBig());
  }

  #kill(failure: unknown): void {
    this.#failure ??= failure;
    this.#child.kill("SIGKILL");
  }

  #end(failure: unknown): void {
    clearInterval(this.#watch);
    this.#options.signal.removeEventListener("abort", this.#onAbort);
    this.#failure ??= failure;
    this.#found.reject(this.#failure ?? unreadable());
    this.#ended.resolve();
  }

  readonly #onAbort = (): void => this.#kill(this.#options.signal.reason);
}

/** V8 aborts where its heap is full; systems kill where there is no memory at all. */
function failureOf(code: number | null, signal: NodeJS.Signals | null): ImportError | undefined {
  if (code === 0) return undefined;
  return code === 134 || signal === "SIGABRT" || signal === "SIGKILL" ? tooBig() : unreadable();
}

const tooBig = (): ImportError =>
  new ImportError(
    TOO_BIG,
    `Reading the file takes more than the ${MAX_BYTES / 1024 ** 2} MB of memory that there are for it: split it.`,
  );

const tooLong = (): ImportError =>
  new ImportError(TOO_LONG, "Reading the file led nowhere for minutes: it may be made to do so. Split or simplify it.");

const unreadable = (): ImportError =>
  new ImportError(UNREADABLE, "The file can't be read: what reads it broke down. Save it anew, or in another format.");
