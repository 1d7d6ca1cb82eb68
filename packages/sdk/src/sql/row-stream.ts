import type { SqlField, SqlResult } from "@carto-ts/protocol";
import { CartoError, DecodeError } from "../errors.ts";
import type { ResponseMeta } from "../meta.ts";
import { parseJson, partialError, readBody } from "../response.ts";
import type { ResponseContext } from "../response-context.ts";
import { RowSplitter } from "./row-splitter.ts";

/** What an answer says besides its rows. */
export type RowSummary = Omit<SqlResult, "rows">;

/** An open answer: its body, and what is needed to read it. */
export interface OpenAnswer {
  readonly response: Response;
  readonly context: ResponseContext;
}

/**
 * Rows that are read as they arrive, one at a time, or by batches, which is half as much work.
 *
 * The query is sent when reading begins, can be read once, and is cancelled when reading stops before the end. A query
 * that fails after its first rows rejects after the last row that arrived.
 */
export class RowStream<Row> implements AsyncIterable<Row> {
  readonly #open: () => Promise<OpenAnswer>;
  #begun = false;
  #summary: RowSummary | undefined;
  #meta: ResponseMeta | undefined;

  constructor(open: () => Promise<OpenAnswer>) {
    this.#open = open;
  }

  /** The columns, in the order of the result; `undefined` until the last row has been read. */
  get fields(): Record<string, SqlField> | undefined {
    return this.#summary?.fields;
  }

  /** Status, request id and rate limit; `undefined` until the answer begins. */
  get meta(): ResponseMeta | undefined {
    return this.#meta;
  }

  /**
   * Number of rows, time, fields and notices, once the last row has been read.
   *
   * @throws {@link CartoError} before that.
   */
  summary(): RowSummary {
    if (!this.#summary) throw new CartoError("The summary of a row stream comes after its last row");
    return this.#summary;
  }

  /** The rows in batches as they arrive, none of them empty. */
  async *batches(): AsyncGenerator<Row[], void, undefined> {
    if (this.#begun) throw new CartoError("A row stream can be read only once");
    this.#begun = true;
    const { response, context } = await this.#open();
    this.#meta = context.meta;
    const reader = readBody(response, context).getReader();
    let ended = false;
    try {
      const splitter = new RowSplitter<Row>();
      const decoder = new TextDecoder();
      for (;;) {
        const { done, value } = await reader.read().catch((error) => {
          ended = true;
          throw error;
        });
        ended = done;
        const rows = split(splitter, done ? decoder.decode() : decoder.decode(value, { stream: true }), done, context);
        if (rows.length > 0) yield rows;
        if (done) break;
      }
      this.#summary = readTail(splitter.tail(), context);
    } finally {
      if (!ended) await reader.cancel().catch(() => {});
    }
  }

  /** The rows one by one. */
  [Symbol.asyncIterator](): AsyncIterator<Row, undefined, undefined> {
    return new RowIterator(this.batches());
  }
}

// By hand, as an async generator takes twice the time a row.
class RowIterator<Row> implements AsyncIterator<Row, undefined, undefined> {
  readonly #batches: AsyncGenerator<Row[], void, undefined>;
  #rows: Row[] = [];
  #index = 0;

  constructor(batches: AsyncGenerator<Row[], void, undefined>) {
    this.#batches = batches;
  }

  next(): Promise<IteratorResult<Row, undefined>> {
    if (this.#index < this.#rows.length) {
      return Promise.resolve({ done: false, value: this.#rows[this.#index++] as Row });
    }
    return this.#refill();
  }

  async #refill(): Promise<IteratorResult<Row, undefined>> {
    const { done, value } = await this.#batches.next();
    // Another call of next() may have been waiting for the same batch.
    if (this.#index < this.#rows.length) {
      this.#rows = [...this.#rows.slice(this.#index), ...(value ?? [])];
    } else if (done) {
      return { done: true, value: undefined };
    } else {
      this.#rows = value;
    }
    this.#index = 1;
    return { done: false, value: this.#rows[0] as Row };
  }

  async return(): Promise<IteratorResult<Row, undefined>> {
    this.#rows = [];
    this.#index = 0;
    await this.#batches.return();
    return { done: true, value: undefined };
  }
}

function split<Row>(splitter: RowSplitter<Row>, text: string, done: boolean, context: ResponseContext): Row[] {
  try {
    const rows = splitter.push(text);
    return done ? rows.concat(splitter.end()) : rows;
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new DecodeError(`The answer to ${context.label} can't be read: ${context.redact(said)}`);
  }
}

function readTail(text: string, context: ResponseContext): RowSummary {
  const document = parseJson(text, context);
  const failure = partialError(document, context);
  if (failure) throw failure;
  const { rows, ...summary } = document as SqlResult;
  if (!Array.isArray(rows)) throw new DecodeError(`The answer to ${context.label} has no rows`);
  return summary;
}
