import { Worker } from "node:worker_threads";
import { EngineBusyError } from "../../db/engine.ts";
import { type MapError, mapError } from "../map-error.ts";
import { type Fields, isFields } from "./fields.ts";

/** Where the built worker is, also when this file runs as TypeScript in a test. */
const WORKER_URL = new URL(import.meta.url.replace("/src/", "/dist/").replace(/[^/]+$/, "lzma-worker.js"));
/** Characters of Base64; nothing that fits into a URL is longer. */
const MAX_LENGTH = 64 * 1024;
/** Streams at once, the one that is unpacked among them. */
const MAX_WAITING = 32;
/** Packers write signed bytes, moved up so that none is negative. */
const SHIFT = 128;

interface Waiting {
  resolve(text: string): void;
  reject(error: Error): void;
}

type Answer = { id: number } & ({ text: string } | { reason: string });

/** A thread that unpacks the parameter `lzma`, started at the first one. */
export class LzmaThread implements AsyncDisposable {
  #worker: Worker | undefined;
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;

  /**
   * Unpacks the parameter `lzma`: parameters as JSON, packed by LZMA, as Base64.
   *
   * @throws MapError 400 on what isn't, {@link EngineBusyError} when too many others wait
   */
  async read(parameter: string): Promise<Fields> {
    if (parameter.length > MAX_LENGTH) throw refusal(`it is longer than ${MAX_LENGTH} characters`);
    // Pluses that weren't escaped have become blanks on their way.
    const packed = Buffer.from(parameter.replaceAll(" ", "+"), "base64");
    const text = await this.#unpack(packed.map((byte) => byte - SHIFT));
    const json = parseJson(text);
    if (!isFields(json)) throw refusal("it must be an object of parameters");
    return json;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker?.terminate();
  }

  #unpack(stream: Uint8Array): Promise<string> {
    if (this.#waiting.size >= MAX_WAITING) throw new EngineBusyError("Too many MapConfigs are unpacked at once");
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage({ id, stream });
    });
  }

  #start(): Worker {
    const worker = new Worker(WORKER_URL);
    worker.unref();
    worker.on("message", (answer: Answer) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if ("text" in answer) waiting?.resolve(answer.text);
      else waiting?.reject(refusal(answer.reason));
    });
    const lost = (error: Error): void => {
      this.#worker = undefined;
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    };
    worker.on("error", lost);
    worker.on("exit", () => lost(new Error("the thread that unpacks ended")));
    return worker;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refusal((error as Error).message);
  }
}

const refusal = (reason: string): MapError => mapError(`Error parsing lzma as JSON: ${reason}`, { status: 400 });
