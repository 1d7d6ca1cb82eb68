import type { Lifetime } from "./lifetime.ts";
import type { ResponseMeta } from "./meta.ts";

/** What parsing an answer may need besides the answer. */
export interface ResponseContext {
  /** The request as it may be shown: method, and URL without secrets. */
  readonly label: string;
  readonly meta: ResponseMeta;
  /** Must be released by whoever reads the body to its end. */
  readonly lifetime: Lifetime;
  /** Starts the clock for the next piece of a streamed body. */
  awaitPiece(): void;
  redact(text: string): string;
}

/** Makes a value of a 2xx answer. */
export type Parse<T> = (response: Response, context: ResponseContext) => Promise<T>;
