import { randomUUID } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import type { Log } from "../log.ts";
import { headerOf } from "./client.ts";
import type { Env } from "./env.ts";

/** A caller's own id is taken when it is short and plain, for it ends up in the log. */
const PLAIN = /^[\w.:-]{1,100}$/;

/** Names each request, echoes its name, and logs it when it has been answered. */
export function requestId(log: Log): MiddlewareHandler<Env> {
  return async function requestId(c, next) {
    const given = headerOf(c, "x-request-id") ?? "";
    const id = PLAIN.test(given) ? given : randomUUID();
    c.set("requestId", id);
    c.set("headers", { "X-Request-Id": id });
    if (!log.enabled("info")) return next();
    const startedAt = performance.now();
    await next();
    const ms = Math.round(performance.now() - startedAt);
    // The path alone: query strings carry keys and data.
    log.info("request", { requestId: id, method: c.req.method, path: c.req.path, status: c.res.status, ms });
    return;
  };
}
