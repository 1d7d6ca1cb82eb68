import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Carto } from "@carto-ts/sdk/node";
import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Served, serve, temporaryDirectory } from "../cli/cli.ts";
import { eventually } from "../support/http.ts";
import { createDatabase, engines } from "../support/world.ts";

const ROWS = 400_000;
const BIG = `n,name,lat,lon\n${Array.from({ length: ROWS }, (_, i) => `${i},place ${i},${(i % 170) - 85},${(i % 360) - 180}`).join("\n")}\n`;
const LEFTOVERS =
  "select relname from pg_class where relnamespace = 'cdb_importer'::regnamespace and relkind = 'r' order by 1";

const client = ({ env }: Served): Carto => new Carto({ baseUrl: env.CARTO_API_URL, apiKey: env.CARTO_API_KEY });

describe.skipIf(!engines.includes("postgres"))("a server that stands still during an import", () => {
  let database: Client;
  let url: string;
  const ends: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    url = await createDatabase();
    database = new Client({ connectionString: url });
    await database.connect();
    ends.push(() => database.end());
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  /** A server on the database, with a spool. */
  async function start(spool: string, env: Record<string, string> = {}): Promise<Served> {
    const served = await serve(["--database-url", url], { ...env, CARTO_SPOOL_DIR: spool });
    ends.push(async () => {
      served.child.kill("SIGCONT");
      await served.stop();
    });
    return served;
  }

  async function spoolDir(): Promise<string> {
    const { path, remove } = await temporaryDirectory();
    ends.push(remove);
    return path;
  }

  const fenceOf = async (id: string): Promise<number> =>
    Number((await database.query("select fence from carto.job where job_id = $1", [id])).rows[0]?.fence);

  const stateOf = async (id: string): Promise<unknown> =>
    (await database.query("select state ->> 'state' as state, live from carto.job where job_id = $1", [id])).rows[0];

  const tablesOf = async (): Promise<unknown> =>
    (await database.query("select tablename as name from pg_tables where tablename like 'big%' order by 1")).rows;

  async function expectWhole(spools: string[]): Promise<void> {
    expect(await tablesOf()).toEqual([{ name: "big" }]);
    expect(
      (await database.query("select count(*)::int as n, count(distinct n)::int as m from public.big")).rows,
    ).toEqual([{ n: ROWS, m: ROWS }]);
    expect(await eventually(async () => (await database.query(LEFTOVERS)).rowCount === 0, 10_000)).toBe(true);
    for (const spool of spools) {
      await eventually(async () => (await readdir(spool)).length === 1, 5_000);
      expect(await readdir(spool)).toEqual(["spool-id"]);
    }
  }

  test.each([700, 1_600])(
    "and goes on after %i ms of it while the next one has it: rows are there once",
    async (ms) => {
      const spool = await spoolDir();
      const first = await start(spool);
      const id = await client(first).imports.create(new File([BIG], "big.csv"));
      await eventually(async () => (await fenceOf(id)) === 1, 5_000);
      await sleep(ms);
      first.child.kill("SIGSTOP");
      const second = await start(spool);
      await eventually(async () => (await fenceOf(id)) > 1 || (await stateOf(id)) === null, 40_000);
      await sleep(500);
      first.child.kill("SIGCONT");

      await client(second).imports.wait(id, { timeout: 60_000 });

      expect(await stateOf(id)).toEqual({ state: "complete", live: false });
      expect(await fenceOf(id)).toBe(2);
      await expectWhole([spool]);
    },
    120_000,
  );

  test("and goes on when the next one has ended it: a download leaves nothing in either spool", async () => {
    let finished = false;
    const source = createServer((_, response) => {
      response.writeHead(200, { "Content-Type": "text/csv" });
      if (finished) response.end(BIG);
      else response.write(BIG.slice(0, 1_000_000));
    });
    source.listen(0, "127.0.0.1");
    await once(source, "listening");
    ends.push(async () => {
      source.closeAllConnections();
      source.close();
    });
    const port = String((source.address() as AddressInfo).port);
    const env = { CARTO_IMPORT_ALLOW: "127.0.0.1", CARTO_IMPORT_PORTS: port };
    const spools = [await spoolDir(), await spoolDir()];
    const first = await start(spools[0] ?? "", env);
    const id = await client(first).imports.create(`http://127.0.0.1:${port}/big.csv`);
    await eventually(async () => (await readdir(spools[0] ?? "")).length > 1, 5_000);
    first.child.kill("SIGSTOP");
    finished = true;
    const second = await start(spools[1] ?? "", env);

    await client(second).imports.wait(id, { timeout: 60_000 });
    first.child.kill("SIGCONT");

    await sleep(3_000);
    expect(await stateOf(id)).toEqual({ state: "complete", live: false });
    await expectWhole(spools);
  }, 120_000);

  test("while it shows the table: the next one shows it, and the first one nothing", async () => {
    const spool = await spoolDir();
    const first = await start(spool);
    await client(first).datasets.create(new File(["n,name,lat,lon\n1,a,1,1\n"], "big.csv"));
    const reader = new Client({ connectionString: url });
    await reader.connect();
    ends.push(() => reader.end());
    await reader.query("begin; select count(*) from big");
    const id = await client(first).imports.create(new File([BIG], "big.csv"), { collisionStrategy: "overwrite" });
    const waits = "select from pg_locks where not granted and mode = 'AccessExclusiveLock'";
    expect(await eventually(async () => (await database.query(waits)).rowCount === 1, 30_000)).toBe(true);
    first.child.kill("SIGSTOP");
    await reader.query("commit");
    const second = await start(spool);

    await client(second).imports.wait(id, { timeout: 60_000 });
    first.child.kill("SIGCONT");

    await sleep(3_000);
    expect(await stateOf(id)).toEqual({ state: "complete", live: false });
    await expectWhole([spool]);
  }, 120_000);

  test("an import that waits for a table in use can be cancelled, and holds no reader up for long", async () => {
    const served = await start(await spoolDir());
    const carto = client(served);
    await carto.datasets.create(new File(["n\n1\n"], "busy.csv"));
    const holder = new Client({ connectionString: url });
    await holder.connect();
    ends.push(() => holder.end());
    await holder.query("begin; select count(*) from busy");
    const id = await carto.imports.create(new File(["n\n2\n"], "busy.csv"), { collisionStrategy: "overwrite" });
    const waits = "select from pg_locks where not granted and mode = 'AccessExclusiveLock'";
    expect(await eventually(async () => (await database.query(waits)).rowCount === 1, 30_000)).toBe(true);

    const startedAt = performance.now();
    await carto.sql.query("select n from busy");
    expect(performance.now() - startedAt).toBeLessThan(4_000);
    await carto.imports.cancel(id);
    expect(await carto.imports.get(id)).toMatchObject({ state: "failure", error_code: 99999 });
    expect((await carto.sql.query("select n from busy")).rows).toEqual([{ n: 1 }]);

    const again = await carto.imports.create(new File(["n\n3\n"], "busy.csv"), { collisionStrategy: "overwrite" });
    await sleep(3_000);
    await holder.query("commit");
    await carto.imports.wait(again, { timeout: 20_000 });
    expect((await carto.sql.query("select n from busy")).rows).toEqual([{ n: 3 }]);
  }, 60_000);

  test.each(["pg_terminate_backend", "pg_cancel_backend"])(
    "an import whose backends are ended by %s is done again, or says so",
    async (end) => {
      const spool = await spoolDir();
      const carto = client(await start(spool));
      const id = await carto.imports.create(new File([BIG], "big.csv"));
      await eventually(async () => (await fenceOf(id)) === 1, 5_000);
      await sleep(1_500);
      await database.query(
        `select ${end}(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
      );

      const ended = await carto.imports.wait(id, { timeout: 60_000 }).catch(() => carto.imports.get(id));

      if (end === "pg_terminate_backend") {
        expect(ended).toMatchObject({ state: "complete" });
        await expectWhole([spool]);
      } else expect(ended).toMatchObject({ state: expect.stringMatching(/complete|failure/) });
    },
    90_000,
  );
});
