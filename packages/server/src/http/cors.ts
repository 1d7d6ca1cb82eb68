import type { MiddlewareHandler } from "hono";
import type { Env } from "./env.ts";
import { type ResponseHeaders, reply } from "./reply.ts";

const PREFLIGHT: ResponseHeaders = {
  "Access-Control-Allow-Headers": "*, Authorization, Content-Type",
  "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, DELETE, OPTIONS",
  "Access-Control-Max-Age": "86400",
};

/**
 * Lets pages of every origin call the API, and answers their preflights.
 *
 * A preflight names `Authorization`, which `*` doesn't cover, and the methods, which `*` would not with credentials.
 */
export const cors: MiddlewareHandler<Env> = async function cors(c, next) {
  const headers = c.get("headers");
  headers["Access-Control-Allow-Origin"] = "*";
  headers["Access-Control-Expose-Headers"] = "*";
  if (c.req.method === "OPTIONS") {
    return reply(c, "", { headers: PREFLIGHT });
  }
  headers["Access-Control-Allow-Headers"] = "*";
  return next();
};
