import type { HttpBindings } from "@hono/node-server";
import type { Account, AccountKey } from "../accounts/account.ts";
import type { Params } from "./params.ts";
import type { ResponseHeaders } from "./reply.ts";

/** What the steps before a route leave for it. */
export interface Variables {
  /** See `requestIdOf`. */
  requestId: string | undefined;
  /** See `headersOf`. */
  headers: ResponseHeaders | undefined;
  /** Account that the request addresses. */
  account: Account;
  /** Key that the request came with; the default one when it came with none. */
  key: AccountKey;
  params: Params;
}

/** Hono's environment in this app. The bindings are missing when the app is called without a socket. */
export interface Env {
  Variables: Variables;
  Bindings: Partial<HttpBindings>;
}
