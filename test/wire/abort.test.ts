import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { answerOf, eventually, readAll, send } from "../support/http.ts";
import { type EngineId, engines, startTestServer, startWorld, type World } from "../support/world.ts";

const sqlUrl = (world: World, q: string, more: Record<string, string> = {}): string =>
  `${world.url}/api/v2/sql?${new URLSearchParams({ q, api_key: world.masterKey, ...more })}`;

/** Statements with a mark that the database still runs; on the embedded engine, whether its session is held. */
async function isRunning(world: World, engine: EngineId, mark: string): Promise<boolean> {
  if (engine === "pglite") return world.server.stats().busy > 0;
  const { rows } = await world.carto.sql.query<{ n: number }>(
    `select count(*)::int as n from pg_stat_activity where query like '%${mark}%' and query not like '%pg_stat_activity%' and state = 'active'`,
  );
  return (rows[0]?.n ?? 0) > 0;
}

describe.each(engines)("a client that leaves, on %s", (engine) => {
  test.each([
    ["while a statement sleeps", "select pg_sleep(20) /* m1 */", "m1"],
    ["while a statement computes", "select count(*) from generate_series(1, 1e10) /* m2 */", "m2"],
  ])("ends its query %s", async (_, q, mark) => {
    await using world = await startWorld(engine);
    const sent = send(sqlUrl(world, q));
    await eventually(() => isRunning(world, engine, mark));

    sent.destroy();

    expect(await eventually(async () => !(await isRunning(world, engine, mark)))).toBe(true);
    expect((await world.carto.sql.query("select 1 as n")).rows).toEqual([{ n: 1 }]);
  });

  test.each(["json", "csv"])("ends a download in %s, standing still or flowing", async (format) => {
    await using world = await startWorld(engine);
    const q = "select n, repeat('x', 100) as t from generate_series(1, 5000000) n /* m3 */";
    for (const flows of [false, true]) {
      const sent = send(sqlUrl(world, q, { format }));
      const answer = await answerOf(sent);
      if (flows) answer.resume();
      await sleep(100);

      sent.destroy();

      expect(await eventually(async () => !(await isRunning(world, engine, "m3")))).toBe(true);
    }
    expect(await eventually(() => world.server.stats().busy === 0)).toBe(true);
  });

  test("rolls back an upload that breaks off", async () => {
    await using world = await startWorld(engine);
    await world.carto.sql.query("create table t (n int)");
    const url = `${world.url}/api/v2/sql/copyfrom?${new URLSearchParams({ q: "copy t from stdin", api_key: world.masterKey })}`;
    const sent = send(url, { method: "POST", body: "open" });
    sent.write("1\n2\n");
    await sleep(200);

    sent.destroy();

    expect(await eventually(() => world.server.stats().busy === 0)).toBe(true);
    expect((await world.carto.sql.query("select * from t")).rows).toEqual([]);
  });

  test("does not hold up others when it reads slowly", async () => {
    await using world = await startWorld(engine);
    const slow = await answerOf(
      send(sqlUrl(world, "select repeat('x', 1000) as t from generate_series(1, 30000)", { format: "csv" })),
    );

    const startedAt = Date.now();
    expect((await world.carto.sql.query("select 1 as n")).rows).toEqual([{ n: 1 }]);

    expect(Date.now() - startedAt).toBeLessThan(4_000);
    expect((await readAll(slow)).text.length).toBe(3 + 30_000 * 1_002);
  });
});

describe.each(engines)("a failure in the middle, on %s", (engine) => {
  test("ends JSON with the error, and breaks CSV and COPY off", async () => {
    await using world = await startWorld(engine);
    const q = "select 1/(50000-x) as d, repeat('y', 20) as t from generate_series(1,60000) x";

    const json = await readAll(await answerOf(send(sqlUrl(world, q))));
    expect(json.broken).toBe(false);
    expect(JSON.parse(json.text)).toMatchObject({ error: ["division by zero"] });

    const csv = await readAll(await answerOf(send(sqlUrl(world, q, { format: "csv" }))));
    expect(csv.broken).toBe(true);

    const copy = `${world.url}/api/v2/sql/copyto?${new URLSearchParams({ q: `copy (${q}) to stdout`, api_key: world.masterKey })}`;
    expect((await readAll(await answerOf(send(copy)))).broken).toBe(true);
  });

  test("an upload that is refused early still gets its answer, a hundred times", async () => {
    await using world = await startWorld(engine);
    const url = `${world.url}/api/v2/sql/copyfrom?${new URLSearchParams({ q: "copy nowhere from stdin", api_key: world.masterKey })}`;
    const data = Buffer.alloc(2 * 1024 * 1024, "1\n");

    for (let i = 0; i < 100; i++) {
      const answer = await answerOf(send(url, { method: "POST", body: data }));
      expect(answer.statusCode).toBe(400);
      expect((await readAll(answer)).text).toBe('{"error":["relation \\"nowhere\\" does not exist"]}');
    }
  });
});

describe.each(engines)("an upload whose sender waits, on %s", (engine) => {
  test("is refused before any data came", async () => {
    await using world = await startWorld(engine);
    const url = `${world.url}/api/v2/sql/copyfrom?${new URLSearchParams({ q: "copy nowhere from stdin", api_key: world.masterKey })}`;
    const sent = send(url, { method: "POST", body: "open" });
    sent.flushHeaders();

    const answer = await answerOf(sent);

    expect(answer.statusCode).toBe(400);
    expect((await readAll(answer)).text).toBe('{"error":["relation \\"nowhere\\" does not exist"]}');
    sent.destroy();
  });
});

test("an upload that stands still is ended in the contract's words, and stores nothing", async () => {
  for (const engine of engines) {
    await using server = await startTestServer(engine, { limits: { copyIdleMs: 300 } });
    const { url, masterKey } = server;
    const query = (q: string): Promise<Response> =>
      fetch(`${url}/api/v2/sql?${new URLSearchParams({ q, api_key: masterKey })}`);
    await query("create table t (n int)");
    const to = `${url}/api/v2/sql/copyfrom?${new URLSearchParams({ q: "copy t from stdin", api_key: masterKey })}`;
    const sent = send(to, { method: "POST", body: "open" });
    sent.write("1\n");

    const answer = await answerOf(sent);

    expect(answer.statusCode).toBe(400);
    expect((await readAll(answer)).text).toBe('{"error":["Connection closed by server: input data too slow"]}');
    sent.destroy();
    expect(await (await query("select count(*) as n from t")).json()).toMatchObject({ rows: [{ n: 0 }] });
  }
});
