import { COPYTO_FILENAME, type CopyFromResult } from "@carto-ts/protocol";
import type { Client } from "../client.ts";
import { Lifetime } from "../lifetime.ts";
import type { RequestOptions } from "../options.ts";
import { form, type RequestSpec } from "../request.ts";
import { bytes, json } from "../response.ts";
import type { ResponseContext } from "../response-context.ts";
import { guardTail } from "../tail-guard.ts";
import { watchBytes } from "../watch-bytes.ts";
import type { CopyRow } from "./csv-rows.ts";
import { encodeRows } from "./rows.ts";
import { type CopyRows, type CopySource, isRows, openSource, sizeOf } from "./source.ts";
import { type CopyTarget, copyStatement } from "./target.ts";
import { type Compress, type CopyProgress, count, gzip, Upload } from "./upload.ts";

/** Options of {@link Copy.from}. A COPY is never repeated, and has no time limit unless one is given. */
export interface CopyFromOptions extends Omit<RequestOptions, "maxRetries" | "readOnly"> {
  /** Whether to send the data compressed. @defaultValue "auto": unless the server is on this machine */
  compress?: boolean | "auto" | undefined;
  /** Whether the data is gzip already, and is to be sent as such. @defaultValue false */
  compressed?: boolean | undefined;
  /** Told after every piece of about 64 KB. */
  onProgress?: ((progress: CopyProgress) => void) | undefined;
}

/** Options of {@link Copy.to}. */
export interface CopyToOptions extends Omit<RequestOptions, "maxRetries" | "readOnly"> {
  /** Name that the server gives the data. @defaultValue "carto-sql-copyto.dmp" */
  filename?: string | undefined;
  /** Told after every piece. */
  onProgress?: ((progress: CopyProgress) => void) | undefined;
}

/**
 * COPY: the fast way of much data into a table, and out of one or of a query.
 *
 * @example
 * ```ts
 * await carto.copy.from({ table: "cities", columns: ["name", "pop"] }, carto.copy.rows([{ name: "Vic", pop: 48_000 }]));
 * await carto.copy.from("COPY cities FROM STDIN WITH (FORMAT csv, HEADER true)", file.stream());
 * const stream = await carto.copy.to({ table: "cities", header: true });
 * ```
 */
export class Copy {
  readonly #client: Client;
  readonly #compress: Compress;

  constructor(client: Client, compress: Compress = gzip) {
    this.#client = client;
    this.#compress = compress;
  }

  /** Marks rows as a source: objects, whose keys are the columns. */
  rows(rows: Iterable<CopyRow> | AsyncIterable<CopyRow>, options: { columns?: readonly string[] } = {}): CopyRows {
    return { ...options, rows };
  }

  /**
   * Copies data in: all of it or, on any failure, nothing.
   *
   * Streams the source, and closes it also on failure; browsers collect it first. Not repeated on failure.
   *
   * @throws {@link SqlError} with PostgreSQL's reason, even while data is still being sent; what the source throws.
   * @see docs/protocol/copy.md
   */
  async from(target: CopyTarget, source: CopySource, options: CopyFromOptions = {}): Promise<CopyFromResult> {
    const { compress = "auto", compressed = false, onProgress, ...request } = options;
    const plan = await this.#prepare(target, source, options);
    const zips = !compressed && (compress === "auto" ? this.#compressesByItself(source) : compress);
    const upload = new Upload(zips ? this.#compress(plan.pieces) : plan.pieces, plan.cancel);
    try {
      const spec: RequestSpec<CopyFromResult> = {
        method: "POST",
        path: "api/v2/sql/copyfrom",
        query: { q: plan.statement },
        headers: compressed || zips ? { "Content-Encoding": "gzip" } : {},
        body: {
          kind: "raw",
          data: await upload.body(zips ? undefined : source, this.#client.settings),
          contentType: CONTENT_TYPE,
        },
        retry: "never",
        timeout: null,
        parse: json<CopyFromResult>,
      };
      return await this.#client.request(spec, request);
    } catch (error) {
      throw upload.failure ? upload.failure.error : error;
    } finally {
      await upload.stop();
    }
  }

  /**
   * Copies data out as a stream of bytes in the format that the statement asks for. Cancel it to cancel the COPY.
   *
   * @throws {@link SqlError} with PostgreSQL's reason; later failures are errors of the stream, never a regular end.
   */
  async to(query: CopyTarget, options: CopyToOptions = {}): Promise<ReadableStream<Uint8Array>> {
    const { filename = COPYTO_FILENAME, onProgress, ...request } = options;
    const body = form({ q: copyStatement(query, "TO STDOUT"), filename });
    const parse = async (response: Response, context: ResponseContext): Promise<ReadableStream<Uint8Array>> => {
      const stream = guardTail(await bytes(response, context), context, "copy");
      if (!onProgress) return stream;
      return watchBytes(stream, (received) => onProgress({ bytes: received, total: undefined, rows: undefined }));
    };
    const spec = { method: "POST", path: "api/v2/sql/copyto", body, retry: "never", timeout: null, parse } as const;
    return this.#client.request(spec, request);
  }

  // Over loopback gzip is slower than the COPY itself; a browser would have to hold a compressed Blob in memory.
  #compressesByItself(source: CopySource): boolean {
    return !this.#client.isLocal && !(this.#client.settings.runtime.browser && source instanceof Blob);
  }

  async #prepare(target: CopyTarget, source: CopySource, { onProgress, signal }: CopyFromOptions): Promise<Plan> {
    const total = sizeOf(source);
    let [sent, rows]: [number, number | undefined] = [0, undefined];
    const onBytes = (size: number): void => {
      sent += size;
      onProgress?.({ bytes: sent, total, rows });
    };
    if (!isRows(source)) {
      const statement = copyStatement(target, "FROM STDIN");
      const { pieces, cancel } = openSource(source);
      return { statement, pieces: count(pieces, onBytes), cancel };
    }
    rows = 0;
    const encoding = encodeRows(target, source, () => {
      rows = (rows ?? 0) + 1;
    });
    // The first row may be long in coming.
    const lifetime = new Lifetime(this.#client.settings.runtime, signal);
    const encoded = await lifetime.race(encoding).finally(() => lifetime.release());
    const { pieces } = openSource(encoded.lines);
    return {
      statement: copyStatement(encoded.target, "FROM STDIN"),
      pieces: count(pieces, onBytes),
      cancel: encoded.close,
    };
  }
}

const CONTENT_TYPE = "application/octet-stream";

interface Plan {
  readonly statement: string;
  readonly pieces: AsyncIterable<Uint8Array>;
  cancel(): void;
}
