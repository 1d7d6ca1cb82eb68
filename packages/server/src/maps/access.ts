import type { Account, AccountKey } from "../accounts/account.ts";
import { masterRole } from "../accounts/account.ts";
import type { Limits } from "../config.ts";
import type { AbortSource } from "../db/engine.ts";
import type { KeyRefusal } from "../http/authenticate.ts";
import { nodesIn } from "./analyses/analysis-node.ts";
import type { Layergroup } from "./layergroup/layergroup.ts";
import type { Reader } from "./layergroup/read-map.ts";
import type { LayergroupToken } from "./layergroup/token.ts";
import type { MapConfig } from "./map-config/map-config.ts";
import { type MapError, mapError } from "./map-error.ts";
import { isAuthorized } from "./named/named-maps.ts";

/** The error for a key that is refused. */
export function refuseMapKey(why: KeyRefusal): MapError {
  const isUnknown = why === "api-key-not-found";
  return mapError(isUnknown ? "Unauthorized" : "Forbidden", {
    status: isUnknown ? 401 : 403,
    type: "auth",
    subtype: why,
  });
}

/** Who asks for a map. */
export interface MapCaller {
  account: Account;
  /** The default one when the request came with none. */
  key: AccountKey;
  /** Tokens for named maps. */
  authTokens: readonly string[];
  signal: AbortSource;
}

/** Who reads an anonymous map: the caller's key. */
export const callersReader = ({ key, signal }: MapCaller, limits: Limits): Reader => ({
  role: key.role,
  isMaster: key.type === "master",
  signal,
  timeoutMs: timeoutOf(key, limits),
});

/** Who reads a named map: the account, for as long as the caller's statements may take. */
export const ownersReader = ({ account, key, signal }: MapCaller, limits: Limits): Reader => ({
  role: masterRole(account),
  isMaster: true,
  signal,
  timeoutMs: timeoutOf(key, limits),
});

const timeoutOf = (key: AccountKey, limits: Limits): number =>
  key.type === "default" ? limits.anonymousTimeoutMs : limits.queryTimeoutMs;

/** Whether the token is of the account that is asked; before anything is read. @throws MapError 403 */
export function checkSigner({ signer }: LayergroupToken, account: Account): void {
  if (signer === undefined || signer === account.name) return;
  throw mapError(`Cannot use map signature of user "${signer}" on db of user "${account.name}"`, {
    status: 403,
    type: "auth",
  });
}

/** Whether a key may have analyses made that are more than a query. @throws MapError 403 */
export function checkAnalyses({ analyses }: MapConfig, key: AccountKey): void {
  const refused = key.type === "default" ? nodesIn(analyses.roots).find(({ type }) => type !== "source") : undefined;
  if (!refused) return;
  const { id, hash, type } = refused;
  throw mapError("Analysis requires authentication with API key: permission denied.", {
    status: 403,
    type: "analysis",
    analysis: { id, node_id: hash, type },
  });
}

/**
 * Who reads a map that exists: of a named map the account, for its template decides who may see it; of an anonymous one
 * the caller.
 *
 * @throws MapError 403 for a named map whose token the caller hasn't, and for an anonymous map that is asked for as one.
 */
export function readerOf(
  { template, ownersOnly }: Layergroup,
  token: LayergroupToken,
  { caller, limits }: { caller: MapCaller; limits: Limits },
): Reader {
  if (template === undefined) {
    if (token.signer !== undefined && caller.key.type === "default") throw unauthorized();
    if (ownersOnly && caller.key.type !== "master") throw mapError("system tables are forbidden", { status: 403 });
    return callersReader(caller, limits);
  }
  const isOwner = caller.key.type === "master";
  if (!isOwner && !isAuthorized(template.auth, caller.authTokens)) throw unauthorized();
  return ownersReader(caller, limits);
}

const unauthorized = (): MapError => mapError("Sorry, you are unauthorized (permission denied)", { status: 403 });
