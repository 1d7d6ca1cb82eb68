import type { Context } from "hono";
import type { Env } from "./env.ts";
import { headersOf, type ResponseHeaders, reply } from "./reply.ts";

const PREFLIGHT: ResponseHeaders = {
  "Access-Control-Allow-Headers": "*, Authorization, Content-Type",
  "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, DELETE, OPTIONS",
  "Access-Control-Max-Age": "86400",
};

/** Lets pages of every origin read the answer. */
export function cors(c: Context<Env>): undefined {
  const headers = headersOf(c);
  headers["Access-Control-Allow-Origin"] = "*";
  headers["Access-Control-Expose-Headers"] = "*";
  headers["Access-Control-Allow-Headers"] = "*";
}

/**
 * Answers what browsers ask before a request.
 *
 * Names `Authorization`, which `*` doesn't cover, and the methods, which `*` would not with credentials.
 */
export function preflight(c: Context<Env>): Response {
  cors(c);
  return reply(c, "", { headers: PREFLIGHT });
}
