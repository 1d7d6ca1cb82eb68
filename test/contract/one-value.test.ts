import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Session } from "../../packages/server/src/db/engine.ts";
import { openTestDatabase, type TestDatabase } from "../support/engine.ts";
import { engines } from "../support/world.ts";

const TEXT = "select convert_to($1::text || $2::text, 'UTF8')";
const KEPT = "select convert_to(count(*)::text, 'UTF8') from pg_prepared_statements where name like 'carto%'";

describe.each(engines)("one value on %s", (id) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase(id);
    await database.run("create table held (n int, b bytea); insert into held values (1, 'one'), (2, 'two'), (3, null)");
  });
  afterAll(() => database[Symbol.asyncDispose]());

  async function using<T>(use: (session: Session) => Promise<T>, timeoutMs = 60_000): Promise<T> {
    const session = await database.session({ readOnly: true, timeoutMs });
    try {
      return await use(session);
    } finally {
      await session[Symbol.asyncDispose]();
    }
  }
  const value = (q: string, values: readonly string[] = []): Promise<string | undefined> =>
    using(async (session) => (await session.value(q, values, { harmless: true }))?.toString());

  test("is the bytes that its parameters make, again and again", async () => {
    expect(await value(TEXT, ["a\\b\n", "é"])).toBe("a\\b\né");
    expect(await value(TEXT, ["", "'"])).toBe("'");
    expect(await value(TEXT, ["x".repeat(70_000), "y"])).toBe(`${"x".repeat(70_000)}y`);
  });

  test("is null for NULL and for no row, and that of the first row of many", async () => {
    expect(await value("select b from held where n = $1::int", ["3"])).toBeUndefined();
    expect(await value("select b from held where n = $1::int", ["4"])).toBeUndefined();
    expect(await value("select b from held order by n")).toBe("one");
  });

  test("may be empty, or megabytes", async () => {
    await using(async (session) => {
      expect(await session.value("select ''::bytea", [])).toEqual(Buffer.alloc(0));
      const large = await session.value("select convert_to(repeat($1::text, 5000000), 'UTF8')", ["z"]);
      expect(large?.length).toBe(5_000_000);
      expect(large?.every((byte) => byte === 0x7a)).toBe(true);
    });
  });

  test("may be asked for while another statement's rows are still being read", async () => {
    await using(async (session) => {
      const result = await session.runOne("select generate_series(1, 3)");
      expect((await session.value(TEXT, ["a", "b"]))?.toString()).toBe("ab");
      const rows: string[] = [];
      for await (const { text } of result.chunks) rows.push(text.toString());
      expect(rows.join("")).toBe("1\n2\n3\n");
    });
  });

  test("ends with PostgreSQL's error, after which the session goes on", async () => {
    await using(async (session) => {
      await expect(session.value("select nothing", [])).rejects.toMatchObject({
        code: "42703",
        message: 'column "nothing" does not exist',
      });
      await expect(session.value("select 'a'::bytea where 1 / $1::int > 0", ["0"])).rejects.toMatchObject({
        code: "22012",
      });
      await expect(session.value(TEXT, ["a"])).rejects.toMatchObject({ code: "08P01" });
      expect((await session.value(TEXT, ["a", "b"]))?.toString()).toBe("ab");
    });
  });

  test("is prepared anew when somebody has dropped the statement, or its type is another", async () => {
    await database.run("create table changing (v bytea); insert into changing values ('a')");
    await using(async (session) => {
      const ask = async (): Promise<string | undefined> =>
        (await session.value("select v from changing", []))?.toString();
      expect(await ask()).toBe("a");
      for await (const _ of (await session.run("deallocate all")).chunks);
      expect(await ask()).toBe("a");
    });
    expect(await value("select v from changing")).toBe("a");
    await database.run("alter table changing alter v type text using 'b'");
    expect(await value("select v from changing")).toBe("b");
  });

  test("ends at the deadline, and the connection is of use again", async () => {
    const slow = using((session) => session.value("select 'a'::bytea from pg_sleep(20)", []), 200);
    await expect(slow).rejects.toThrow("canceling statement due to statement timeout");
    expect(await value(TEXT, ["a", "b"])).toBe("ab");
  });

  test("ends when nobody wants it any more", async () => {
    const controller = new AbortController();
    const session = await database.session({ readOnly: true, signal: controller.signal });
    const slow = session.value("select 'a'::bytea from pg_sleep(20)", []);
    setTimeout(() => controller.abort(new Error("gone")), 100);
    await expect(slow).rejects.toThrow("gone");
    await session[Symbol.asyncDispose]();
    expect(await value(TEXT, ["a", "b"])).toBe("ab");
  });

  test.skipIf(id === "pglite")("keeps its statement prepared on the connection until that is reset", async () => {
    await using((session) => session.value(KEPT, []));
    expect(await value(KEPT)).toBe("1");
    expect(await value(TEXT, ["a", "b"])).toBe("ab");
    expect(await value(TEXT, ["c", "d"])).toBe("cd");
    expect(await value(KEPT)).toBe("2");
  });

  test.skipIf(id === "pglite")("keeps no more than 64 of them", async () => {
    for (let n = 0; n < 80; n++) expect(await value(`select '${n}'::bytea`)).toBe(`${n}`);
    expect(Number(await value(KEPT))).toBeLessThanOrEqual(64);
    for (let n = 0; n < 80; n++) expect(await value(`select '${n}'::bytea`)).toBe(`${n}`);
  });
});
