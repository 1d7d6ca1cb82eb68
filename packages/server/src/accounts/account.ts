import type { ApiKeyType } from "@carto-ts/protocol";
import type { Role } from "../db/engine.ts";

/** A key of an account, and the role that its SQL runs as. */
export interface AccountKey {
  /** Unique in the account; `Master` and `Default public` are the fixed ones. */
  name: string;
  type: ApiKeyType;
  token: string;
  role: Role;
  /** APIs that the key may use: `sql`, `maps`. */
  apis: readonly string[];
  createdAt: Date;
  updatedAt: Date;
}

/** Whose data a request is about. */
export interface Account {
  id: number;
  /** The id that the platform APIs give it. */
  uuid: string;
  name: string;
  /** Schema of the account's tables; `public` for the first account. */
  schema: string;
  keys: readonly AccountKey[];
  createdAt: Date;
}

/** A right on a table that a key is created with. */
export interface KeyGrant {
  /** Table in the account's schema. */
  table: string;
  /** Any of `select`, `insert`, `update`, `delete`. */
  permissions: readonly string[];
}

/** A key to be made when the server starts. */
export interface KeySpec {
  name: string;
  type: ApiKeyType;
  token: string;
  grants: readonly KeyGrant[];
}

/** Token of the key that every account has for anonymous callers. */
export const DEFAULT_PUBLIC_TOKEN = "default_public";
/** Name of the account's own key. */
export const MASTER_KEY_NAME = "Master";
/** Name of the key of anonymous callers. */
export const DEFAULT_KEY_NAME = "Default public";

/** Names that an account may have: a DNS label, for it may stand in a host name. */
export const ACCOUNT_NAME: RegExp = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Token of an account's master key. */
export const masterToken = (account: Account): string => account.keys.find((key) => key.type === "master")?.token ?? "";

/** Role of an account's master key, which the account's tables belong to. */
export function masterRole(account: Account): Role {
  const key = account.keys.find(({ type }) => type === "master");
  if (!key) throw new Error(`account ${account.name} has no master key`);
  return key.role;
}
