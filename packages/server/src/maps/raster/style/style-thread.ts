import { AskedThread } from "../../../thread.ts";
import { Turnstile } from "../../../turnstile.ts";
import { mapError } from "../../map-error.ts";
import type { CompiledStyle, FilledStyle } from "./style.ts";
import type { StyleAnswer, StyleQuestion } from "./style-worker.ts";

/** Milliseconds that a style may take; most take a few. */
const MOST_MS = 5_000;
/** Styles that may wait, and for how many milliseconds. */
const MAX_WAITING = 64;
const MAX_WAIT_MS = 30_000;

/** A thread that reads and compiles styles, one after the other; started at the first one. */
export class StyleThread implements AsyncDisposable {
  readonly #mostMs: number;
  readonly #turnstile = new Turnstile({
    width: 1,
    maxWaiting: MAX_WAITING,
    waitMs: MAX_WAIT_MS,
    full: tooMany,
    late: tooMany,
  });
  readonly #thread = new AskedThread<StyleQuestion, StyleAnswer>({
    module: "style-worker",
    beside: import.meta.url,
  });

  /** @param mostMs Milliseconds that a style may take. */
  constructor(mostMs: number = MOST_MS) {
    this.#mostMs = mostMs;
  }

  fill(question: Omit<Extract<StyleQuestion, { kind: "fill" }>, "kind">): Promise<FilledStyle> {
    return this.#ask({ kind: "fill", ...question }) as Promise<FilledStyle>;
  }

  compile(question: Omit<Extract<StyleQuestion, { kind: "compile" }>, "kind">): Promise<CompiledStyle> {
    return this.#ask({ kind: "compile", ...question }) as Promise<CompiledStyle>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread[Symbol.asyncDispose]();
  }

  /** @throws MapError 400 for a style that can't be read or takes too long, 429 where too many wait. */
  async #ask(question: StyleQuestion): Promise<StyleAnswer> {
    await this.#turnstile.enter();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#thread.stop();
    }, this.#mostMs);
    try {
      const answer = await this.#thread.ask(question);
      if (answer.kind === "broken") throw mapError(`The style can't be read: ${answer.message}`, { type: "layer" });
      return answer;
    } catch (error) {
      throw isLate ? tooComplex() : error;
    } finally {
      clearTimeout(timer);
      this.#turnstile.leave();
    }
  }
}

function tooComplex(): Error {
  return mapError("The style takes too long to compile: use fewer filters, or fewer columns in them", {
    type: "layer",
    status: 400,
  });
}

function tooMany(): Error {
  return mapError("You are over platform's limits: too many requests. Please contact us to know more details", {
    type: "limit",
    subtype: "rate-limit",
    status: 429,
  });
}
