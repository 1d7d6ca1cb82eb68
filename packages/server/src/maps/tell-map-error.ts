import type { MapErrorBody, MapErrorContext } from "@carto-ts/protocol";
import { EngineBusyError } from "../db/engine.ts";
import { isPassing } from "../db/passing-error.ts";
import { PgError } from "../db/pg-error.ts";
import { HttpError, tellError } from "../http/errors.ts";
import { MapError, mapError } from "./map-error.ts";

const LIMIT = "You are over platform's limits:";
const RENDER_CAPACITY = `${LIMIT} Max render capacity exceeded. Contact CARTO support for more details.`;
const RATE_LIMIT = `${LIMIT} too many requests. Please contact us to know more details`;
/** Longer messages are cut: they may have been written by a query. */
const MAX_LENGTH = 10_000;

/** What tells the status of an error that has none, in order: words that follow each other in its message. */
const STATUSES: readonly (readonly [words: readonly string[], status: number])[] = [
  [["permission denied"], 403],
  [["authentication failed"], 403],
  [["Postgis Plugin", "column", "does not exist"], 400],
  [[" role ", "does not exist"], 403],
  [["does not exist", " role "], 403],
  [["function ", "does not exist"], 400],
  [["does not exist"], 404],
];

/** How an error is told to a client of the Maps API. */
export interface ToldMapError {
  status: number;
  body: MapErrorBody;
  headers?: Readonly<Record<string, string>>;
  /** Whether it is the server's fault, and the log should have the whole of it. */
  unexpected?: boolean;
}

/** Maps an error to its status and body. */
export function tellMapError(error: unknown): ToldMapError {
  if (error instanceof MapError) return toldOf(error.contexts, error.status);
  if (error instanceof HttpError) return tellHttpError(error);
  if (error instanceof EngineBusyError) {
    const context = { type: "limit", message: RENDER_CAPACITY, subtype: "render-capacity" };
    return withRetry(toldOf([context], 429), error.retryAfter);
  }
  // What the database says of itself passes as well, but in words of its own.
  if (!(error instanceof PgError) && isPassing(error)) {
    return { ...toldOf([{ type: "unknown", message: "cannot connect to the database" }], 500), unexpected: true };
  }
  return tellOther(error);
}

function tellHttpError({ status, message, retryAfter }: HttpError): ToldMapError {
  // A body over its limit is a bad request, as the original has it.
  const told = toldOf([httpContext(status, message)], status === 413 ? 400 : status);
  return retryAfter === undefined ? told : withRetry(told, retryAfter);
}

function httpContext(status: number, message: string): MapErrorContext {
  if (status === 401) return { type: "auth", message: "Unauthorized", subtype: "api-key-not-found" };
  if (status === 429) return { type: "limit", message: RATE_LIMIT, subtype: "rate-limit" };
  if (status !== 403) return { type: "unknown", message };
  // The two that reading a key ends with.
  if (message === "forbidden") {
    return { type: "auth", message: "Forbidden", subtype: "api-key-does-not-grant-access" };
  }
  if (message === "permission denied") {
    return { type: "auth", message: "Forbidden", subtype: "api-key-username-mismatch" };
  }
  return { type: "unknown", message };
}

function tellOther(error: unknown): ToldMapError {
  const { status, body, retryAfter, unexpected } = tellError(error);
  const message = body.error[0] ?? "Unexpected error";
  const limit = status === 429 && body.context === "limit";
  const context = limit ? { type: "limit", message, subtype: "datasource" } : { type: "unknown", message };
  const byWords = error instanceof PgError && (status === 400 || status === 403);
  const told = toldOf([context], byWords ? undefined : status);
  if (unexpected) told.unexpected = true;
  return retryAfter === undefined ? told : withRetry(told, retryAfter);
}

function toldOf(contexts: readonly MapErrorContext[], status: number | undefined): ToldMapError {
  const told = contexts.map((context) => ({ ...context, message: withoutSecrets(context.message) }));
  const errors = told.map(({ message }) => message);
  return { status: status ?? statusOf(errors[0] ?? ""), body: { errors, errors_with_context: told } };
}

const withRetry = (told: ToldMapError, seconds: number): ToldMapError => ({
  ...told,
  headers: { "Retry-After": String(seconds) },
});

function statusOf(message: string): number {
  const text = `Error: ${message}`;
  return STATUSES.find(([words]) => follow(words, text))?.[1] ?? 400;
}

/** Whether `text` has the words in their order; in linear time, for queries write it. */
function follow(words: readonly string[], text: string): boolean {
  let at = 0;
  for (const word of words) {
    const found = text.indexOf(word, at);
    if (found < 0) return false;
    at = found + word.length;
  }
  return true;
}

function withoutSecrets(message: string): string {
  return message
    .slice(0, MAX_LENGTH)
    .replace(/(?:\n|(?<! )) *Connection string: '[^']*'\n?/g, "")
    .replace(/is the server\b.{0,1000}?\bencountered/is, "encountered")
    .replace(/\b(postgres(?:ql)?:\/\/)[^\s@/]{1,500}@/gi, "$1")
    .replace(/\bpassword=(?:'[^']*'|\S+)/gi, "password=***");
}

/**
 * Names the part that a query failed in, in front of the database's words: `PgMvtFactory` while its columns are found
 * out, `PgMvtRenderer` while a tile is made.
 *
 * Limits, and whatever isn't said by the database of the query, stay as they are.
 */
export function prefixError(error: unknown, prefix: "PgMvtFactory" | "PgMvtRenderer"): unknown {
  if (!(error instanceof PgError)) return error;
  const { status } = tellError(error);
  return status === 400 || status === 403 ? mapError(`${prefix}: ${error.message}`) : error;
}
