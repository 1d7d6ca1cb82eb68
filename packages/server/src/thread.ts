import { Worker } from "node:worker_threads";
import { createDeferred, type Deferred } from "./deferred.ts";

/** What somebody does with a {@link Thread}. */
export interface ThreadOptions<Heard> {
  /** Name of the module that it runs, beside the one that starts it: `parse-worker`. */
  module: string;
  /** `import.meta.url` of the one that starts it. */
  beside: string;
  onMessage(message: Heard): void;
  /** Called when it has ended by itself. It is started anew by the next message. */
  onLost(error: Error): void;
}

/** A thread that is started by the first message to it, and keeps the process from nothing. */
export class Thread<Sent, Heard> implements AsyncDisposable {
  readonly #options: ThreadOptions<Heard>;
  #worker: Worker | undefined;
  #closed = false;

  constructor(options: ThreadOptions<Heard>) {
    this.#options = options;
  }

  /** Sends a message; what is in `transfer` is given away with it. @throws Error once it was closed. */
  post(message: Sent, transfer: ArrayBuffer[] = []): void {
    if (this.#closed) throw new Error(`the thread of ${this.#options.module} was closed`);
    this.#worker ??= this.#start();
    this.#worker.postMessage(message, transfer);
  }

  /** Ends what it is at; the next message starts it anew. */
  stop(): void {
    void this.#worker?.terminate();
  }

  /** Ends it, whatever it is at. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const { module, beside, onMessage, onLost } = this.#options;
    // Built, also where the one that starts it runs as TypeScript in a test.
    const worker = new Worker(new URL(beside.replace("/src/", "/dist/").replace(/[^/]+$/, `${module}.js`)));
    worker.unref();
    worker.on("message", onMessage);
    const lost = (error: Error): void => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      onLost(error);
    };
    worker.on("error", lost);
    worker.on("exit", () => lost(new Error(`the thread of ${module} ended`)));
    return worker;
  }
}

/** A thread that answers questions, one after the other. */
export class AskedThread<Question extends object, Answer> implements AsyncDisposable {
  readonly #thread: Thread<Question & { id: number }, { id: number; answer: Answer }>;
  readonly #waiting = new Map<number, Deferred<Answer>>();
  #next = 0;

  /** @param of See {@link ThreadOptions}. Its messages are `{ id, … }`, its answers `{ id, answer }`. */
  constructor(of: Pick<ThreadOptions<never>, "module" | "beside">) {
    this.#thread = new Thread({
      ...of,
      onMessage: ({ id, answer }) => {
        this.#waiting.get(id)?.resolve(answer);
        this.#waiting.delete(id);
      },
      onLost: (error) => {
        for (const { reject } of this.#waiting.values()) reject(error);
        this.#waiting.clear();
      },
    });
  }

  /** Questions that wait for their answers, the one at hand among them. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Ends what it is at: all questions that wait are rejected. */
  stop(): void {
    this.#thread.stop();
  }

  async ask(question: Question): Promise<Answer> {
    const id = this.#next++;
    const answer = createDeferred<Answer>();
    this.#waiting.set(id, answer);
    this.#thread.post({ ...question, id });
    return answer.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread[Symbol.asyncDispose]();
  }
}
