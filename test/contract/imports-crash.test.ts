import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Carto } from "@carto-ts/sdk/node";
import { Client } from "pg";
import { describe, expect, it } from "vitest";
import { type Served, serve, temporaryDirectory } from "../cli/cli.ts";
import { slowArchive } from "../support/archives.ts";
import { eventually } from "../support/http.ts";
import { createDatabase, engines } from "../support/world.ts";

const ROWS = 150_000;
const BIG = `n,name,lat,lon\n${Array.from({ length: ROWS }, (_, i) => `${i},place ${i},${(i % 170) - 85},${(i % 360) - 180}`).join("\n")}\n`;
const SMALL = "n,name\n1,old\n";

const client = ({ env }: Served): Carto =>
  new Carto({ baseUrl: env["CARTO_API_URL"] ?? "", apiKey: env["CARTO_API_KEY"] ?? "" });

async function kill(served: Served): Promise<void> {
  const closed = once(served.child, "close");
  served.child.kill("SIGKILL");
  await closed;
}

/** What an import leaves behind in the database when nobody has cleared away. */
const LEFTOVERS =
  "select count(*) as n from pg_class where relnamespace = 'cdb_importer'::regnamespace and relkind = 'r'";

/** Sends a body in pieces, the last one never. */
async function dripping(): Promise<{ url: string; port: string; finish(): void; close(): void }> {
  let finished = false;
  const server = createServer((_, response) => {
    response.writeHead(200, { "Content-Type": "text/csv" });
    if (finished) response.end(SMALL);
    else response.write(SMALL);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = String((server.address() as AddressInfo).port);
  return {
    url: `http://127.0.0.1:${port}/dripped.csv`,
    port,
    finish() {
      finished = true;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe.each(engines)("a server that is killed during an import, on %s", (engine) => {
  // On PostgreSQL the next server waits for the lease of the last: those waits may pass together.
  const test = engine === "postgres" ? it.concurrent : it;

  /** Serves one database, kills the server when `reached`, serves it again, and gives the import as it ended. */
  async function killedWhen(
    begin: (carto: Carto) => Promise<string>,
    reached: (carto: Carto, id: string) => Promise<unknown>,
    { env = {}, onRestart = () => {} }: { env?: Record<string, string>; onRestart?: () => void } = {},
  ): Promise<{ state: string; code: number | null; rows: number | undefined; leftovers: unknown; tables: unknown[] }> {
    const directory = await temporaryDirectory();
    const args = engine === "postgres" ? ["--database-url", await createDatabase()] : ["--data", directory.path];
    const settings = { ...env, CARTO_SPOOL_DIR: `${directory.path}-spool` };
    const first = await serve(args, settings);
    const id = await begin(client(first));
    await reached(client(first), id);
    await kill(first);
    onRestart();
    const second = await serve(args, settings);
    try {
      const carto = client(second);
      const ended = await carto.imports.wait(id, { timeout: 60_000 }).catch(() => carto.imports.get(id));
      await eventually(async () => (await carto.sql.query<{ n: number }>(LEFTOVERS)).rows[0]?.n === 0, 5_000);
      const { rows: leftovers } = await carto.sql.query(LEFTOVERS);
      const { rows: tables } = await carto.sql.query("select CDB_UserTables() as name order by 1");
      return { state: ended.state, code: ended.error_code, rows: ended.tables.at(-1)?.rows, leftovers, tables };
    } finally {
      await second.stop();
      await directory.remove();
    }
  }

  test("takes up a download again", async () => {
    const source = await dripping();
    const ended = await killedWhen(
      (carto) => carto.imports.create(source.url),
      (carto, id) => eventually(async () => (await carto.imports.get(id)).state === "uploading", 10_000),
      { env: { CARTO_IMPORT_ALLOW: "127.0.0.1", CARTO_IMPORT_PORTS: source.port }, onRestart: source.finish },
    );
    source.close();

    expect(ended).toEqual({
      state: "complete",
      code: null,
      rows: 1,
      leftovers: [{ n: 0 }],
      tables: [{ name: "dripped" }],
    });
  });

  test.each([0, 700])("ends the import, wherever it was after %i ms", async (ms) => {
    const ended = await killedWhen(
      (carto) => carto.imports.create(new File([BIG], "big.csv")),
      () => sleep(ms),
    );

    expect(ended).toEqual({
      state: "complete",
      code: null,
      rows: ROWS,
      leftovers: [{ n: 0 }],
      tables: [{ name: "big" }],
    });
  });

  test("leaves the table that was to be replaced, until all of the new one is there", async () => {
    const ended = await killedWhen(
      async (carto) => {
        await carto.datasets.create(new File([SMALL], "big.csv"));
        await carto.sql.query("alter table big add column lat double precision, add column lon double precision");
        return carto.imports.create(new File([BIG], "big.csv"), { collisionStrategy: "overwrite" });
      },
      (carto, id) => eventually(async () => (await carto.imports.get(id)).state === "importing", 10_000),
    );

    expect(ended).toMatchObject({ state: "complete", rows: ROWS, leftovers: [{ n: 0 }], tables: [{ name: "big" }] });
  });

  test("unpacks an archive again, from the upload", async () => {
    const bytes = slowArchive(300, [
      { name: "a.csv", data: SMALL },
      { name: "b.csv", data: SMALL },
    ]);
    const ended = await killedWhen(
      (carto) => carto.imports.create(new File([bytes], "slow.tar.gz")),
      (carto, id) => eventually(async () => (await carto.imports.get(id)).state === "unpacking", 10_000),
    );

    expect(ended).toEqual({
      state: "complete",
      code: null,
      rows: 1,
      leftovers: [{ n: 0 }],
      tables: [{ name: "a" }, { name: "b" }],
    });
  });

  test("reads geodata again, from the upload, until its time is over", async () => {
    const file = await readFile(resolve(import.meta.dirname, "../../fixtures/geo/hostile/no-limit-join.gpkg"));
    const ended = await killedWhen(
      (carto) => carto.imports.create(new File([new Uint8Array(file)], "endless.gpkg")),
      (carto, id) => eventually(async () => (await carto.imports.get(id)).state === "importing", 10_000),
      { env: { CARTO_IMPORT_TIMEOUT_MS: "4000" } },
    );

    expect(ended).toEqual({ state: "failure", code: 6667, rows: undefined, leftovers: [{ n: 0 }], tables: [] });
  });

  test("ends an import whose upload is lost", async () => {
    const directory = await temporaryDirectory();
    const args = engine === "postgres" ? ["--database-url", await createDatabase()] : ["--data", directory.path];
    const first = await serve(args, { CARTO_SPOOL_DIR: `${directory.path}-spool` });
    const id = await client(first).imports.create(new File([BIG], "big.csv"));
    await kill(first);
    const { rm, readdir } = await import("node:fs/promises");
    for (const name of await readdir(`${directory.path}-spool`)) {
      if (name !== "spool-id") await rm(`${directory.path}-spool/${name}`);
    }
    const second = await serve(args, { CARTO_SPOOL_DIR: `${directory.path}-spool` });
    try {
      await expect(client(second).imports.wait(id, { timeout: 30_000 })).rejects.toMatchObject({
        code: 6671,
        whatAbout: expect.stringContaining("upload it again"),
      });
    } finally {
      await second.stop();
      await directory.remove();
    }
  });
});

describe.skipIf(!engines.includes("postgres"))("an import that is about to be shown, on postgres", () => {
  it("is shown by the next server when this one is killed", async () => {
    const url = await createDatabase();
    const directory = await temporaryDirectory();
    const settings = { CARTO_SPOOL_DIR: directory.path };
    const first = await serve(["--database-url", url], settings);
    const holder = new Client({ connectionString: url });
    await holder.connect();
    // Whoever names a table in the account's schema waits for this one.
    await holder.query("select pg_advisory_lock(7236402, id) from carto.account");
    const id = await client(first).imports.create(new File([SMALL], "late.csv"));
    const waiting = "select count(*)::int as n from pg_locks where locktype = 'advisory' and not granted";
    expect(await eventually(async () => (await holder.query(waiting)).rows[0].n === 1, 10_000)).toBe(true);

    await kill(first);
    await holder.end();
    const second = await serve(["--database-url", url], settings);

    try {
      const carto = client(second);
      expect((await carto.imports.wait(id, { timeout: 60_000 })).tables).toMatchObject([{ name: "late", rows: 1 }]);
      expect((await carto.sql.query("select CDB_UserTables() as name")).rows).toEqual([{ name: "late" }]);
    } finally {
      await second.stop();
      await directory.remove();
    }
  });
});
