import type { Context } from "hono";
import type { Account } from "../accounts/account.ts";
import type { AccountRegistry } from "../accounts/registry.ts";
import { headerOf } from "./client.ts";
import type { Env } from "./env.ts";
import { HttpError } from "./errors.ts";
import { headersOf } from "./reply.ts";
import type { Step } from "./route.ts";

/**
 * Finds the account that a request addresses: by `/user/NAME` or `/u/NAME` in the path, else by the host's first label.
 *
 * @param unknown Makes the error where there is none. @defaultValue 404 with the SQL API's words
 */
export function account(accounts: AccountRegistry, unknown: (name: string) => Error = unknownAccount): Step {
  return function account(c) {
    const name = c.req.param("user") ?? fromHost(headerOf(c, "host") ?? "");
    headersOf(c)["Carto-User"] = name.replace(/[^\x20-\x7e]/g, "");
    const keep = (found: Account | undefined): void => {
      if (!found) throw unknown(name);
      keepAccount(c, found);
    };
    const found = accounts.find(name);
    return found instanceof Promise ? found.then(keep) : void keep(found);
  };
}

const unknownAccount = (name: string): HttpError =>
  new HttpError(
    404,
    `Sorry, we can't find CARTO user '${name}'. Please check that you have entered the correct domain.`,
  );

function keepAccount(c: Context<Env>, found: Account): void {
  headersOf(c)["Carto-User-Id"] = String(found.id);
  c.set("account", found);
}

function fromHost(host: string): string {
  const name = /^([^.]*)\./.exec(host)?.[1];
  // The four numbers of an address are no names.
  if (name === undefined || name === "" || /^[\d.:]+$/.test(host)) {
    throw new HttpError(400, `No username found in hostname '${host.replace(/:\d+$/, "")}'`);
  }
  return name;
}

/** Paths of the Maps API as clients build them below a CDN's address: `/NAME/api/v1/map`. */
const CDN_FORM = /^\/(?!api\/|user\/|u\/)[^/]+(?=\/api\/v\d+\/map(?:\/|$))/;

/** A path with the account in the form that routes know: `/NAME/api/v1/map` becomes `/user/NAME/api/v1/map`. */
export const inUserForm = (path: string): string => (CDN_FORM.test(path) ? `/user${path}` : path);

/** Where the request was sent to, `https://host`: behind a proxy by what that says of the scheme. */
export function originOf(c: Context<Env>): string {
  const { protocol, host } = new URL(c.req.url);
  const forwarded = headerOf(c, "x-forwarded-proto");
  return `${forwarded === "https" || forwarded === "http" ? `${forwarded}:` : protocol}//${host}`;
}

/** URL that the account's paths are below, as the request was addressed: `http://host/user/NAME`, `http://host/NAME`, or the host alone. */
export function baseUrlOf(c: Context<Env>): string {
  const { pathname } = new URL(c.req.url);
  return originOf(c) + (/^\/(?:user|u)\/[^/]+/.exec(pathname) ?? CDN_FORM.exec(pathname) ?? [""])[0];
}
