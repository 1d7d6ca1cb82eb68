import type { Engine } from "../db/engine.ts";
import type { Account, AccountKey } from "./account.ts";
import { readAccount } from "./store.ts";

interface Entry {
  account: Account | undefined;
  readAt: number;
}

/**
 * Accounts and keys, kept in memory.
 *
 * On PostgreSQL, where other servers may change them, an entry is read again after a few seconds; the embedded engine
 * belongs to this process alone, and its one session must not be waited for to know a key.
 */
export class AccountRegistry {
  readonly #engine: Engine;
  readonly #maxAgeMs: number;
  readonly #entries = new Map<string, Entry>();
  readonly #reading = new Map<string, Promise<Account | undefined>>();

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#maxAgeMs = engine.id === "pglite" ? Number.POSITIVE_INFINITY : 5_000;
  }

  /** The account called `name`, or undefined; a promise only where it has to be read. */
  find(name: string): Promise<Account | undefined> | Account | undefined {
    const entry = this.#entries.get(name);
    if (entry && Date.now() - entry.readAt < this.#maxAgeMs) return entry.account;
    return this.#reading.get(name) ?? this.#read(name);
  }

  /** Forgets what is known of an account, after its keys were changed. */
  forget(name: string): void {
    this.#entries.delete(name);
  }

  async #read(name: string): Promise<Account | undefined> {
    const reading = this.#engine.system((session) => readAccount(session, name, this.#engine.capabilities));
    this.#reading.set(name, reading);
    try {
      const account = await reading;
      // Names that don't exist are remembered too, but not without end.
      if (account || this.#entries.size < 1_000) this.#entries.set(name, { account, readAt: Date.now() });
      return account;
    } finally {
      this.#reading.delete(name);
    }
  }
}

/** The key of `account` with this token. */
export function findKey(account: Account, token: string): AccountKey | undefined {
  return account.keys.find((key) => isSameToken(key.token, token));
}

/** Compares in a time that doesn't tell how much of a token was right. */
function isSameToken(ours: string, theirs: string): boolean {
  let difference = ours.length ^ theirs.length;
  for (let i = 0; i < theirs.length; i++) difference |= theirs.charCodeAt(i) ^ ours.charCodeAt(i % ours.length);
  return difference === 0;
}
