import type { Context } from "hono";
import type { Env } from "./env.ts";
import { PlatformError, tellError } from "./errors.ts";
import { jsonp } from "./jsonp.ts";
import { JSON_TYPE, type ResponseHeaders, reply } from "./reply.ts";
import type { Route } from "./route.ts";

/** The form in which an endpoint of the platform APIs tells its errors. */
export type ErrorShape = (messages: readonly string[]) => Readonly<Record<string, unknown>>;

/** `{"errors": [text, …]}` */
export const errorList: ErrorShape = (messages) => ({ errors: messages });
/** `{"errors": text, "errors_cause": null}` */
export const typedError: ErrorShape = (messages) => ({ errors: messages.join(", "), errors_cause: null });
/** `{"error": text}` */
export const plainError: ErrorShape = (messages) => ({ error: messages.join(", ") });

const CALLBACK = /^[$a-zA-Z_][0-9a-zA-Z_$]*$/;

/** A route whose errors are told in one shape; the server's own faults and refusals for being busy are left as they are. */
export function telling(shape: ErrorShape, route: Route): Route {
  return async (c) => {
    const callback = c.req.query("callback");
    if (callback && !CALLBACK.test(callback)) {
      throw new PlatformError(400, { errors: { callback: "Invalid callback format" } });
    }
    try {
      return await route(c);
    } catch (error) {
      if (error instanceof PlatformError) throw error;
      const { status, body } = tellError(error);
      if (status >= 500) throw error;
      throw new PlatformError(status, shape(body.error));
    }
  };
}

/** Answers with JSON, or with a call of `callback` where a GET names one. Nobody but the caller may keep it. */
export function replyPlatform(c: Context<Env>, value: unknown, headers: ResponseHeaders = {}): Response {
  return replyPlatformText(c, JSON.stringify(value), headers);
}

/** The same with text that is JSON already. */
export function replyPlatformText(c: Context<Env>, text: string, headers: ResponseHeaders = {}): Response {
  const callback = c.req.method === "GET" ? c.req.query("callback") : undefined;
  const all: ResponseHeaders = { ...JSON_TYPE, "Cache-Control": "private, max-age=0, must-revalidate", ...headers };
  if (!callback) return reply(c, text, { headers: all });
  all["Content-Type"] = "text/javascript; charset=utf-8";
  all["X-Content-Type-Options"] = "nosniff";
  return reply(c, jsonp(callback, text), { headers: all });
}

/** Answers that something is done, with nothing to say: 204. */
export const replyNothing = (c: Context<Env>): Response => reply(c, null, { status: 204, headers: {} });
