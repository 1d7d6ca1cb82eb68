// What every benchmark runs against: a PostgreSQL, a server in a process of its own, and a table of a million rows.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Carto } from "@carto-ts/sdk/node";
import { findBinaries, startCluster } from "../../scripts/throwaway-postgres.mjs";

/** Rows of the table `lab`: int, text, float, timestamptz, float; about 100 MB as CSV. */
export const ROWS = 1_000_000;

/** Opens everything, the server with the variables `env`; `close` ends it. */
export async function openWorld({ rows = ROWS, env = {} } = {}) {
  const cluster = process.env.TEST_DATABASE_URL
    ? { url: process.env.TEST_DATABASE_URL, stop() {} }
    : await startCluster();
  const folder = mkdtempSync(join(tmpdir(), "carto-ts-bench-"));
  const server = await startChild("server.mjs", { DATABASE_URL: cluster.url, ...env });
  const carto = new Carto({ baseUrl: server.line, apiKey: "bench-key-0123456789", totalTimeout: 0, timeout: 0 });
  await carto.sql.query("drop table if exists lab; drop table if exists lab_in");
  await carto.sql.query(`
    create table lab as
    select i as id, 'place number ' || i as name, random() * 1000 as value, now() + i * interval '1 s' as at, random() as share
    from generate_series(1, ${rows}) i;
    create unlogged table lab_in (like lab);
    analyze lab`);
  return {
    url: cluster.url,
    folder,
    server,
    carto,
    psql: (sql, output = "/dev/null") => psql(cluster.url, sql, output),
    async close() {
      await server.stop();
      cluster.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Runs a statement by psql, its output in a file. */
async function psql(url, sql, output) {
  const child = spawn("sh", ["-c", `psql -q -v ON_ERROR_STOP=1 "$URL" -c "$SQL" > "$OUTPUT"`], {
    env: { ...process.env, URL: url, SQL: sql, OUTPUT: output, PATH: `${findBinaries() ?? ""}:${process.env.PATH}` },
    stdio: "inherit",
  });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`psql failed: ${sql}`);
}

/** Starts a script of this folder that prints a line once it is ready. */
export async function startChild(name, env = {}, args = []) {
  const path = fileURLToPath(new URL(name, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (piece) => {
    text += piece;
  });
  while (!text.includes("\n"))
    await Promise.race([
      once(child.stdout, "data"),
      once(child, "exit").then(() => Promise.reject(new Error(`${name} ended`))),
    ]);
  return {
    child,
    line: text.split("\n")[0],
    output: () => text,
    async stop() {
      if (child.exitCode !== null) return;
      const closed = once(child, "exit");
      child.kill("SIGTERM");
      await closed;
    },
  };
}
