import type { Context } from "hono";
import type { Env } from "./env.ts";

/**
 * A signal that fires when the client is gone.
 *
 * On a socket it listens to the response itself: the Request's own signal would have to be made for every request
 * (`app.fetch` without a socket has only that).
 */
export function clientSignal(c: Context<Env>): AbortSignal {
  const outgoing = c.env?.outgoing;
  if (!outgoing) return c.req.raw.signal;
  const controller = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) controller.abort(new Error("the client is gone"));
  });
  return controller.signal;
}
