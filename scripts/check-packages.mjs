// Checks each package as it would be published: its entry points, its types, the files that it ships.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";

let failed = false;
for (const name of readdirSync("packages")) {
  for (const [tool, ...args] of [
    ["publint", "--strict", `packages/${name}`],
    ["attw", "--pack", `packages/${name}`, "--profile", "esm-only", "--format", "ascii", "--quiet"],
  ]) {
    const done = spawnSync("npx", ["--no", tool, "--", ...args], { encoding: "utf8" });
    if (done.status === 0) continue;
    failed = true;
    console.error(`${tool} packages/${name}:\n${done.stdout}${done.stderr}`);
  }
}
process.exitCode = failed ? 1 : 0;
