import { Auth } from "./accounts/auth.ts";
import { Batch } from "./batch/batch.ts";
import { Client } from "./client.ts";
import { Copy } from "./copy/copy.ts";
import { Datasets } from "./datasets/datasets.ts";
import { Tables } from "./datasets/tables.ts";
import { Imports } from "./imports/imports.ts";
import { Maps } from "./maps/maps.ts";
import { type CartoOptions, type Env, mergeOptions, optionsFromEnv, type RequestOptions } from "./options.ts";
import { type RawBody, rawSpec } from "./raw-request.ts";
import type { Params } from "./request.ts";
import { Sql } from "./sql/sql.ts";
import { Syncs } from "./synchronizations/syncs.ts";

/** What a raw request may have besides its method and path. */
export interface RawRequestOptions extends RequestOptions {
  query?: Params | undefined;
  /** Objects and arrays are sent as JSON, `URLSearchParams` as a form. */
  body?: RawBody | undefined;
}

/**
 * A client of one CARTO account. Holds no connection, and nothing has to be closed.
 *
 * @example
 * ```ts
 * const carto = new Carto({ baseUrl: "https://bob.carto.com", apiKey: process.env.CARTO_API_KEY });
 * const { rows } = await carto.sql.query("select count(*) from cities");
 * ```
 */
export class Carto {
  /** Ends with a slash. */
  readonly baseUrl: string;
  /** The account's name. */
  readonly username: string;
  /** Statements and their rows. */
  readonly sql: Sql;
  /** Statements in the background. */
  readonly batch: Batch;
  /** Much data in and out. */
  readonly copy: Copy;
  /** Files, rows and queries made into tables, step by step. */
  readonly imports: Imports;
  /**
   * Tables as people see them; also the shortest way from a file to one.
   *
   * @experimental
   */
  readonly datasets: Datasets;
  /**
   * Tables as the database has them.
   *
   * @experimental
   */
  readonly tables: Tables;
  /** Datasets that are kept as the files at their URLs are. */
  readonly syncs: Syncs;
  /** Vector tiles and images of queries. */
  readonly maps: Maps;
  /** The account and its keys. */
  readonly auth: Auth;
  readonly #options: CartoOptions;
  readonly #client: Client;

  static {
    // What Node's util.inspect and console.log show.
    Object.defineProperty(Carto.prototype, Symbol.for("nodejs.util.inspect.custom"), {
      value: function inspect(this: Carto): string {
        const { baseUrl, username } = this;
        return `Carto { baseUrl: '${baseUrl}', username: '${username}', as: '${this.#client.credentials.kind}' }`;
      },
    });
  }

  /**
   * Makes no request.
   *
   * @throws {@link ConfigError} for a base URL without an account's name, or options that contradict each other.
   */
  constructor(options: CartoOptions = {}) {
    this.#options = { ...options };
    this.#client = new Client(options);
    this.baseUrl = this.#client.account.baseUrl;
    this.username = this.#client.account.username;
    this.sql = this.createSql(this.#client);
    this.batch = new Batch(this.#client);
    this.copy = this.createCopy(this.#client);
    this.imports = this.createImports(this.#client);
    this.syncs = new Syncs(this.#client);
    this.tables = new Tables(this.#client);
    this.datasets = this.createDatasets(this.#client);
    this.maps = new Maps(this.#client);
    this.auth = new Auth(this.#client);
  }

  /**
   * Makes a client from the environment: `CARTO_API_URL`, or `CARTO_USER` with or without `CARTO_ORG`, and
   * `CARTO_API_KEY`.
   */
  static fromEnv<T extends Carto>(this: new (options?: CartoOptions) => T, env?: Env, overrides: CartoOptions = {}): T {
    return new this(mergeOptions(optionsFromEnv(env), overrides));
  }

  /** Makes a client with other options over those of this one; a new place or credential replaces the old as a whole. */
  withOptions(overrides: CartoOptions): this {
    const Type = this.constructor as new (options: CartoOptions) => this;
    return new Type(mergeOptions(this.#options, overrides));
  }

  /**
   * Makes any request below the base URL, with this client's credentials, time limits and retries.
   *
   * @param path Below the base URL, with or without a leading slash, such as `api/v3/me`.
   * @returns The answer, its body unread; statuses other than 2xx reject.
   * @throws {@link ConfigError} for a path that is a URL of another origin, which must not see the key.
   */
  async request(method: string, path: string, options: RawRequestOptions = {}): Promise<Response> {
    const { query, body, ...rest } = options;
    return this.#client.request(rawSpec(this.baseUrl, method, path, { query, body }), rest);
  }

  /** Nothing secret: the base URL and the account's name. */
  toJSON(): { baseUrl: string; username: string } {
    const { baseUrl, username } = this;
    return { baseUrl, username };
  }

  /** @internal */
  protected createSql(client: Client): Sql {
    return new Sql(client);
  }

  /** @internal */
  protected createCopy(client: Client): Copy {
    return new Copy(client);
  }

  /** @internal */
  protected createImports(client: Client): Imports {
    return new Imports(client);
  }

  /** @internal */
  protected createDatasets(client: Client): Datasets {
    return new Datasets(client, this);
  }
}
