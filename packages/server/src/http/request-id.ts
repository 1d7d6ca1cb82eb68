import { randomUUID } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import type { Log } from "../log.ts";
import { headerOf } from "./client.ts";
import type { Env } from "./env.ts";

/** A caller's own id is taken when it is short and plain, for it ends up in the log. */
const PLAIN = /^[\w.:-]{1,100}$/;

/** The name of a request: the caller's own, or a new one. */
export function requestIdOf(c: Context<Env>): string {
  const known = c.get("requestId");
  if (known !== undefined) return known;
  const given = headerOf(c, "x-request-id");
  const id = given !== undefined && PLAIN.test(given) ? given : randomUUID();
  c.set("requestId", id);
  return id;
}

/** Logs each request when it has been answered. */
export function logRequests(log: Log): MiddlewareHandler<Env> {
  return async function logRequests(c, next) {
    const startedAt = performance.now();
    await next();
    const ms = Math.round(performance.now() - startedAt);
    // The path alone: query strings carry keys and data.
    log.info("request", {
      requestId: requestIdOf(c),
      method: c.req.method,
      path: c.req.path,
      status: c.res.status,
      ms,
    });
  };
}
