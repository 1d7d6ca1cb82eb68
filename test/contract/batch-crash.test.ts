import { once } from "node:events";
import { Carto } from "@carto-ts/sdk";
import { describe, expect, test } from "vitest";
import { type Served, serve, temporaryDirectory } from "../cli/cli.ts";
import { eventually } from "../support/http.ts";
import { createDatabase, databaseUrl, engines } from "../support/world.ts";

const client = (served: Served): Carto =>
  new Carto({ baseUrl: served.env["CARTO_API_URL"] ?? "", apiKey: served.env["CARTO_API_KEY"] ?? "" });

async function kill(served: Served): Promise<void> {
  const closed = once(served.child, "close");
  served.child.kill("SIGKILL");
  await closed;
}

describe.each(engines)("a server that is killed in the middle of a job, on %s", (engine) => {
  test("ends the job after its restart, and runs what waited behind it", async () => {
    const directory = await temporaryDirectory();
    const args = engine === "postgres" ? ["--database-url", await createDatabase()] : ["--data", directory.path];
    const first = await serve(args);
    const before = client(first);
    await before.sql.query("create table ran (n int)");
    // Neither PostgreSQL's own watch for clients that are gone nor the connection's name may be relied on.
    const unseen = "set application_name to 'other'; set client_connection_check_interval to 0; ";
    const running = await before.batch.create(
      `${engine === "postgres" ? unseen : ""}insert into ran values (1); select pg_sleep(600)`,
    );
    // The embedded engine takes no other job once its one session is busy with this one.
    const waiting = await before.batch
      .create("insert into ran values (2)", { timeout: 5_000, maxRetries: 0 })
      .catch(() => undefined);
    expect(await eventually(async () => (await before.batch.get(running.job_id)).status === "running", 10_000)).toBe(
      true,
    );

    await kill(first);
    const second = await serve(args);

    try {
      const after = client(second);
      const ended = await after.batch
        .wait(running.job_id, { timeout: 40_000 })
        .catch(() => after.batch.get(running.job_id));
      expect(ended).toMatchObject({
        status: "failed",
        failed_reason: "the server stopped while this query ran; it may or may not have taken effect",
      });
      if (waiting) expect((await after.batch.wait(waiting.job_id, { timeout: 20_000 })).status).toBe("done");
      // The statement was one transaction, which nobody committed.
      expect((await after.sql.query("select n from ran order by n")).rows).toEqual(waiting ? [{ n: 2 }] : []);
    } finally {
      await second.stop();
      await directory.remove();
    }
  });

  test("puts a running job back when it is asked to stop, and runs it after its restart", async () => {
    const directory = await temporaryDirectory();
    const args = engine === "postgres" ? ["--database-url", await createDatabase()] : ["--data", directory.path];
    const first = await serve(args);
    const before = client(first);
    await before.sql.query("create table ran (n int); create table wait (s int); insert into wait values (600)");
    const job = await before.batch.create("insert into ran select 1 from wait, pg_sleep(s)");
    expect(await eventually(async () => (await before.batch.get(job.job_id)).status === "running", 10_000)).toBe(true);

    await first.stop();
    const second = await serve(args);

    try {
      const after = client(second);
      await eventually(async () => (await after.batch.get(job.job_id)).status === "running", 10_000);
      expect((await after.batch.cancel(job.job_id)).status).toBe("cancelled");
    } finally {
      await second.stop();
      await directory.remove();
    }
  });
});

describe.skipIf(databaseUrl === undefined)("two servers on one PostgreSQL", () => {
  test("run every job once", async () => {
    const args = ["--database-url", await createDatabase(), "--master-key", "0123456789abcdef0123"];
    const servers = [await serve(args), await serve(args)];
    const [one, two] = servers.map(client);
    if (!one || !two) throw new Error("two servers were started");

    try {
      await one.sql.query("create table ran (n int)");
      const jobs = await Promise.all(
        Array.from({ length: 40 }, (_, n) => (n % 2 ? one : two).batch.create(`insert into ran values (${n})`)),
      );
      for (const job of jobs) expect((await two.batch.wait(job.job_id, { timeout: 30_000 })).status).toBe("done");

      const { rows } = await one.sql.query("select count(*) as rows, count(distinct n) as jobs from ran");
      expect(rows).toEqual([{ rows: 40, jobs: 40 }]);

      const long = await one.batch.create("select pg_sleep(60)");
      await eventually(async () => (await two.batch.get(long.job_id)).status === "running", 5_000);
      expect((await two.batch.cancel(long.job_id)).status).toBe("cancelled");
      expect((await one.batch.get(long.job_id)).status).toBe("cancelled");
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  });

  test("keep a job of many short statements, and cancel it from either", async () => {
    const args = ["--database-url", await createDatabase(), "--master-key", "0123456789abcdef0123"];
    const servers = [await serve(args), await serve(args)];
    const [one, two] = servers.map(client);
    if (!one || !two) throw new Error("two servers were started");

    try {
      // Longer than a lease, each statement shorter than the time between two heartbeats.
      const short = Array.from({ length: 60 }, () => "select pg_sleep(0.3)");
      const kept = await one.batch.create(short);
      expect((await one.batch.wait(kept, { timeout: 40_000 })).status).toBe("done");

      const unwanted = await one.batch.create(short);
      await eventually(async () => (await two.batch.get(unwanted.job_id)).status === "running", 5_000);
      // Whichever of them runs it, one of the two cancels is the other's.
      const cancelled = await Promise.all([one, two].map((from) => from.batch.cancel(unwanted.job_id)));
      expect(cancelled.map(({ status }) => status)).toEqual(["cancelled", "cancelled"]);
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  });
});
