import type { Context } from "hono";
import type { Account } from "../accounts/account.ts";
import type { AccountRegistry } from "../accounts/registry.ts";
import { headerOf } from "./client.ts";
import type { Env } from "./env.ts";
import { HttpError } from "./errors.ts";
import { headersOf } from "./reply.ts";
import type { Step } from "./route.ts";

/** Finds the account that a request addresses: by `/user/NAME` or `/u/NAME` in the path, else by the host's first label. */
export function account(accounts: AccountRegistry): Step {
  return function account(c) {
    const name = c.req.param("user") ?? fromHost(headerOf(c, "host") ?? "");
    headersOf(c)["Carto-User"] = name;
    const found = accounts.find(name);
    if (found instanceof Promise) return found.then((read) => keep(c, name, read));
    keep(c, name, found);
    return;
  };
}

function keep(c: Context<Env>, name: string, found: Account | undefined): void {
  if (!found) {
    throw new HttpError(
      404,
      `Sorry, we can't find CARTO user '${name}'. Please check that you have entered the correct domain.`,
    );
  }
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
