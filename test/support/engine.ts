import { type Account, masterRole } from "../../packages/server/src/accounts/account.ts";
import { provisionAccount } from "../../packages/server/src/accounts/provision.ts";
import { readLimits } from "../../packages/server/src/config.ts";
import type { Engine, Role, Session, SessionOptions } from "../../packages/server/src/db/engine.ts";
import { migrate } from "../../packages/server/src/db/migrate.ts";
import { openEngine } from "../../packages/server/src/db/open-engine.ts";
import { Log } from "../../packages/server/src/log.ts";
import { createDatabase, type EngineId } from "./world.ts";

/** A database without a server, with one account in it. */
export interface TestDatabase extends AsyncDisposable {
  engine: Engine;
  account: Account;
  /** Role of the account's master key. */
  role: Role;
  /** Opens a session in that role. */
  session(options?: Partial<SessionOptions>): Promise<Session>;
  /** Runs statements in that role, reading and writing. */
  run(q: string): Promise<void>;
}

/** Opens a database of its own. */
export async function openTestDatabase(id: EngineId): Promise<TestDatabase> {
  const database = id === "pglite" ? { engine: id, dataDir: undefined } : { engine: id, url: await createDatabase() };
  const engine = await openEngine(database, readLimits(id, {}, {}), new Log("silent", () => {}));
  const { account } = await engine.transaction(async (session) => {
    await migrate(session, engine.capabilities);
    await engine.prepare(session);
    return provisionAccount(engine, session, { name: "first" });
  });
  const role = masterRole(account);
  const session = (options: Partial<SessionOptions> = {}): Promise<Session> =>
    engine.session(role, { signal: new AbortController().signal, timeoutMs: 60_000, ...options });
  return {
    engine,
    account,
    role,
    session,
    async run(q) {
      const open = await session();
      try {
        for await (const _ of (await open.run(q)).chunks);
      } finally {
        await open[Symbol.asyncDispose]();
      }
    },
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}
