import { Client } from "pg";
import { expect, test } from "vitest";
import { createDatabase, databaseUrl, startTestServer } from "../../support/world.ts";

test.skipIf(databaseUrl === undefined)(
  "functions are installed once, and again when others were installed",
  async () => {
    const url = await createDatabase();
    const admin = new Client({ connectionString: url });
    await admin.connect();
    const installed = async (): Promise<{ n: number; last: number }> => {
      // That one's row is written at each start, for the master key's role gets its right again.
      const q = `select count(*)::int as n, max(xmin::text::bigint)::int as last
      from pg_proc where pronamespace = 'cartodb'::regnamespace and proname <> 'cdb_applyqueriessafe'`;
      return (await admin.query(q)).rows[0];
    };
    const start = async (): Promise<void> => (await startTestServer("postgres", { databaseUrl: url })).close();

    await start();
    const first = await installed();
    expect(first.n).toBeGreaterThan(60);

    await start();
    expect(await installed()).toEqual(first);

    await admin.query("update carto.setting set value = 'of another version' where name = 'extension'");
    await admin.query("drop function cartodb.cdb_latlng(float8, float8)");
    await start();
    const again = await installed();
    expect(again.n).toBe(first.n);
    expect(again.last).toBeGreaterThan(first.last);
    await admin.end();
  },
);
