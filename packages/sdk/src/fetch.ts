import { ConfigError } from "./errors.ts";

/** A request ready for `fetch`, secrets included. */
export interface Prepared {
  readonly url: string;
  readonly init: RequestInit & { headers: Record<string, string> };
}

/** Sends a request. `timeout` is the milliseconds that the answer may take; without it, any time. */
export type Fetch = (prepared: Prepared, timeout: number | undefined) => Promise<Response>;

/** Milliseconds after which Node's `fetch` gives up by itself. */
const RUNTIME_LIMIT = 300_000;

/**
 * Makes the function that sends a request: the caller's, or the global `fetch`.
 *
 * @throws {@link ConfigError} where there is neither.
 */
export function createFetch(custom: ((request: Request) => Response | Promise<Response>) | undefined): Fetch {
  if (custom) return async ({ url, init }) => custom(new Request(url, flat(init)));
  if (typeof globalThis.fetch !== "function") throw new ConfigError("There is no global `fetch` here: give one");
  const dispatcher = patientDispatcher();
  if (!dispatcher) return ({ url, init }) => globalThis.fetch(url, init);
  return ({ url, init }, timeout = Number.POSITIVE_INFINITY) => {
    return globalThis.fetch(url, timeout > RUNTIME_LIMIT ? ({ ...flat(init), dispatcher } as RequestInit) : flat(init));
  };
}

/**
 * Keeps an upload from being held in memory as a whole.
 *
 * For a redirect that may come, Node's `fetch` clones each request, and with it tees a streamed body, whose second
 * branch nobody reads: 1 GB uploaded took 1.1 GB of memory. Without a window and with redirects as errors it doesn't
 * (81 MB). Elsewhere `error` is not even allowed (Cloudflare), so this is for Node alone.
 */
function flat<Init extends RequestInit>(init: Init): Init {
  if (!(init.body instanceof ReadableStream) || !(GLOBAL_DISPATCHER in globalThis)) return init;
  return { ...init, redirect: "error", window: null };
}

interface Dispatcher {
  readonly isMockActive?: boolean;
  dispatch(options: object, handler: unknown): boolean;
}

const GLOBAL_DISPATCHER = Symbol.for("undici.globalDispatcher.1");

/**
 * Node's `fetch` gives up after a time without the head of an answer, even while it is still uploading to a server that
 * takes its own. Time limits are the transport's, so this hands requests on to whatever dispatcher is installed (a
 * proxy, say), without that one.
 */
function patientDispatcher(): Dispatcher | undefined {
  const current = (): Dispatcher | undefined => (globalThis as { [GLOBAL_DISPATCHER]?: Dispatcher })[GLOBAL_DISPATCHER];
  // Node loads its fetch, and with it the dispatcher, when one of its classes is first named.
  if (typeof globalThis.Headers !== "function" || typeof current()?.dispatch !== "function") return undefined;
  return {
    get isMockActive() {
      return current()?.isMockActive ?? false;
    },
    dispatch: (options, handler) =>
      current()?.dispatch({ ...options, headersTimeout: 0, bodyTimeout: 0 }, handler) ?? false,
  };
}
