import type { Context } from "hono";
import { type AccountKey, DEFAULT_PUBLIC_TOKEN } from "../accounts/account.ts";
import { findKey } from "../accounts/registry.ts";
import { headerOf } from "./client.ts";
import type { Env } from "./env.ts";
import { HttpError, PlatformError } from "./errors.ts";
import { headersOf } from "./reply.ts";
import type { Step } from "./route.ts";

/**
 * Finds the key that a request came with: Basic `user:key`, Bearer, then `api_key` and `map_key` of the query string
 * and the body. None is the anonymous caller's.
 */
export function authenticate({ api }: { api: "sql" | "maps" | undefined }): Step {
  return function authenticate(c) {
    const token = readToken(c);
    const key = findKey(c.get("account"), token ?? DEFAULT_PUBLIC_TOKEN);
    if (!key) throw new HttpError(401, "Unauthorized");
    if (token !== undefined && api !== undefined && !key.apis.includes(api)) throw new HttpError(403, "forbidden");
    headersOf(c)["vary"] = "Authorization";
    c.set("key", key);
  };
}

/** Lets only the account's master key through. */
export const requireMaster: Step = function requireMaster(c) {
  if (!isMaster(c.get("key"))) throw new HttpError(403, "permission denied");
};

/** Finds the key for the platform APIs, which want the master key and answer 401 with nothing in it to any other. */
export const platformKey: Step = function platformKey(c) {
  admitPlatformKey(c);
};

/** What {@link platformKey} does, for routes whose parameters come late. */
export function admitPlatformKey(c: Context<Env>): void {
  const key = findPlatformKey(c);
  if (!key || !isMaster(key)) throw new PlatformError(401);
  c.set("key", key);
}

/** Finds the key for the platform APIs that others may read as well: the anonymous caller's where there is none. */
export const optionalPlatformKey: Step = function optionalPlatformKey(c) {
  const key = findPlatformKey(c);
  if (!key) throw new PlatformError(401);
  c.set("key", key);
};

/** The key that a request to the platform APIs came with: the anonymous caller's for none, undefined for a wrong one. */
export function findPlatformKey(c: Context<Env>): AccountKey | undefined {
  headersOf(c)["vary"] = "Authorization";
  try {
    return findKey(c.get("account"), readToken(c) ?? DEFAULT_PUBLIC_TOKEN);
  } catch (error) {
    if (error instanceof HttpError) return undefined; // Basic with somebody else's name
    throw error;
  }
}

/** Whether a key is its account's master key. */
export const isMaster = (key: AccountKey): boolean => key.type === "master";

function readToken(c: Context<Env>): string | undefined {
  const [scheme = "", credentials = ""] = (headerOf(c, "authorization") ?? "").split(" ");
  if (scheme.toLowerCase() === "basic") return readBasic(credentials, c.get("account").name);
  if (scheme.toLowerCase() === "bearer" && credentials !== "") return credentials;
  const params = c.get("params");
  return params.text("api_key") || params.text("map_key") || undefined;
}

/** An empty password counts as no key. */
function readBasic(credentials: string, account: string): string | undefined {
  const text = Buffer.from(credentials, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 0) return undefined;
  if (text.slice(0, colon) !== account) throw new HttpError(403, "permission denied");
  return text.slice(colon + 1) || undefined;
}
