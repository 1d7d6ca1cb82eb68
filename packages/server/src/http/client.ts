import type { Context } from "hono";
import type { AbortSource } from "../db/engine.ts";
import type { Env } from "./env.ts";

/** Why work is stopped when its client has left; nobody is there to read it. */
export class ClientGoneError extends Error {
  override readonly name = "ClientGoneError";
}

type Outgoing = NonNullable<Env["Bindings"]["outgoing"]>;

/**
 * Fires when the client is gone. A fraction of what an AbortController costs, which counts where all else is small; the
 * response is only listened to once somebody listens here.
 */
class ClientGone implements AbortSource {
  readonly #outgoing: Outgoing;
  #listener: (() => void) | undefined;
  #listens = false;

  constructor(outgoing: Outgoing) {
    this.#outgoing = outgoing;
  }

  get aborted(): boolean {
    return this.#outgoing.destroyed && !this.#outgoing.writableFinished;
  }

  get reason(): unknown {
    return this.aborted ? new ClientGoneError("the client is gone") : undefined;
  }

  addEventListener(_type: "abort", listener: () => void): void {
    const before = this.#listener;
    this.#listener = before
      ? () => {
          before();
          listener();
        }
      : listener;
    if (this.#listens) return;
    this.#listens = true;
    this.#outgoing.on("close", () => {
      if (this.aborted) this.#listener?.();
    });
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    if (this.#listener === listener) this.#listener = undefined;
  }
}

/**
 * A signal that fires when the client is gone.
 *
 * On a socket it listens to the response itself: the Request's own signal would have to be made for every request
 * (`app.fetch` without a socket has only that).
 */
export function clientSignal(c: Context<Env>): AbortSource {
  const outgoing = c.env?.outgoing;
  return outgoing ? new ClientGone(outgoing) : c.req.raw.signal;
}

/**
 * A request header, by its name in lower case.
 *
 * From Node's own parsing where there is a socket: Hono's way makes a Headers object of all of them first, which costs
 * as much as the rest of a small request's headers, parameters and key together.
 */
export function headerOf(c: Context<Env>, name: string): string | undefined {
  const { incoming } = c.env ?? {};
  if (!incoming) return c.req.header(name);
  const value = incoming.headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}

/** Calls `act` once the answer is sent, or its client is gone; never where there is no socket. */
export function whenAnswered(c: Context<Env>, act: () => void): void {
  c.env?.outgoing?.on("close", act);
}

/** Breaks off the connection that a request came by, so that its answer is seen to be cut; false where there is none. */
export function breakOff(c: Context<Env>): boolean {
  c.env?.outgoing?.destroy();
  return c.env?.outgoing !== undefined;
}
