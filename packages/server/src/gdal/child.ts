import { Worker } from "node:worker_threads";
import type { Order, Report } from "./messages.ts";
import { runOgr2ogr } from "./program.ts";
import { WasmGdal, writeOut } from "./wasm.ts";
import { Words } from "./words.ts";

/** Milliseconds between two reports of progress. */
const PROGRESS_MS = 200;
/** Bytes of an answer at most. */
const MAX_ANSWER = 32 * 1024 ** 2;

const report = (message: Report): void => void process.send?.(message);

/** Does what it is asked for, one order after the other, in the working folder. */
class OrderTaker {
  readonly #words = new Words();
  #wasm: Promise<WasmGdal> | undefined;
  #read = 0;
  #told = 0;

  async take(order: Order): Promise<void> {
    const { id } = order;
    try {
      const value = order.kind === "layers" ? (await this.#load()).layers(order.source) : await this.#translate(order);
      if (value.length > MAX_ANSWER) throw new Error("what the file tells of its layers is too much");
      report({ kind: "done", id, value, said: this.#words.take() });
    } catch (error) {
      const { name, message } = error as Error;
      // The WebAssembly can't go on after these, and no order follows.
      const ranOut = name === "RuntimeError" && /memory|OOM|abort/i.test(message);
      report({ kind: "failed", id, ranOut, message, said: this.#words.take() });
    }
  }

  async #translate({ translation, marker, ogr2ogr }: Order & { kind: "translate" }): Promise<string> {
    try {
      if (ogr2ogr === undefined) (await this.#load()).translate(translation);
      else {
        await runOgr2ogr(ogr2ogr, translation, {
          running: (pid) => report({ kind: "program", pid }),
          line: (line) => this.#words.add(line),
        });
      }
      return "";
    } finally {
      if (marker !== undefined) writeOut(Buffer.from(marker));
    }
  }

  #load(): Promise<WasmGdal> {
    this.#wasm ??= WasmGdal.load(process.cwd(), {
      line: (line) => this.#words.add(line),
      read: (bytes) => this.#progress(bytes),
    });
    return this.#wasm;
  }

  #progress(bytes: number): void {
    this.#read += bytes;
    const now = performance.now();
    if (now - this.#told < PROGRESS_MS) return;
    this.#told = now;
    report({ kind: "progress", bytes: this.#read });
  }
}

new Worker(new URL("./parent-watch.js", import.meta.url)).unref();
const taker = new OrderTaker();
process.on("message", (order: Order) => void taker.take(order));
