import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Session } from "../../packages/server/src/db/engine.ts";
import { openTestDatabase, type TestDatabase } from "../support/engine.ts";
import { engines } from "../support/world.ts";

const REFUSED = "cannot execute INSERT in a read-only transaction";

describe.each(engines)("sessions that only read on %s", (id) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase(id);
    await database.run(`
      create table target (n int);
      create function put() returns int language plpgsql as $$ begin insert into target values (1); return 1; end $$;
      create function open_and_put(setting text, local boolean) returns int language plpgsql as $$
        begin perform set_config(setting, 'off', local); insert into target values (2); return 1; end $$;
      create function put_late() returns int language plpgsql as $$
        begin execute 'set transaction read write'; insert into target values (3); return 1; end $$;
      create function put_and_hide() returns int language plpgsql as $$
        begin begin perform put(); exception when others then null; end; return 1; end $$;
      create view opening as select set_config('default_transaction_read_only', 'off', false) as now`);
  });
  afterAll(() => database[Symbol.asyncDispose]());
  beforeEach(() => database.run("truncate target"));

  /** Runs `use` in a reading session, and gives it back to where the next request takes it from. */
  async function reading<T>(use: (session: Session) => Promise<T>): Promise<T> {
    const session = await database.session({ readOnly: true });
    try {
      return await use(session);
    } finally {
      await session[Symbol.asyncDispose]();
    }
  }
  const select = (q: string, options = { harmless: true }): Promise<string> =>
    reading(async (session) => {
      const pieces: Buffer[] = [];
      for await (const { text } of (await session.runOne(q, options)).chunks) pieces.push(text);
      return Buffer.concat(pieces).toString().trimEnd();
    });
  const rows = (): Promise<string> => select("select count(*) from target");

  test("refuse to write, by the statement itself and by a function that it calls", async () => {
    await expect(select("insert into target values (1)")).rejects.toThrow(REFUSED);
    await expect(select("select put()")).rejects.toThrow(REFUSED);
    await expect(reading((session) => session.value("select convert_to(put()::text, 'UTF8')", []))).rejects.toThrow(
      REFUSED,
    );
    expect(await rows()).toBe("0");
  });

  test.each([
    ["open_and_put('default_transaction_read_only', false)", REFUSED],
    ["open_and_put('default_transaction_read_only', true)", REFUSED],
    ["open_and_put('transaction_read_only', true)", "transaction read-write mode must be set before any query"],
    ["open_and_put('transaction_read_only', false)", "transaction read-write mode must be set before any query"],
    ["put_late()", "transaction read-write mode must be set before any query"],
  ])("refuse a function that turns it off and writes in the same statement: %s", async (call, message) => {
    await expect(select(`select ${call}`)).rejects.toThrow(message);
    expect(await rows()).toBe("0");
  });

  test("write nothing for a function that hides the error", async () => {
    expect(await select("select put_and_hide()")).toBe("1");
    expect(await rows()).toBe("0");
  });

  test("stay so for later requests, although a view turned it off in a statement that looks harmless", async () => {
    expect(await select("select now from opening")).toBe("off");
    await expect(select("select put()")).rejects.toThrow(REFUSED);
    expect(await rows()).toBe("0");
  });

  test("stay so for later statements of the same request", async () => {
    await reading(async (session) => {
      expect(await session.value("select convert_to(now, 'UTF8') from opening", [], { harmless: true })).toEqual(
        Buffer.from("off"),
      );
      await expect(session.value("select convert_to(put()::text, 'UTF8')", [], { harmless: true })).rejects.toThrow(
        REFUSED,
      );
    });
    expect(await rows()).toBe("0");
  });

  test("leave other sessions of the same role as they are", async () => {
    await Promise.all([rows(), database.run("insert into target values (1)")]);
    await database.run("select put()");
    expect(await rows()).toBe("2");
  });
});
