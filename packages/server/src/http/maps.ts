import type { MapErrorBody } from "@carto-ts/protocol";
import type { Context } from "hono";
import type { Encoding } from "../formats/format.ts";
import type { Log } from "../log.ts";
import { breakOff } from "./client.ts";
import type { Env } from "./env.ts";
import { jsonp } from "./jsonp.ts";
import { headersOf, JSON_TYPE, type ResponseHeaders, reply } from "./reply.ts";
import { requestIdOf } from "./request-id.ts";
import { behind, type Route, type Step } from "./route.ts";
import { calledBack, toBody } from "./stream.ts";

const ALLOWED_HEADERS =
  "X-Requested-With, X-Prototype-Version, X-CSRF-Token, Authorization, Carto-Event, Carto-Event-Source, Carto-Event-Group-Id";

/** Content-Type of the answers to JSONP callers. */
const JSONP_TYPE: Readonly<ResponseHeaders> = {
  "Content-Type": "text/javascript; charset=utf-8",
  "X-Content-Type-Options": "nosniff",
};

/** How an error of the Maps API is told to a client. */
export interface ToldMapError {
  status: number;
  body: MapErrorBody;
  headers?: ResponseHeaders;
  /** Whether it is the server's fault, and the log should have the whole of it. */
  unexpected?: boolean;
}

/** Makes handlers of routes of the Maps API: with its headers on every answer, and its form of errors. */
export function mapsApi(parts: {
  /** Says how an error is told. */
  tell(error: unknown): ToldMapError;
  log: Log;
}): (steps: readonly Step[], route: Route) => (c: Context<Env>) => Promise<Response> {
  return (steps, route) => {
    const handle = behind(steps, route);
    return async (c) => {
      commonHeaders(c);
      try {
        return await handle(c);
      } catch (error) {
        const { status, body, headers = {}, unexpected } = parts.tell(error);
        if (unexpected) parts.log.error("request failed", { requestId: requestIdOf(c), error });
        return replyMapJson(c, body, { status, headers });
      }
    };
  };
}

/** Lets pages of every origin read the answer, and says what else every answer of the Maps API has. */
function commonHeaders(c: Context<Env>): void {
  const headers = headersOf(c);
  headers["Access-Control-Allow-Origin"] = "*";
  headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS;
  headers["vary"] = "Authorization";
  const client = c.req.query("client");
  if (client) headers["Carto-Client"] = headerValue(client);
}

/** Text for a header: without characters that headers can't have, and not without end. */
export const headerValue = (text: string): string => text.replace(/[^\x20-\x7e]/g, "").slice(0, 200);

/**
 * Answers what browsers ask before a request.
 *
 * Names the methods besides what the original says, for DELETE and PUT need that.
 *
 * @param allow Methods of the path, as the body and `Allow` tell them.
 */
export function mapsPreflight(allow: string): Route {
  return (c) =>
    reply(c, allow, {
      headers: {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Headers": `${ALLOWED_HEADERS}, Content-Type`,
        "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, DELETE, OPTIONS",
        "Access-Control-Max-Age": "86400",
        Allow: allow,
        "Content-Type": "text/html; charset=utf-8",
      },
    });
}

/** Answers a path under the API that is none: 404 with nothing in it. */
export const noSuchPath: Route = (c) => {
  commonHeaders(c);
  return reply(c, null, { status: 404, headers: { "Content-Length": "0" } });
};

/** Answers with JSON; with a call of `callback` where the request names one, whose callers see status 200 alone. */
export function replyMapJson(c: Context<Env>, value: unknown, options: ReplyOptions = {}): Response {
  return replyMapText(c, JSON.stringify(value, specialNumbers), options);
}

/** The same with text that is JSON already. */
export function replyMapText(
  c: Context<Env>,
  text: string,
  { status = 200, headers = {} }: ReplyOptions = {},
): Response {
  const callback = c.req.query("callback");
  if (!callback) return reply(c, text, { status, headers: { ...JSON_TYPE, ...headers } });
  return reply(c, jsonp(callback, escapeLineEnds(text)), { headers: { ...headers, ...JSONP_TYPE } });
}

/** The same with a document that is still being made. */
export async function replyMapStream(
  c: Context<Env>,
  encoding: Encoding,
  { close, headers }: { close: () => PromiseLike<void>; headers: ResponseHeaders },
): Promise<Response> {
  const callback = c.req.query("callback");
  const type = callback ? JSONP_TYPE : JSON_TYPE;
  const document = callback ? calledBack(encoding, callback) : encoding;
  const body = await toBody(document, { close, breakOff: () => breakOff(c), isText: true });
  return reply(c, body, { headers: { ...headers, ...type } });
}

interface ReplyOptions {
  status?: number;
  headers?: ResponseHeaders;
}

/** JSON has no NaN and no infinity; clients read them as text. */
const specialNumbers = (_key: string, value: unknown): unknown =>
  typeof value === "number" && !Number.isFinite(value) ? String(value) : value;

/** Two characters that JSON may have, and that older browsers take for the end of a line. */
const escapeLineEnds = (json: string): string => json.replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
