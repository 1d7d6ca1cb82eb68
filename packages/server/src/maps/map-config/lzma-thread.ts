import { EngineBusyError } from "../../db/engine.ts";
import { AskedThread } from "../../thread.ts";
import { type MapError, mapError } from "../map-error.ts";
import { type Fields, isFields } from "./fields.ts";

/** Characters of Base64; nothing that fits into a URL is longer. */
const MAX_LENGTH = 64 * 1024;
/** Streams at once, the one that is unpacked among them. */
const MAX_WAITING = 32;
/** Packers write signed bytes, moved up so that none is negative. */
const SHIFT = 128;

type Answer = { text: string } | { reason: string };

/** A thread that unpacks the parameter `lzma`, started at the first one. */
export class LzmaThread implements AsyncDisposable {
  readonly #thread = new AskedThread<{ stream: Uint8Array }, Answer>({
    module: "lzma-worker",
    beside: import.meta.url,
  });

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
    await this.#thread[Symbol.asyncDispose]();
  }

  async #unpack(stream: Uint8Array): Promise<string> {
    if (this.#thread.waiting >= MAX_WAITING) throw new EngineBusyError("Too many MapConfigs are unpacked at once");
    const answer = await this.#thread.ask({ stream });
    if ("reason" in answer) throw refusal(answer.reason);
    return answer.text;
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
