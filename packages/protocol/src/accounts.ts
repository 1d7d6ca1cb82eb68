/** Kinds of API keys: the account's own, the one of anonymous callers, and those with grants of their own. */
export type ApiKeyType = "master" | "default" | "regular";

/** Rights on one table. */
export interface TableGrant {
  schema: string;
  name: string;
  /** Whether the key's role owns the table. */
  owner: boolean;
  /** Lower case, alphabetical: `delete`, `insert`, `select`, `update`. */
  permissions: string[];
}

/** One section of an API key's grants. */
export type ApiKeyGrant =
  | { type: "apis"; apis: string[] }
  | { type: "database"; tables: TableGrant[]; schemas: { name: string; permissions: string[] }[] };

/** An API key as `/api/v3/api_keys` returns it. */
export interface ApiKey {
  name: string;
  user: { username: string };
  type: ApiKeyType;
  token: string;
  grants: ApiKeyGrant[];
  created_at: string;
  updated_at: string;
  /** Where the key itself is; in lists. */
  _links?: { self: string };
}

/** A page of `/api/v3/api_keys`. */
export interface ApiKeyList {
  total: number;
  count: number;
  result: ApiKey[];
  _links: Record<string, { href: string }>;
}

/** What `/api/v3/me` answers: at least the account's name. */
export interface Me {
  config: { user_name: string; [name: string]: unknown };
  [name: string]: unknown;
}
