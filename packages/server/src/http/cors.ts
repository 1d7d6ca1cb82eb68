import type { MiddlewareHandler } from "hono";
import type { Env } from "./env.ts";

/**
 * Lets pages of every origin call the API, and answers their preflights.
 *
 * A preflight names `Authorization`, which `*` doesn't cover, and the methods, which `*` would not with credentials.
 */
export const cors: MiddlewareHandler<Env> = async function cors(c, next) {
  c.header("Access-Control-Allow-Origin", "*");
  c.header("Access-Control-Expose-Headers", "*");
  if (c.req.method === "OPTIONS") {
    c.header("Access-Control-Allow-Headers", "*, Authorization, Content-Type");
    c.header("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, DELETE, OPTIONS");
    c.header("Access-Control-Max-Age", "86400");
    return c.body("", 200);
  }
  c.header("Access-Control-Allow-Headers", "*");
  return next();
};
