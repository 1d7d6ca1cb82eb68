import type { ApiKey, ApiKeyList } from "@carto-ts/protocol";
import type { Datasets } from "../datasets/datasets.ts";
import type { Engine } from "../db/engine.ts";
import { baseUrlOf, originOf } from "../http/account.ts";
import { findPlatformKey, isMaster } from "../http/authenticate.ts";
import { clientSignal } from "../http/client.ts";
import { HttpError, PlatformError } from "../http/errors.ts";
import { type PageOf, pageLinks, parsePage } from "../http/pages.ts";
import { replyPlatform, telling, typedError } from "../http/platform.ts";
import type { Route } from "../http/route.ts";
import type { Account, AccountKey } from "./account.ts";
import { toAccountData } from "./account-data.ts";
import { filterKeys, parseKeyFilter, toApiKey } from "./key-list.ts";
import { readTableGrants } from "./store.ts";

/** What the routes of accounts work with. */
export interface AccountServices {
  engine: Engine;
  datasets: Datasets;
}

type Context = Parameters<Route>[0];

/** `GET /api/v3/me`, which needs no key and minds no wrong one; `GET /api/v4/me`, which does. */
export function me(services: AccountServices): Route {
  return telling(typedError, async (c) => {
    const key = findPlatformKey(c);
    if (c.req.param("version") !== "v4") return replyPlatform(c, await toMe(c, services, key));
    if (!key) throw new PlatformError(401);
    return replyPlatform(c, toShortMe(c, key));
  });
}

async function toMe(
  c: Context,
  services: AccountServices,
  key: AccountKey | undefined,
): Promise<Record<string, unknown>> {
  const template = `${originOf(c)}/user/{user}`;
  const config = {
    user_name: c.get("account").name,
    account_host: c.req.header("host") ?? "",
    maps_api_template: template,
    sql_api_template: template,
    cartodb_com_hosted: false,
  };
  if (!key || !isMaster(key)) return { user_frontend_version: null, config };
  return {
    user_frontend_version: null,
    config,
    user_data: await accountData(c, services),
    dashboard_notifications: {},
    organization_notifications: [],
    can_change_email: false,
    plan_name: null,
    can_be_deleted: false,
    services: [],
    mfa_required: false,
  };
}

function toShortMe(c: Context, key: AccountKey): Record<string, unknown> {
  const base = baseUrlOf(c);
  const endpoints = { sql: base, maps: base, import: base, auth: base, builder: base };
  const short = { username: c.get("account").name, organization: null };
  if (!isMaster(key)) return { ...short, api_endpoints: endpoints };
  return {
    ...short,
    api_endpoints: { ...endpoints, maps_api_v2_template: `${originOf(c)}/user/{user}` },
    avatar_url: null,
    first_name: null,
    last_name: null,
    groups: [],
    region: null,
  };
}

/** `GET /api/v1/users/:id`: the account that the path or the host names, whatever the id. */
export function showUser(services: AccountServices): Route {
  return telling(typedError, async (c) => replyPlatform(c, await accountData(c, services)));
}

async function accountData(c: Context, { datasets }: AccountServices): Promise<Record<string, unknown>> {
  const account = c.get("account");
  const tables = await datasets.count(account);
  const bytes = await datasets.bytes(account, clientSignal(c));
  return toAccountData(account, baseUrlOf(c), { tables, bytes });
}

/** `GET /api/v3/api_keys`: every key for the master key, itself for another. */
export function listApiKeys(services: AccountServices): Route {
  return telling(typedError, async (c) => {
    const account = c.get("account");
    const filter = parseKeyFilter(c.get("params"));
    const page = parsePage(c.get("params"));
    const keys = filterKeys(visibleKeys(c), filter);
    const result = await toApiKeys(services, account, pageOf(keys, page));
    const self = `${originOf(c)}${new URL(c.req.url).pathname.replace(/\/$/, "")}`;
    const list: ApiKeyList = {
      total: keys.length,
      count: result.length,
      result: result.map((key) => ({ ...key, _links: { self: `${self}/${encodeURIComponent(key.name)}` } })),
      _links: pageLinks(c, page, keys.length),
    };
    return replyPlatform(c, list);
  });
}

/** `GET /api/v3/api_keys/:name` */
export function showApiKey(services: AccountServices): Route {
  return telling(typedError, async (c) => {
    const name = c.req.param("name") ?? "";
    const key = visibleKeys(c).filter((known) => known.name === name);
    const [found] = await toApiKeys(services, c.get("account"), key);
    if (!found) throw new HttpError(404, `API key not found: ${name}`);
    return replyPlatform(c, found);
  });
}

function visibleKeys(c: Context): readonly AccountKey[] {
  const key = c.get("key");
  return isMaster(key) ? c.get("account").keys : [key];
}

const pageOf = <T>(items: readonly T[], { page, perPage }: PageOf): T[] =>
  items.slice((page - 1) * perPage, page * perPage);

async function toApiKeys(
  { engine }: AccountServices,
  account: Account,
  keys: readonly AccountKey[],
): Promise<ApiKey[]> {
  const roles = keys.filter(({ type }) => type === "regular").map(({ role }) => role.name);
  const grants =
    roles.length > 0 ? await engine.system((session) => readTableGrants(session, account.schema, roles)) : [];
  return keys.map((key) => {
    const own = grants.filter(({ role }) => role === key.role.name).map(({ role: _, ...grant }) => grant);
    return toApiKey(account, key, own);
  });
}
