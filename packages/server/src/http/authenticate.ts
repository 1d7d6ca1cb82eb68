import type { Context } from "hono";
import { type AccountKey, DEFAULT_PUBLIC_TOKEN } from "../accounts/account.ts";
import { findKey } from "../accounts/registry.ts";
import { headerOf } from "./client.ts";
import type { Env } from "./env.ts";
import { HttpError, PlatformError } from "./errors.ts";
import { headersOf } from "./reply.ts";
import type { Step } from "./route.ts";

/** Why a request's key is refused. */
export type KeyRefusal = "api-key-not-found" | "api-key-username-mismatch" | "api-key-does-not-grant-access";

/**
 * Finds the key that a request came with: Basic `user:key`, Bearer, then `api_key` and `map_key` of the query string
 * and the body. None is the anonymous caller's.
 *
 * @param refuse Makes the error for a key that is refused. @defaultValue the SQL API's
 */
export function authenticate({
  api,
  refuse = refuseKey,
}: {
  api: "sql" | "maps" | undefined;
  refuse?: (why: KeyRefusal) => Error;
}): Step {
  return function authenticate(c) {
    const token = givenKey(c, refuse)?.token;
    const key = findKey(c.get("account"), token ?? DEFAULT_PUBLIC_TOKEN);
    if (!key) throw refuse("api-key-not-found");
    if (token !== undefined && api !== undefined && !key.apis.includes(api)) {
      throw refuse("api-key-does-not-grant-access");
    }
    headersOf(c)["vary"] = "Authorization";
    c.set("key", key);
  };
}

function refuseKey(why: KeyRefusal): HttpError {
  if (why === "api-key-not-found") return new HttpError(401, "Unauthorized");
  return new HttpError(403, why === "api-key-username-mismatch" ? "permission denied" : "forbidden");
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
    return findKey(c.get("account"), givenKey(c)?.token ?? DEFAULT_PUBLIC_TOKEN);
  } catch (error) {
    if (error instanceof HttpError) return undefined; // Basic with somebody else's name
    throw error;
  }
}

/** Whether a key is its account's master key. */
export const isMaster = (key: AccountKey): boolean => key.type === "master";

/** A key as it came with a request. */
export interface GivenKey {
  token: string;
  /** Whether it came in the query string or the body, not in a header. */
  inParams: boolean;
}

/** The key that a request came with, known or not; undefined for none. @throws what `refuse` makes for somebody else's name. */
export function givenKey(c: Context<Env>, refuse: (why: KeyRefusal) => Error = refuseKey): GivenKey | undefined {
  const [scheme = "", credentials = ""] = (headerOf(c, "authorization") ?? "").split(" ");
  if (scheme.toLowerCase() === "basic") return inHeader(readBasic(credentials, c.get("account").name, refuse));
  if (scheme.toLowerCase() === "bearer" && credentials !== "") return inHeader(credentials);
  const params = c.get("params");
  const token = params.text("api_key") || params.text("map_key") || undefined;
  return token === undefined ? undefined : { token, inParams: true };
}

const inHeader = (token: string | undefined): GivenKey | undefined =>
  token === undefined ? undefined : { token, inParams: false };

/** An empty password counts as no key. */
function readBasic(credentials: string, account: string, refuse: (why: KeyRefusal) => Error): string | undefined {
  const text = Buffer.from(credentials, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 0) return undefined;
  if (text.slice(0, colon) !== account) throw refuse("api-key-username-mismatch");
  return text.slice(colon + 1) || undefined;
}
