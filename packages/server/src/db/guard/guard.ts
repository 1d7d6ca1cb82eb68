import { loadModule } from "libpg-query";
import { AskedThread } from "../../thread.ts";
import { type Inspection, inspect } from "./inspect.ts";

/** Texts longer than this are parsed in a thread of their own: 3 MB take over a second. */
const INLINE_LENGTH = 64 * 1024;
const CACHED_LENGTH = 4 * 1024;
const CACHE_SIZE = 2_000;

/** Reads SQL with PostgreSQL's own parser before the database sees it. */
export class Guard implements AsyncDisposable {
  readonly #cache = new Map<string, Inspection>();
  readonly #thread = new AskedThread<{ text: string }, Inspection>({
    module: "parse-worker",
    beside: import.meta.url,
  });

  private constructor() {}

  /** Loads the parser. */
  static async load(): Promise<Guard> {
    await loadModule();
    return new Guard();
  }

  /** What is to know of `text`; a promise where it is long. Texts that clients send again and again are remembered. */
  inspect(text: string): Promise<Inspection> | Inspection {
    if (text.length > INLINE_LENGTH) return this.#thread.ask({ text });
    const known = this.#cache.get(text);
    if (known) return known;
    const inspection = inspect(text);
    if (text.length <= CACHED_LENGTH) this.#remember(text, inspection);
    return inspection;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread[Symbol.asyncDispose]();
  }

  #remember(text: string, inspection: Inspection): void {
    if (this.#cache.size >= CACHE_SIZE) {
      const oldest = this.#cache.keys().next().value;
      if (oldest !== undefined) this.#cache.delete(oldest);
    }
    this.#cache.set(text, inspection);
  }
}
