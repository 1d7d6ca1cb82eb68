import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Carto, type Synchronization } from "@carto-ts/sdk/node";
import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import { type Env, type Served, serve, temporaryDirectory } from "../cli/cli.ts";
import { eventually } from "../support/http.ts";
import { SourceServer } from "../support/source-server.ts";
import { createDatabase, databaseUrl, engines } from "../support/world.ts";

const client = ({ env }: Served): Carto =>
  new Carto({ baseUrl: env["CARTO_API_URL"] ?? "", apiKey: env["CARTO_API_KEY"] ?? "" });

async function kill(served: Served): Promise<void> {
  const closed = once(served.child, "close");
  served.child.kill("SIGKILL");
  await closed;
}

const rowsFrom = (name: string, count: number): string =>
  `n,name\n${Array.from({ length: count }, (_, n) => `${n},${name}\n`).join("")}`;

let source: SourceServer;

beforeEach(async () => {
  source = await SourceServer.start({ text: rowsFrom("old", 3), etag: '"v1"' });
});
afterEach(() => source.close());

const settings = (): Env => ({
  CARTO_IMPORT_ALLOW: "127.0.0.1",
  CARTO_IMPORT_PORTS: source.port,
  CARTO_SYNC_MIN_INTERVAL_S: "1",
});

describe.each(engines)("a server that is killed during a run of a synchronization, on %s", (engine) => {
  interface End {
    sync: Synchronization;
    rows: unknown[];
    tables: unknown[];
  }

  /** Serves one database, kills the server when `reached`, serves it again, and tells how the table and its row are then. */
  async function killedWhen(reached: (carto: Carto, id: string) => Promise<unknown>): Promise<End> {
    const directory = await temporaryDirectory();
    const args = engine === "postgres" ? ["--database-url", await createDatabase()] : ["--data", directory.path];
    const env = { ...settings(), CARTO_SPOOL_DIR: `${directory.path}-spool` };
    const first = await serve(args, env);
    const { id } = await client(first).syncs.create(source.url("kept.csv"), { interval: 0 });
    await reached(client(first), id);
    await kill(first);
    source.file = { ...source.file, hold: false };
    const second = await serve(args, env);
    try {
      const carto = client(second);
      const sync = await carto.syncs.wait(id, { timeout: 60_000 });
      const { rows } = await carto.sql.query(`select name, count(*) as n from "${sync.name}" group by name`);
      const { rows: tables } = await carto.sql.query("select CDB_UserTables() as name order by 1");
      return { sync, rows, tables };
    } finally {
      await second.stop();
      await directory.remove();
    }
  }

  /** Has the source changed, and the next run begin. */
  async function change(carto: Carto, id: string): Promise<void> {
    await carto.syncs.wait(id, { timeout: 20_000 });
    source.file = { ...source.file, text: rowsFrom("new", 20_000), etag: '"v2"' };
    await eventually(() => carto.syncs.force(id), 5_000);
  }

  it("finishes the first run", async () => {
    source.file = { ...source.file, hold: true };

    const { sync, rows, tables } = await killedWhen(async () => {
      await eventually(() => source.sent === 1, 10_000);
    });

    expect(sync).toMatchObject({ state: "success", name: "kept", etag: "v1", error_code: null });
    expect([rows, tables]).toEqual([[{ name: "old", n: 3 }], [{ name: "kept" }]]);
  });

  it.each([0, 300])("loads a change once, wherever it was after %i ms", async (ms) => {
    const { sync, rows, tables } = await killedWhen(async (carto, id) => {
      await change(carto, id);
      await sleep(ms);
    });

    expect(sync).toMatchObject({ state: "success", name: "kept", etag: "v2", error_code: null, retried_times: 0 });
    expect([rows, tables]).toEqual([[{ name: "new", n: 20_000 }], [{ name: "kept" }]]);
  });

  it("hears of a run that ended while nobody looked", async () => {
    const { sync, rows } = await killedWhen(async (carto, id) => {
      await change(carto, id);
      await eventually(async () => {
        const { rows: now } = await carto.sql.query<{ name: string }>("select name from kept limit 1");
        return now[0]?.name === "new";
      }, 20_000);
    });

    expect(sync).toMatchObject({ state: "success", etag: "v2" });
    expect(rows).toEqual([{ name: "new", n: 20_000 }]);
  });
});

describe.skipIf(databaseUrl === undefined)("two servers on one PostgreSQL", () => {
  test("run what is due once, and load a change once", async () => {
    const url = await createDatabase();
    const args = ["--database-url", url, "--master-key", "0123456789abcdef0123"];
    const servers = [await serve(args, settings()), await serve(args, settings())];
    const database = new Client({ connectionString: url });
    await database.connect();
    try {
      const [one, two] = servers.map(client);
      if (!one || !two) throw new Error("two servers were started");
      const { id } = await one.syncs.create(source.url("kept.csv"), { interval: 3600 });
      await two.syncs.wait(id, { timeout: 20_000 });
      const due = "UPDATE carto.synchronization SET run_at = now() - interval '1 s' WHERE state <> 'queued'";
      const runs = async (): Promise<unknown> =>
        (await database.query("SELECT count(*)::int AS n FROM carto.job WHERE kind = 'import'")).rows[0].n;

      for (let run = 1; run <= 10; run++) {
        await database.query(due);
        await eventually(() => source.requests.length > run, 10_000);
        await two.syncs.wait(id, { timeout: 20_000 });
      }
      expect([source.requests.length, source.sent, await runs()]).toEqual([11, 1, 11]);

      source.file = { text: rowsFrom("new", 5), etag: '"v2"' };
      await database.query(due);
      await eventually(() => source.requests.length > 11, 10_000);
      await sleep(2_500);
      expect(await one.syncs.wait(id)).toMatchObject({ state: "success", etag: "v2" });
      expect([source.requests.length, source.sent, await runs()]).toEqual([12, 2, 12]);
      expect((await two.sql.query("select name from kept limit 1")).rows).toEqual([{ name: "new" }]);
    } finally {
      await database.end();
      await Promise.all(servers.map((server) => server.stop()));
    }
  });

  test("run three of an account's at the same time, and the others after them", async () => {
    const url = await createDatabase();
    const env = { ...settings(), CARTO_IMPORT_WORKERS: "10" };
    const served = await serve(["--database-url", url], env);
    const database = new Client({ connectionString: url });
    await database.connect();
    try {
      const carto = client(served);
      const syncs = [];
      for (let n = 0; n < 5; n++) syncs.push(await carto.syncs.create(source.url(`kept${n}.csv`), { interval: 3600 }));
      for (const sync of syncs) await carto.syncs.wait(sync, { timeout: 20_000 });
      source.file = { text: rowsFrom("new", 5), etag: '"v2"', hold: true };
      source.requests = [];

      await database.query("UPDATE carto.synchronization SET run_at = now() - interval '1 s'");

      await eventually(() => source.requests.length >= 3, 10_000);
      await sleep(2_500);
      expect(source.requests).toHaveLength(3);
      source.release();
      await eventually(() => source.requests.length === 5, 10_000);
      for (const sync of syncs) expect(await carto.syncs.wait(sync, { timeout: 20_000 })).toMatchObject({ etag: "v2" });
    } finally {
      await database.end();
      await served.stop();
    }
  });
});
