import type { Context } from "hono";
import type { Env } from "./env.ts";
import { requestIdOf } from "./request-id.ts";
import type { Body } from "./stream.ts";

/** Response headers by name. */
export type ResponseHeaders = Record<string, string>;

/**
 * Headers that the answer will have whatever it is, to be added to.
 *
 * A plain object until the answer is made: a Headers object that is changed header by header costs more than the query
 * does (3.4 k against 10 k requests a second).
 */
export function headersOf(c: Context<Env>): ResponseHeaders {
  const known = c.get("headers");
  if (known) return known;
  const headers = { "X-Request-Id": requestIdOf(c) };
  c.set("headers", headers);
  return headers;
}

/** Answers with the headers that the steps before left and those of the route. */
export function reply(
  c: Context<Env>,
  body: Body,
  { status = 200, headers }: { status?: number; headers: ResponseHeaders },
): Response {
  return new Response(body, { status, headers: Object.assign(headersOf(c), headers) });
}

/** Answers with JSON. */
export function replyJson(c: Context<Env>, value: unknown, status: number = 200): Response {
  return reply(c, JSON.stringify(value), { status, headers: JSON_TYPE });
}

/** Content-Type of the JSON answers. */
export const JSON_TYPE: Readonly<ResponseHeaders> = { "Content-Type": "application/json; charset=utf-8" };
