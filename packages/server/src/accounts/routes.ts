import type { ApiKey, ApiKeyList, ApiKeyType } from "@carto-ts/protocol";
import type { Engine, SystemSession } from "../db/engine.ts";
import { isMaster } from "../http/authenticate.ts";
import { replyJson } from "../http/reply.ts";
import type { Route } from "../http/route.ts";
import type { Account, AccountKey } from "./account.ts";
import { readTableGrants } from "./store.ts";

const TYPES: readonly ApiKeyType[] = ["master", "default", "regular"];

/** `GET /api/v3/me`: which account a client talks to. Needs no key, and a wrong one doesn't hurt. */
export const me: Route = (c) => {
  const { name } = c.get("account");
  return replyJson(c, { config: { user_name: name, account_host: c.req.header("host") ?? "" } });
};

/** `GET /api/v3/api_keys`: every key for the master key, itself for another. */
export function apiKeys({ engine }: { engine: Engine }): Route {
  return async (c) => {
    const account = c.get("account");
    const types = c.get("params").text("type")?.split(",") ?? TYPES;
    const wrong = types.find((type) => !TYPES.some((known) => known === type));
    if (wrong !== undefined) {
      const errors = `Wrong 'type' parameter value. Valid values are one of ${TYPES.join(", ")}`;
      return replyJson(c, { errors, errors_cause: null }, 400);
    }
    const visible = isMaster(c.get("key")) ? account.keys : [c.get("key")];
    const keys = visible.filter((key) => types.includes(key.type));
    const result = await engine.system((session) => Promise.all(keys.map((key) => toApiKey(session, account, key))));
    const href = new URL(c.req.url).pathname;
    const list: ApiKeyList = {
      total: result.length,
      count: result.length,
      result,
      _links: { first: { href }, last: { href } },
    };
    return replyJson(c, list);
  };
}

async function toApiKey(session: SystemSession, account: Account, key: AccountKey): Promise<ApiKey> {
  const tables = key.type === "regular" ? await readTableGrants(session, account.schema, key.role.name) : [];
  return {
    name: key.name,
    user: { username: account.name },
    type: key.type,
    token: key.token,
    grants: [
      { type: "apis", apis: [...key.apis] },
      { type: "database", tables, schemas: [] },
    ],
    created_at: toUtcText(key.createdAt),
    updated_at: toUtcText(key.updatedAt),
  };
}

/** `2018-02-12 11:02:44 UTC` */
const toUtcText = (date: Date): string => `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
