import { Worker } from "node:worker_threads";
import type { Inspection } from "./inspect.ts";

/** Where the built worker is, also when this file runs as TypeScript in a test. */
const WORKER_URL = new URL(import.meta.url.replace("/src/", "/dist/").replace(/[^/]+$/, "parse-worker.js"));

interface Waiting {
  resolve(inspection: Inspection): void;
  reject(error: Error): void;
}

/** A thread that parses long texts, started at the first one. */
export class ParseThread {
  #worker: Worker | undefined;
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;

  /** Parses `text` off the event loop. */
  inspect(text: string): Promise<Inspection> {
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage({ id, text });
    });
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(WORKER_URL);
    worker.unref();
    worker.on("message", ({ id, inspection }: { id: number; inspection: Inspection }) => {
      this.#waiting.get(id)?.resolve(inspection);
      this.#waiting.delete(id);
    });
    const lost = (error: Error): void => {
      this.#worker = undefined;
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    };
    worker.on("error", lost);
    worker.on("exit", () => lost(new Error("the parser's thread ended")));
    return worker;
  }
}
