import type { SqlFormat, SqlParams, SqlResult } from "@carto-ts/protocol";
import type { Client } from "../client.ts";
import { ConfigError } from "../errors.ts";
import type { FeatureCollection } from "../geometry.ts";
import type { ResponseMeta } from "../meta.ts";
import type { RequestOptions } from "../options.ts";
import { form, type Params, type RequestSpec } from "../request.ts";
import { bytes, json, jsonWithMeta, refusePage } from "../response.ts";
import type { Parse, ResponseContext } from "../response-context.ts";
import { type SqlText, toSql } from "../sql-text.ts";
import { guardTail } from "../tail-guard.ts";
import { watchBytes } from "../watch-bytes.ts";
import { type OpenAnswer, RowStream } from "./row-stream.ts";

const PATH = "api/v2/sql";

/** The rows of a query, with what else the server says of them. */
export type QueryResult<Row> = SqlResult<Row> & {
  /** Status, request id and rate limit; not among the enumerable fields. */
  readonly meta: ResponseMeta;
};

/** Parameters of an export: a format, and what goes with it. */
export interface ExportParams extends SqlParams {
  format: SqlFormat | (string & {});
}

/** Options of {@link Sql.export}. */
export interface ExportOptions extends RequestOptions {
  /** Told after every piece. How many bytes there are in all is not known before the end. */
  onProgress?: ((progress: { readonly bytes: number }) => void) | undefined;
}

/**
 * SQL API: runs statements against the account's database.
 *
 * Statements are sent by POST, so that no length is too long, and are repeated after a failure only with `readOnly`.
 *
 * @example
 * ```ts
 * const { rows } = await carto.sql.query<{ name: string }>(sql`select name from cities where pop > ${1e6}`);
 * for await (const batch of carto.sql.stream("select * from cities").batches()) console.log(batch.length);
 * const csv = await carto.sql.export("select * from cities", { format: "csv" });
 * ```
 */
export class Sql {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /**
   * Runs `q` and resolves with every row in memory; use {@link stream} for large results.
   *
   * @returns `rows` in database order, `total_rows` affected or returned, `time` in seconds.
   * @throws {@link SqlError} when PostgreSQL rejects `q`, also in the middle of the rows (then `partial`);
   *   {@link QueryTimeoutError} when it takes too long.
   * @see docs/protocol/sql.md
   */
  async query<Row = Record<string, unknown>>(
    q: string | SqlText,
    params: SqlParams = {},
    options?: RequestOptions,
  ): Promise<QueryResult<Row>> {
    return this.#client.request(spec(q, asJson(params), jsonWithMeta<SqlResult<Row>>), options);
  }

  /**
   * Runs `q` and gives its rows as they arrive, in flat memory whatever their number.
   *
   * Stop reading, or abort `signal`, to cancel the query. Only the attempts before the first byte can be repeated.
   *
   * @throws As {@link query}, while reading; {@link DecodeError} or {@link ConnectionError} when the answer breaks off.
   */
  stream<Row = Record<string, unknown>>(
    q: string | SqlText,
    params: SqlParams = {},
    options?: RequestOptions,
  ): RowStream<Row> {
    const request = spec(q, asJson(params), openAnswer);
    return new RowStream<Row>(() => this.#client.request(request, options));
  }

  /** Runs `q`, which must have a column `the_geom`, and resolves with its rows as GeoJSON features in memory. */
  async geojson<Properties = Record<string, unknown>>(
    q: string | SqlText,
    params: Omit<SqlParams, "format"> = {},
    options?: RequestOptions,
  ): Promise<FeatureCollection<Properties>> {
    return this.#client.request(
      spec(q, { ...params, format: "geojson" }, json<FeatureCollection<Properties>>),
      options,
    );
  }

  /**
   * Runs `q` and streams the encoded bytes, UTF-8 for text formats. Cancel the stream to cancel `q`.
   *
   * All formats but `json` and `ndjson` take one SELECT; `geojson`, `geojsonl`, `topojson` and `svg` take one with a
   * column `the_geom`. What each of them loses is told by {@link EXPORT_FORMATS}.
   *
   * @throws As {@link query}. A failure after the first bytes is an error of the stream, never a regular end of it.
   */
  async export(
    q: string | SqlText,
    params: ExportParams,
    options: ExportOptions = {},
  ): Promise<ReadableStream<Uint8Array>> {
    const { onProgress, ...request } = options;
    // Servers end these two with an error that came too late for the status; other formats break off.
    const endsWithErrors = /^(geo)?json$/i.test(params.format);
    const stream = await this.#client.request(spec(q, params, endsWithErrors ? guardedJson : bytes), request);
    return onProgress ? watchBytes(stream, (passed) => onProgress({ bytes: passed })) : stream;
  }
}

function spec<T>(q: string | SqlText, params: SqlParams, parse: Parse<T>): RequestSpec<T> {
  return { method: "POST", path: PATH, body: form({ ...(params as Params), q: toSql(q) }), parse };
}

function asJson(params: SqlParams): SqlParams {
  if ((params.format ?? "json") === "json") return params;
  throw new ConfigError(`Rows are read as json: use sql.export() for the format "${params.format}"`);
}

async function guardedJson(response: Response, context: ResponseContext): Promise<ReadableStream<Uint8Array>> {
  return guardTail(await bytes(response, context), context, "json");
}

async function openAnswer(response: Response, context: ResponseContext): Promise<OpenAnswer> {
  refusePage(response, context);
  return { response, context };
}
