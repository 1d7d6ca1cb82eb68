import type { Account } from "../accounts/account.ts";
import type { DatasetRef, RefKind } from "./store.ts";

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Reads what a path names a dataset by: an id, a name, or one of both behind the account's schema or name and a dot. */
export function parseRef(account: Account, kind: RefKind, text: string): DatasetRef {
  // No name and no id has a NUL, which PostgreSQL would refuse to be sent.
  if (text.includes("\0")) return { kind, names: [], id: undefined };
  const owner = [account.schema, account.name].find((name) => text.startsWith(`${name}.`));
  const names = owner === undefined ? [text] : [text, text.slice(owner.length + 1)];
  return { kind, names, id: names.find((name) => UUID.test(name)) };
}
