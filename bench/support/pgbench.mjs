import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findBinaries } from "../../scripts/throwaway-postgres.mjs";

/** Settings of the connections that the server makes tiles on. */
export const TILE_SETTINGS = "-c jit=off -c plan_cache_mode=force_custom_plan -c parallel_setup_cost=30000";

/** Writes a script for each statement with its numbers, for {@link pgbench} to choose from. */
export function writeScripts(folder, statements) {
  mkdirSync(folder);
  return statements.map(({ q, values }, at) => {
    const sets = values.map((value, i) => `\\set v${i + 1} ${Number(value).toFixed(9)}`);
    const path = join(folder, `${at}.sql`);
    writeFileSync(path, `${sets.join("\n")}\n${q.replace(/\$(\d)/g, ":v$1").replace(/\s*\n\s*/g, " ")};\n`);
    return path;
  });
}

/** Runs scripts, prepared, as often as they can be; gives how many a second. */
export function pgbench(url, scripts, { connections, seconds }) {
  const files = scripts.flatMap((script) => ["-f", script]);
  const done = spawnSync(
    join(findBinaries() ?? "", "pgbench"),
    ["-n", "-M", "prepared", "-c", connections, "-j", 2, "-T", seconds, ...files, url].map(String),
    { encoding: "utf8", env: { ...process.env, PGOPTIONS: `${TILE_SETTINGS} -c search_path=public` } },
  );
  const speed = done.stdout.match(/tps = ([\d.]+)/);
  if (done.status !== 0 || !speed) throw new Error(`pgbench failed: ${done.stderr}`);
  return Number(speed[1]);
}
