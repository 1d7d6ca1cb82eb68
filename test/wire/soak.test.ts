import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { eventually, send } from "../support/http.ts";
import { engines, startWorld } from "../support/world.ts";

/** One shared session takes longer to get back than one of many connections. */
const ABORTS = { postgres: 1_000, pglite: 200 } as const;
const AT_ONCE = { postgres: 20, pglite: 4 } as const;

describe.each(engines)("clients that leave, many times, on %s", (engine) => {
  test("leave no statement running and the pool as it was", { timeout: 120_000 }, async () => {
    await using world = await startWorld(engine);
    await world.carto.sql.query("create table t (n int)");
    const key = { api_key: world.masterKey };
    const sql = (q: string, more = {}): string =>
      `${world.url}/api/v2/sql?${new URLSearchParams({ q, ...key, ...more })}`;
    const kinds = [
      () => send(sql("select pg_sleep(30) /* soak */")),
      () => send(sql("select count(*) from generate_series(1, 1e9) /* soak */")),
      () => send(sql("select n, repeat('x', 200) from generate_series(1, 1000000) n /* soak */")),
      () =>
        send(sql("select n, repeat('x', 200) as t from generate_series(1, 1000000) n /* soak */", { format: "csv" })),
      () => {
        const url = `${world.url}/api/v2/sql/copyfrom?${new URLSearchParams({ q: "copy t from stdin", ...key })}`;
        const sent = send(url, { method: "POST", body: "open" });
        sent.write("1\n");
        return sent;
      },
    ];

    let left = ABORTS[engine];
    const one = async (): Promise<void> => {
      for (; left > 0; ) {
        const n = left--;
        const sent = (kinds[n % kinds.length] ?? kinds[0])?.();
        await sleep(n % 40); // from before the key is looked up to the middle of the rows
        sent?.destroy();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE[engine] }, one));

    expect(await eventually(() => world.server.stats().busy === 0 && world.server.stats().waiting === 0, 10_000)).toBe(
      true,
    );
    if (engine === "postgres") {
      const { rows } = await world.carto.sql.query(
        "select count(*) as n from pg_stat_activity where query like '%/* soak */%' and pid <> pg_backend_pid() and state = 'active'",
      );
      expect(rows).toEqual([{ n: 0 }]);
    }
    expect((await world.carto.sql.query("select count(*) as n from t")).rows).toEqual([{ n: 0 }]);
  });
});
