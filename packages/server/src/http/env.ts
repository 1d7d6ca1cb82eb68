import type { HttpBindings } from "@hono/node-server";
import type { Account, AccountKey } from "../accounts/account.ts";
import type { Params } from "./params.ts";
import type { ResponseHeaders } from "./reply.ts";

/** What the middlewares leave for the routes. */
export interface Variables {
  requestId: string;
  /** Headers that the answer will have whatever it is. */
  headers: ResponseHeaders;
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
