import type { Context } from "hono";
import type { AccountRegistry } from "../accounts/registry.ts";
import { headerOf } from "../http/client.ts";
import type { Env } from "../http/env.ts";
import { notFound } from "../http/errors.ts";
import { type ResponseHeaders, reply } from "../http/reply.ts";
import type { Route } from "../http/route.ts";
import { type Asset, Assets, toAsset } from "./assets.ts";

/** The viewer's routes. */
export interface Viewer {
  /** `GET /` */
  root: Route;
  /** `GET /viewer/:user` */
  list: Route;
  /** `GET /viewer/:user/query`, and `GET /viewer/assets/FILE`, for the router can't have a fixed part beside any. */
  queryOrAsset: Route;
  /** `GET /viewer/:user/:kind/:name`, where the kind is `dataset` or `map` */
  map: Route;
}

/** What can be shown by its name. */
const MAPS = ["dataset", "map"];

/**
 * What pages may do: run, read and show what comes from this server, and nothing else.
 *
 * Images may be made by the page itself, which MapLibre does. Workers run under the same policy, for it comes with
 * their code.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'self'",
].join("; ");

const HEADERS: Readonly<ResponseHeaders> = {
  "Content-Security-Policy": POLICY,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  // Kept, but asked for: a server of another version has other files under the same names.
  "Cache-Control": "no-cache",
};

const TEXT: Readonly<ResponseHeaders> = { "Content-Type": "text/plain; charset=utf-8" };
const WELCOME = "This is a carto-ts server. Its APIs are below /user/ACCOUNT/api; browsers get a list of maps here.\n";

/**
 * Makes the routes of the pages to look at data.
 *
 * Addresses of pages have their account in the path, whatever the host. `/` alone is of the account that the host names,
 * else of the first one. The pages hold no data: what they show they ask of the APIs, with the key that their reader
 * typed or none, so that they are the same for everybody.
 */
export function viewer(parts: { accounts: AccountRegistry; firstAccount: string }): Viewer {
  const { accounts, firstAccount } = parts;
  const assets = new Assets();

  async function page(c: Context<Env>, file: string, account: string): Promise<Response> {
    const template = await assets.find(file);
    if (!template)
      return reply(c, "The pages were not built: npm run build makes them\n", { status: 503, headers: TEXT });
    const html = new TextDecoder().decode(template.bytes).replace("{account}", () => escapeHtml(account));
    return send(c, await toAsset(template.type, html));
  }

  async function pageOfUser(c: Context<Env>, file: string): Promise<Response> {
    const account = await accounts.find(c.req.param("user") ?? "");
    return account ? page(c, file, account.name) : notFound(c);
  }

  return {
    async root(c) {
      if (!(headerOf(c, "accept") ?? "").includes("text/html")) {
        return reply(c, WELCOME, { headers: { ...TEXT, Vary: "Accept" } });
      }
      const named = /^([^.:]+)\./.exec(headerOf(c, "host") ?? "")?.[1];
      const account = named === undefined ? undefined : await accounts.find(named);
      return page(c, "list.html", account?.name ?? firstAccount);
    },
    list: (c) => pageOfUser(c, "list.html"),
    async queryOrAsset(c) {
      const { user, kind } = c.req.param() as { user: string; kind: string };
      if (user !== "assets") return kind === "query" ? pageOfUser(c, "map.html") : notFound(c);
      const found = await assets.find(kind);
      return found ? send(c, found) : notFound(c);
    },
    map: (c) => (MAPS.includes(c.req.param("kind") ?? "") ? pageOfUser(c, "map.html") : notFound(c)),
  };
}

function send(c: Context<Env>, { type, bytes, gzipped, etag }: Asset): Response {
  const zipped = /\bgzip\b/.test(headerOf(c, "accept-encoding") ?? "");
  // Two representations, two tags.
  const tag = zipped ? `${etag.slice(0, -1)}-gzip"` : etag;
  const headers: ResponseHeaders = { ...HEADERS, ETag: tag, Vary: "Accept, Accept-Encoding" };
  const known = (headerOf(c, "if-none-match") ?? "").split(",").map((each) => each.trim().replace(/^W\//, ""));
  if (known.includes(tag)) return reply(c, null, { status: 304, headers });
  headers["Content-Type"] = type;
  if (zipped) headers["Content-Encoding"] = "gzip";
  return reply(c, zipped ? gzipped : bytes, { headers });
}

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
