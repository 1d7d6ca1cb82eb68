// `node bench/memory.mjs`: peak memory of the server and of the client, each in a process of its own, while much data
// moves. Linux only, for it reads /proc. Takes some minutes and 1.5 GB of disk.
import { once } from "node:events";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openWorld, startChild } from "./support/world.mjs";

const ROWS = 5_000_000;
const GOAL_MB = 200;

const world = await openWorld({ rows: ROWS });
const { pid } = world.server.child;
const file = join(world.folder, "lab.csv");

/** Peak of the server's memory since it was last asked, in MB. */
const serverPeak = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
const forgetPeak = () => writeFileSync(`/proc/${pid}/clear_refs`, "5");

try {
  for (const what of ["stream", "export", "copy-out", "copy-in"]) {
    forgetPeak();
    const startedAt = performance.now();
    const client = await startChild("client.mjs", { URL: world.server.line }, [what, String(ROWS), file]);
    if (client.child.exitCode === null) await once(client.child, "exit");
    const peak = Number(client.output().trim().split("\n").at(-1));
    const server = serverPeak();
    const size = what.startsWith("copy") ? `${Math.round(statSync(file).size / 1e6)} MB` : `${ROWS / 1e6} M rows`;
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    const verdict = Math.max(peak, server) < GOAL_MB ? "met" : "missed";
    console.log(
      `${what}, ${size}, ${seconds} s: client ${Math.round(peak)} MB, server ${Math.round(server)} MB; goal ${GOAL_MB} MB ${verdict}`,
    );
  }
} finally {
  await world.close();
}
