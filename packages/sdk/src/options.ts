import type { Location } from "./base-url.ts";
import type { CredentialOptions } from "./credentials.ts";
import { ConfigError } from "./errors.ts";
import type { Hooks } from "./hooks.ts";
import type { ResponseMeta } from "./meta.ts";
import { type Runtime, systemRuntime } from "./runtime.ts";
import { VERSION } from "./version.ts";

/** Options of `new Carto()`. Without a credential, the client sees public data. */
export interface CartoOptions {
  /**
   * Where the account is: `https://bob.carto.com`, `https://org.carto.com/user/bob`,
   * `https://carto.example.com/user/bob` or `http://localhost:8080/user/dev`.
   */
  baseUrl?: string | undefined;
  /** The account's name, where the base URL doesn't hold it. */
  username?: string | undefined;
  /** Without a `baseUrl`: the host that accounts are below. @defaultValue "carto.com" */
  domain?: string | undefined;
  /** Without a `baseUrl`: the organization that the account is of. */
  organization?: string | undefined;
  /** API key. */
  apiKey?: string | undefined;
  /** OAuth access token, sent as `Authorization: Bearer`. */
  token?: string | undefined;
  /** Gives the access token; asked before every attempt, so that it may renew it. */
  tokenProvider?: (() => string | Promise<string>) | undefined;
  /**
   * Where the API key travels: in the `Authorization` header, or as the parameter `api_key`, in the body where there
   * is one and else in the URL, for servers that don't read the header. By default the header; in browsers the body of
   * forms and JSON, which saves a preflight.
   */
  keyIn?: "header" | "param" | undefined;
  /** Replaces the global `fetch`. Called with one `Request`, so that a server's own `fetch` handler will do. */
  fetch?: ((request: Request) => Response | Promise<Response>) | undefined;
  /** Sent as `client`; an empty string sends none. @defaultValue "cts-" and the version */
  clientId?: string | undefined;
  /** Sent as `User-Agent`, but in browsers. @defaultValue "carto-ts/" and the version */
  userAgent?: string | undefined;
  /**
   * Milliseconds an attempt may wait for its answer, and then for each further piece of a streamed one. 0 is no limit.
   *
   * @defaultValue 300000; none for COPY
   */
  timeout?: number | undefined;
  /** Milliseconds for a whole call: attempts, waits between them and reading the answer. @defaultValue no limit */
  totalTimeout?: number | undefined;
  /** Attempts after the first, for requests that may be repeated. @defaultValue 2 */
  maxRetries?: number | undefined;
  hooks?: Hooks | undefined;
  /**
   * Told once if the key travels unencrypted to another machine.
   *
   * @defaultValue `process.emitWarning` where there is one, else `console.warn`
   */
  onWarning?: ((message: string) => void) | undefined;
  /** Largest stream, in bytes, that a browser collects for an upload. @defaultValue 268435456 (256 MiB) */
  maxCollectedUpload?: number | undefined;
  /** Clock, randomness and platform, for tests. */
  runtime?: Partial<Runtime> | undefined;
}

/** Options of one call. */
export interface RequestOptions {
  /** Ends the request, and the query behind it; the call rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Overrides {@link CartoOptions.timeout}. */
  timeout?: number | undefined;
  /** Overrides {@link CartoOptions.totalTimeout}. */
  totalTimeout?: number | undefined;
  /** Overrides {@link CartoOptions.maxRetries}. */
  maxRetries?: number | undefined;
  /** Says that the SQL writes nothing, so that it may be sent again after any failure that may pass. */
  readOnly?: boolean | undefined;
  /** Further headers. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Told the status, request id and rate limit of every answer. */
  onMeta?: ((meta: ResponseMeta) => void) | undefined;
}

/** Options with their defaults. */
export interface Settings {
  readonly keyIn: "header" | "param" | undefined;
  readonly fetch: CartoOptions["fetch"];
  readonly clientId: string;
  readonly userAgent: string;
  readonly timeout: number;
  readonly totalTimeout: number | undefined;
  readonly maxRetries: number;
  readonly hooks: Hooks;
  readonly onWarning: (message: string) => void;
  readonly maxCollectedUpload: number;
  readonly runtime: Runtime;
}

const DEFAULT_TIMEOUT = 300_000;

/** Fills in the defaults. @throws {@link ConfigError} for a number that is none, or negative. */
export function resolveSettings(options: CartoOptions): Settings {
  for (const name of ["timeout", "totalTimeout", "maxRetries", "maxCollectedUpload"] as const) {
    const value = options[name];
    if (value !== undefined && !(value >= 0)) throw new ConfigError(`\`${name}\` must be a number from 0 on`);
  }
  return {
    keyIn: options.keyIn,
    fetch: options.fetch,
    clientId: options.clientId ?? `cts-${VERSION}`,
    userAgent: options.userAgent ?? `carto-ts/${VERSION}`,
    timeout: options.timeout ?? DEFAULT_TIMEOUT,
    totalTimeout: options.totalTimeout,
    maxRetries: options.maxRetries ?? 2,
    hooks: options.hooks ?? {},
    onWarning: options.onWarning ?? warn,
    maxCollectedUpload: options.maxCollectedUpload ?? 256 * 1024 ** 2,
    runtime: { ...systemRuntime(), ...options.runtime },
  };
}

/** Puts `overrides` over `options`. A new place or a new credential replaces the old one as a whole. */
export function mergeOptions(options: CartoOptions, overrides: CartoOptions): CartoOptions {
  const merged = { ...options };
  if (CREDENTIALS.some((name) => name in overrides)) for (const name of CREDENTIALS) delete merged[name];
  if (LOCATION.some((name) => name in overrides)) for (const name of LOCATION) delete merged[name];
  return Object.assign(merged, overrides);
}

const CREDENTIALS = ["apiKey", "token", "tokenProvider"] as const satisfies (keyof CredentialOptions)[];
const LOCATION = ["baseUrl", "username", "organization", "domain"] as const satisfies (keyof Location)[];

/** Environment variables by name. */
export type Env = Readonly<Record<string, string | undefined>>;

/** Reads `CARTO_API_URL`, or `CARTO_USER` and `CARTO_ORG`, and `CARTO_API_KEY`; empty ones count as unset. */
export function optionsFromEnv(env: Env = processEnv()): CartoOptions {
  const read = (name: string): string | undefined => env[name]?.trim() || undefined;
  return {
    baseUrl: read("CARTO_API_URL"),
    username: read("CARTO_USER"),
    organization: read("CARTO_ORG"),
    apiKey: read("CARTO_API_KEY"),
  };
}

function processEnv(): Env {
  return (globalThis as { process?: { env?: Env } }).process?.env ?? {};
}

function warn(message: string): void {
  const { process } = globalThis as { process?: { emitWarning?: (message: string, type: string) => void } };
  if (process?.emitWarning) process.emitWarning(message, "CartoWarning");
  else console.warn(message);
}
