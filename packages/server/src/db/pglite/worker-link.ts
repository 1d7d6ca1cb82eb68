import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { WORKER } from "./artefacts.ts";
import { Control, createControlBuffer } from "./control.ts";
import type { FromWorker, Ready, ToWorker, WorkerInput } from "./thread-messages.ts";

/** An engine that does not open is given up after so many milliseconds; under heavy load it takes 25,000. */
const OPEN_LIMIT_MS = 120_000;
/** So long may an orderly shutdown take, in milliseconds. */
const CLOSE_LIMIT_MS = 10_000;

/** What a worker tells. */
export interface LinkHandler {
  /** Output of the stream; `link.taken` must be called for it. */
  onOutput(stream: number, bytes: Buffer): void;
  /** So many bytes of input were read. */
  onAck(bytes: number): void;
  /** What the stream left open is ended. */
  onClean(stream: number): void;
  onLog(event: string, detail: Record<string, unknown>): void;
  /** The worker ended, or is being ended, for another reason than a call of {@link WorkerLink}. */
  onDeath(reason: string): void;
}

/**
 * The main thread's end of one worker: its messages, its shared counters, its flags.
 *
 * It holds the process only while something is under way.
 */
export class WorkerLink {
  readonly #worker: Worker;
  readonly #control: Control;
  readonly #handler: LinkHandler;
  readonly #exited: Promise<void>;
  #ready: Ready | undefined;
  #flags: Int32Array | undefined;
  #ended = false;

  private constructor(input: Omit<WorkerInput, "control">, handler: LinkHandler) {
    const control = createControlBuffer();
    this.#control = new Control(control);
    this.#handler = handler;
    this.#worker = new Worker(WORKER, { workerData: { ...input, control } satisfies WorkerInput });
    this.#exited = once(this.#worker, "exit").then(
      () => {},
      () => {},
    );
    this.#worker.on("error", (error) => this.#die(String(error)));
    this.#worker.on("exit", (code) => this.#die(`the worker exited with code ${code}`));
    this.#worker.on("message", (message: FromWorker) => this.#onMessage(message));
  }

  /** Starts a worker; resolves when its database is open. @throws when it can't be opened. */
  static async start(input: Omit<WorkerInput, "control">, handler: LinkHandler): Promise<WorkerLink> {
    let fail: (error: Error) => void = () => {};
    const failed = new Promise<never>((_, reject) => {
      fail = reject;
    });
    let opened = false;
    const link = new WorkerLink(input, {
      ...bound(handler),
      onDeath: (reason) => (opened ? handler.onDeath(reason) : fail(new Error(`the embedded database: ${reason}`))),
    });
    const timer = setTimeout(() => fail(new Error("the embedded database did not open in time")), OPEN_LIMIT_MS);
    try {
      await Promise.race([failed, link.#whenReady()]);
      opened = true;
      return link;
    } catch (error) {
      await link.terminate();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Settings that the database reports at the start of a connection. */
  get parameters(): Ready["parameters"] {
    return this.#ready?.parameters ?? [];
  }

  /** Whether all that was posted is done, and nothing runs. */
  get idle(): boolean {
    return this.#control.idle;
  }

  /** Size of the database's memory in bytes, as of when it was last idle. */
  get heapBytes(): number {
    return this.#control.heapBytes;
  }

  /** Sends a message; `bytes` of it are given away. */
  post(message: ToWorker): void {
    if (this.#ended) return;
    this.#worker.ref();
    const transfer = message.type === "data" ? [message.bytes.buffer as ArrayBuffer] : [];
    this.#worker.postMessage(message, transfer);
    this.#control.posted();
  }

  /** Says that `bytes` of output were read or dropped. */
  taken(bytes: number): void {
    this.#control.taken(bytes);
  }

  /** Cancels the running statement. Does nothing when none runs. Returns whether it could be asked for. */
  cancel(): boolean {
    if (this.idle || this.#ended) return false;
    const flags = this.#flags;
    for (const address of this.#ready?.cancelAddresses ?? []) if (flags) Atomics.store(flags, address >>> 2, 1);
    // A COPY FROM STDIN that waits for its client looks at no flags; it gets a message.
    this.post({ type: "cancel" });
    return flags !== undefined;
  }

  /** Shuts the database down in order; by force when that takes over 10 s. */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.post({ type: "close" });
    this.#ended = true;
    this.#control.openGate();
    const timer = setTimeout(() => void this.#worker.terminate(), CLOSE_LIMIT_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  /** Ends the worker at once, whatever it does; committed work is in the files already. */
  async terminate(): Promise<void> {
    this.#ended = true;
    await this.#worker.terminate();
  }

  #whenReady(): Promise<void> {
    return new Promise((resolve) => {
      const listen = (message: FromWorker): void => {
        if (message.type !== "ready") return;
        this.#worker.off("message", listen);
        resolve();
      };
      this.#worker.on("message", listen);
    });
  }

  #onMessage(message: FromWorker): void {
    if (message.type === "output") {
      const { buffer, byteOffset, byteLength } = message.bytes;
      this.#handler.onOutput(message.stream, Buffer.from(buffer, byteOffset, byteLength));
    } else if (message.type === "ack") this.#handler.onAck(message.bytes);
    else if (message.type === "clean") this.#handler.onClean(message.stream);
    else if (message.type === "log") this.#handler.onLog(message.event, message.detail);
    else if (message.type === "fatal") this.#die(message.message);
    else if (message.type === "idle") {
      if (this.idle) this.#worker.unref();
    } else if (message.type === "ready") {
      this.#ready = message;
      if (message.memory) this.#flags = new Int32Array(message.memory);
    }
  }

  #die(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    void this.#worker.terminate();
    this.#handler.onDeath(reason);
  }
}

function bound(handler: LinkHandler): LinkHandler {
  return {
    onOutput: (stream, bytes) => handler.onOutput(stream, bytes),
    onAck: (bytes) => handler.onAck(bytes),
    onClean: (stream) => handler.onClean(stream),
    onLog: (event, detail) => handler.onLog(event, detail),
    onDeath: (reason) => handler.onDeath(reason),
  };
}
