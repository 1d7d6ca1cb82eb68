import type { MiddlewareHandler } from "hono";
import type { AccountRegistry } from "../accounts/registry.ts";
import { headerOf } from "./client.ts";
import type { Env } from "./env.ts";
import { HttpError } from "./errors.ts";

/** Finds the account that a request addresses: by `/user/NAME` or `/u/NAME` in the path, else by the host's first label. */
export function account(accounts: AccountRegistry): MiddlewareHandler<Env> {
  return async function account(c, next) {
    const name = c.req.param("user") ?? fromHost(headerOf(c, "host") ?? "");
    const headers = c.get("headers");
    headers["Carto-User"] = name;
    const found = await accounts.find(name);
    if (!found) {
      throw new HttpError(
        404,
        `Sorry, we can't find CARTO user '${name}'. Please check that you have entered the correct domain.`,
      );
    }
    headers["Carto-User-Id"] = String(found.id);
    c.set("account", found);
    await next();
  };
}

function fromHost(host: string): string {
  const name = /^([^.]*)\./.exec(host)?.[1];
  // The four numbers of an address are no names.
  if (name === undefined || name === "" || /^[\d.:]+$/.test(host)) {
    throw new HttpError(400, `No username found in hostname '${host.replace(/:\d+$/, "")}'`);
  }
  return name;
}
