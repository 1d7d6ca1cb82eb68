import { randomBytes } from "node:crypto";
import type { Engine, SystemSession } from "../db/engine.ts";
import { quoteIdent } from "../db/identifier.ts";
import {
  ACCOUNT_NAME,
  type Account,
  DEFAULT_KEY_NAME,
  DEFAULT_PUBLIC_TOKEN,
  type KeySpec,
  MASTER_KEY_NAME,
} from "./account.ts";
import { ensureLayerDefinition } from "./layer-definition.ts";
import { ensureQuotas } from "./quota.ts";
import { ensurePublicRole, grantTables, provisionRole, roleName } from "./roles.ts";
import { createAccount, putKey, readAccount } from "./store.ts";

/** An account to be there once the server runs. */
export interface AccountSpec {
  name: string;
  /** Token of the master key; kept as it is, or made, when not given. */
  masterKey?: string | undefined;
  /** Further keys, with their rights on tables. */
  keys?: readonly RegularKeySpec[] | undefined;
}

/** A key with rights of its own, to be there once the server runs. */
export type RegularKeySpec = Omit<KeySpec, "type">;

/** An account as it is now, and in words what could not be granted. */
export interface Provisioned {
  account: Account;
  missing: readonly string[];
}

/**
 * Makes an account with its schema, roles and keys, or brings it up to date, in the transaction at hand.
 *
 * @throws Error in words for a name or a key that can't be.
 */
export async function provisionAccount(
  engine: Engine,
  session: SystemSession,
  spec: AccountSpec,
): Promise<Provisioned> {
  if (!ACCOUNT_NAME.test(spec.name)) {
    throw new Error(`${JSON.stringify(spec.name)} is no account name: use lower-case letters, digits and hyphens`);
  }
  if (!(await readAccount(session, spec.name, engine.capabilities))) await createAccount(session, spec.name);
  const before = await expectAccount(engine, session, spec.name);
  const [database] = await session.query<{ oid: number }>(
    "SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()",
  );
  const existing = before.keys.find((key) => key.type === "master")?.token;
  const keys: KeySpec[] = [
    { name: MASTER_KEY_NAME, type: "master", token: spec.masterKey ?? existing ?? createToken(), grants: [] },
    { name: DEFAULT_KEY_NAME, type: "default", token: DEFAULT_PUBLIC_TOKEN, grants: [] },
    ...(spec.keys ?? []).map((key) => ({ ...key, type: "regular" as const })),
  ];
  refuseSameTokens(keys);
  await ensurePublicRole(session);
  await session.query(`CREATE SCHEMA IF NOT EXISTS ${quoteIdent(before.schema)}`);
  for (const key of keys) {
    const role = roleName(database?.oid ?? 0, spec.name, key.type === "regular" ? key.name : key.type);
    await putKey(session, spec.name, { ...key, role });
  }
  const account = await expectAccount(engine, session, spec.name);
  const missing: string[] = [];
  for (const key of account.keys) {
    await provisionRole(engine, session, account, key);
    const grants = keys.find(({ name }) => name === key.name)?.grants ?? [];
    missing.push(...(await grantTables(session, account, key, grants)));
  }
  await ensureLayerDefinition(engine, session, account);
  // Of all accounts: those of an older version have none.
  await ensureQuotas(session);
  return { account, missing };
}

async function expectAccount(engine: Engine, session: SystemSession, name: string): Promise<Account> {
  const account = await readAccount(session, name, engine.capabilities);
  if (!account) throw new Error(`account ${name} was not stored`);
  return account;
}

/** A token of 40 hexadecimal digits, as CARTO's master keys have. */
const createToken = (): string => randomBytes(20).toString("hex");

function refuseSameTokens(keys: readonly KeySpec[]): void {
  const tokens = new Set(keys.map((key) => key.token));
  if (tokens.size < keys.length) throw new Error("two keys of one account can't have the same token");
}
