import type { ApiKey, ApiKeyType, TableGrant } from "@carto-ts/protocol";
import { HttpError } from "../http/errors.ts";
import type { Params } from "../http/params.ts";
import type { Account, AccountKey } from "./account.ts";

const TYPES: readonly ApiKeyType[] = ["master", "default", "regular"];
const ORDERS = ["type", "name", "updated_at"] as const;
const DIRECTIONS = ["asc", "desc"];

/** Keys of a list, of some types and in some order: master, default, regular, and within them as asked, by name. */
export interface KeyFilter {
  types: readonly string[];
  order: (typeof ORDERS)[number];
  descending: boolean;
}

/** Reads which keys are asked for. Pure. @throws {@link HttpError} 400 with the contract's texts. */
export function parseKeyFilter(params: Params): KeyFilter {
  const types = params.text("type")?.split(",").filter(Boolean) ?? [];
  for (const type of types) oneOf("type", type, TYPES);
  return {
    types: types.length > 0 ? types : TYPES,
    order: oneOf("order", params.text("order") || "type", ORDERS),
    descending: oneOf("order_direction", params.text("order_direction") || "asc", DIRECTIONS) === "desc",
  };
}

function oneOf<T extends string>(name: string, value: string, valid: readonly T[]): T {
  const found = valid.find((known) => known === value);
  if (found !== undefined) return found;
  throw new HttpError(400, `Wrong '${name}' parameter value. Valid values are one of ${valid.join(", ")}`);
}

/** The keys that a filter lets through, in its order. Pure. */
export function filterKeys(keys: readonly AccountKey[], { types, order, descending }: KeyFilter): AccountKey[] {
  const within = (a: AccountKey, b: AccountKey): number => {
    const before = order === "updated_at" ? a.updatedAt < b.updatedAt : a.name < b.name;
    const after = order === "updated_at" ? a.updatedAt > b.updatedAt : a.name > b.name;
    const sign = before ? -1 : after ? 1 : 0;
    return descending ? -sign : sign;
  };
  const rank = ({ type }: AccountKey): number => TYPES.indexOf(type);
  return keys.filter(({ type }) => types.includes(type)).sort((a, b) => rank(a) - rank(b) || within(a, b));
}

/** A key as the Auth API tells it; `tables` are its rights, read back from the database. */
export function toApiKey(account: Account, key: AccountKey, tables: readonly TableGrant[]): ApiKey {
  return {
    name: key.name,
    user: { username: account.name },
    type: key.type,
    token: key.token,
    grants: [
      { type: "apis", apis: [...key.apis] },
      { type: "database", tables: [...tables], schemas: [] },
    ],
    created_at: toUtcText(key.createdAt),
    updated_at: toUtcText(key.updatedAt),
  };
}

/** `2018-02-12 11:02:44 UTC` */
const toUtcText = (date: Date): string => `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
