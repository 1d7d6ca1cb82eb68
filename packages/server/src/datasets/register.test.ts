import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { createDatabase } from "../../../../test/support/world.ts";
import type { Account } from "../accounts/account.ts";
import { provisionAccount } from "../accounts/provision.ts";
import { readLimits } from "../config.ts";
import type { Engine, SystemSession } from "../db/engine.ts";
import { migrate } from "../db/migrate.ts";
import { openEngine } from "../db/open-engine.ts";
import { Log } from "../log.ts";
import { registerTable } from "./register.ts";

const engines = inject("databaseUrl") === undefined ? (["pglite"] as const) : (["pglite", "postgres"] as const);

describe.each(engines)("registering a table on %s", (id) => {
  let engine: Engine;
  let account: Account;
  beforeAll(async () => {
    const database = id === "pglite" ? { engine: id, dataDir: undefined } : { engine: id, url: await createDatabase() };
    engine = await openEngine(database, readLimits(id, {}, {}), new Log("silent", () => {}));
    account = await engine.transaction(async (session) => {
      await migrate(session, engine.capabilities);
      await engine.prepare(session);
      await provisionAccount(engine, session, { name: "first" });
      return (await provisionAccount(engine, session, { name: "second" })).account;
    });
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  async function make(session: SystemSession, name: string): Promise<void> {
    await session.query(`CREATE TABLE second.${name} (the_geom public.geometry(Geometry, 4326))`);
    await session.query(`SELECT cartodb.CDB_CartodbfyTable('second', 'second.${name}')`);
  }
  const mayRead = async (session: SystemSession, name: string): Promise<boolean | undefined> =>
    (
      await session.query<{ may: boolean }>(
        `SELECT pg_catalog.has_table_privilege('publicuser', 'second.${name}', 'SELECT') AS may`,
      )
    )[0]?.may;

  test("makes it a dataset of the privacy asked for", async () => {
    await engine.transaction(async (session) => {
      await make(session, "fresh");
      const dataset = await registerTable(session, account, { name: "fresh", privacy: "link" });
      expect(dataset).toMatchObject({ account: "second", name: "fresh", privacy: "link", tags: [], locked: false });
      expect(await mayRead(session, "fresh")).toBe(true);
    });
  });

  test("keeps the ids when another table has taken the name, within one transaction", async () => {
    const before = await engine.transaction(async (session) => {
      await make(session, "replaced");
      return registerTable(session, account, { name: "replaced", privacy: "public" });
    });

    const after = await engine.transaction(async (session) => {
      await make(session, "staged");
      await session.query("DROP TABLE second.replaced");
      await session.query("ALTER TABLE second.staged RENAME TO replaced");
      return registerTable(session, account, { name: "replaced", privacy: "private" });
    });

    const { tableId, visualizationId, mapId, permissionId, createdAt } = before;
    expect(after).toMatchObject({ tableId, visualizationId, mapId, permissionId, createdAt, privacy: "private" });
    expect(after.relation).not.toBe(before.relation);
    expect(after.updatedAt > before.updatedAt).toBe(true);
    expect(await engine.system((session) => mayRead(session, "replaced"))).toBe(false);
  });

  test("leaves nothing when its transaction is rolled back", async () => {
    const rolledBack = engine.transaction(async (session) => {
      await make(session, "undone");
      await registerTable(session, account, { name: "undone", privacy: "public" });
      throw new Error("stop");
    });

    await expect(rolledBack).rejects.toThrow("stop");
    expect(await engine.system((session) => session.query("SELECT FROM carto.dataset WHERE name = 'undone'"))).toEqual(
      [],
    );
  });

  test("says what a table lacks that can't be a dataset", async () => {
    const registering = engine.transaction(async (session) => {
      await session.query("CREATE TABLE second.plain (n int)");
      await registerTable(session, account, { name: "plain", privacy: "private" });
    });

    await expect(registering).rejects.toThrow("table second.plain can't become a dataset");
  });
});
