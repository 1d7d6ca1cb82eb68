import type { Context, Handler, Next } from "hono";
import type { Env } from "./env.ts";

/**
 * Done for a request on its way to its route: leaves in the context what it found out, and throws to refuse.
 *
 * Hono's middlewares that do nothing behind `next` are steps too.
 */
export type Step = (c: Context<Env>, next: Next) => Promise<unknown> | undefined;

/** Answers a request. */
export type Route = (c: Context<Env>) => Promise<Response> | Response;

const nothingNext: Next = async () => {};

/**
 * A route behind steps, as one handler for Hono.
 *
 * Most steps have nothing to wait for, and are not waited for: as middlewares, each an async function around the next,
 * the same steps took a third of a small request's time.
 */
export function behind(steps: readonly Step[], route: Handler<Env>): (c: Context<Env>) => Promise<Response> {
  return async (c) => {
    for (const step of steps) {
      const waiting = step(c, nothingNext);
      if (waiting) await waiting;
    }
    return (await route(c, nothingNext)) as Response;
  };
}
