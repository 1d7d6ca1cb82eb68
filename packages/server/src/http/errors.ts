import { type ErrorBody, QUERY_TIMEOUT_MESSAGE } from "@carto-ts/protocol";
import type { Context } from "hono";
import { EngineBusyError } from "../db/engine.ts";
import { RefusedStatementError } from "../db/guard/policy.ts";
import { UnquotableError } from "../db/identifier.ts";
import { ConnectionLostError, PgError, StatementTimeoutError } from "../db/pg-error.ts";
import type { Log } from "../log.ts";
import { ClientGoneError } from "./client.ts";
import { cors } from "./cors.ts";
import type { Env } from "./env.ts";
import { jsonp } from "./jsonp.ts";
import { JSON_TYPE, type ResponseHeaders, reply } from "./reply.ts";
import { requestIdOf } from "./request-id.ts";

/** An answer other than success, decided by the server itself. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  readonly fields: Omit<ErrorBody, "error">;
  readonly retryAfter: number | undefined;

  constructor(status: number, message: string, extra: { fields?: Omit<ErrorBody, "error">; retryAfter?: number } = {}) {
    super(message);
    this.status = status;
    this.fields = extra.fields ?? {};
    this.retryAfter = extra.retryAfter;
  }
}

/**
 * An answer other than success whose body is the platform APIs' (imports, datasets, accounts), not the SQL API's.
 *
 * They have five shapes, and clients read the one of each endpoint; without a body, the answer is empty.
 */
export class PlatformError extends Error {
  override readonly name = "PlatformError";
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>> | undefined;

  constructor(status: number, body?: Readonly<Record<string, unknown>>) {
    super(body === undefined ? `status ${status}` : JSON.stringify(body));
    this.status = status;
    this.body = body;
  }
}

/** Not of the standard, but known from web servers' logs. */
const CLIENT_CLOSED_REQUEST = 499;

/** Texts by which PostgreSQL and PostGIS say that a statement was stopped. */
const STOPPED =
  /statement timeout|canceling statement due to user request|InterruptedException|Execution of function interrupted/;

/** How an error is told to a client. */
export interface ToldError {
  status: number;
  body: ErrorBody;
  retryAfter?: number | undefined;
  /** Whether it is the server's fault, and the log should have the whole of it. */
  unexpected?: boolean;
}

/** Maps an error to its status and body. @see docs/protocol/sql.md#errors */
export function tellError(error: unknown): ToldError {
  if (error instanceof HttpError) {
    return { status: error.status, body: { error: [error.message], ...error.fields }, retryAfter: error.retryAfter };
  }
  if (error instanceof ClientGoneError) return { status: CLIENT_CLOSED_REQUEST, body: { error: [error.message] } };
  if (error instanceof StatementTimeoutError) return timeout();
  if (error instanceof PgError) return tellPgError(error);
  if (error instanceof RefusedStatementError) return { status: 403, body: { error: [error.message] } };
  if (error instanceof UnquotableError) return { status: 400, body: { error: [error.message] } };
  if (error instanceof EngineBusyError) {
    return { status: 503, body: { error: [error.message] }, retryAfter: error.retryAfter };
  }
  if (error instanceof ConnectionLostError) {
    return { status: 500, body: { error: ["cannot connect to the database"] }, unexpected: true };
  }
  return { status: 500, body: { error: ["Unexpected error"] }, unexpected: true };
}

function tellPgError(error: PgError): ToldError {
  if (error.code === "57014" || STOPPED.test(error.message)) return timeout();
  // Shutting down, restarting, or out of connections: the client may come again.
  if (error.code.startsWith("57P")) return { status: 503, body: { error: [error.message] }, retryAfter: 2 };
  const body: ErrorBody = { error: [error.message] };
  if (error.detail !== undefined) body.detail = error.detail;
  if (error.hint !== undefined) body.hint = error.hint;
  return { status: error.message.includes("permission denied") ? 403 : 400, body };
}

const timeout = (): ToldError => ({
  status: 429,
  body: { error: [QUERY_TIMEOUT_MESSAGE], context: "limit", detail: "datasource" },
});

/** Renders every error that a route lets through. */
export function onError(log: Log): (error: Error, c: Context<Env>) => Response {
  return (error, c) => {
    if (error instanceof PlatformError) return replyPlatformError(c, error);
    const told = tellError(error);
    if (told.unexpected) log.error("request failed", { requestId: requestIdOf(c), error });
    const headers: ResponseHeaders = { "Content-Disposition": "inline", ...JSON_TYPE };
    if (told.retryAfter !== undefined) headers["Retry-After"] = String(told.retryAfter);
    const text = JSON.stringify(told.body);
    const callback = c.req.query("callback");
    if (callback !== undefined) {
      // JSONP callers only see answers with status 200.
      headers["Content-Type"] = "text/javascript; charset=utf-8";
      headers["X-Content-Type-Options"] = "nosniff";
      return reply(c, jsonp(callback, text), { headers });
    }
    return reply(c, text, { status: told.status, headers });
  };
}

function replyPlatformError(c: Context<Env>, { status, body }: PlatformError): Response {
  if (body === undefined) return reply(c, null, { status, headers: { "Content-Length": "0" } });
  return reply(c, JSON.stringify(body), { status, headers: JSON_TYPE });
}

/** Answers a path or a method that is not there, in the form that clients of the original know. */
export function notFound(c: Context<Env>): Response {
  const { pathname } = new URL(c.req.url);
  // The original's SQL API lets pages read its answers, whatever they are; nothing else of it does.
  if (/\/sql(\/|$)/.test(pathname)) cors(c);
  const path = escapeHtml(pathname);
  const html = `<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Error</title>\n</head>\n<body>\n<pre>Cannot ${c.req.method} ${path}</pre>\n</body>\n</html>\n`;
  return reply(c, html, {
    status: 404,
    headers: {
      "Content-Security-Policy": "default-src 'self'",
      "X-Content-Type-Options": "nosniff",
      "Content-Type": "text/html; charset=utf-8",
    },
  });
}

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
