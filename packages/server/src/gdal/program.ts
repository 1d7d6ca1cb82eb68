import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import type { Translation } from "./messages.ts";

/** Settings that keep GDAL to its folder and make it write what the WebAssembly does. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  LC_ALL: "C.UTF-8",
  // No settings of a user's.
  HOME: "/nonexistent",
  PG_USE_COPY: "YES",
  OGR2OGR_USE_ARROW_API: "NO",
  GDAL_NUM_THREADS: "1",
  // No network.
  CPL_VSIL_CURL_ALLOWED_EXTENSIONS: ".none",
  GDAL_HTTP_TIMEOUT: "1",
  GML_SKIP_RESOLVE_ELEMS: "ALL",
};

/** What is told of a running program. */
export interface ProgramEvents {
  /** The program's id, and undefined when it has ended. */
  running(pid: number | undefined): void;
  line(line: string): void;
}

/**
 * Runs an ogr2ogr program in the working folder. Without a target it writes to this process's own standard output.
 *
 * @throws Error when it can't be run, or ended with an error, which it told line by line
 */
export async function runOgr2ogr(program: string, translation: Translation, events: ProgramEvents): Promise<void> {
  const { source, layers, driver, target, args } = translation;
  const openOptions = (source.openOptions ?? []).flatMap((option) => ["-oo", option]);
  const command = ["-f", driver, ...openOptions, ...args, target ?? "/vsistdout/", source.file, ...layers];
  const skipped = await otherDrivers(program, [driver, ...source.drivers]);
  const child = spawn(program, command, {
    stdio: ["ignore", target === undefined ? "inherit" : "ignore", "pipe"],
    env: { ...process.env, ...ENVIRONMENT, OGR_SKIP: skipped.join(",") },
  });
  events.running(child.pid);
  createInterface({ input: child.stderr }).on("line", events.line);
  try {
    const [code, signal] = await once(child, "close");
    if (code !== 0) throw new Error(`ogr2ogr ended with ${signal ?? code}`);
  } finally {
    events.running(undefined);
  }
}

/** All vector drivers of the program but these: older ones have no other way to be told whom to ask. */
async function otherDrivers(program: string, drivers: readonly string[]): Promise<string[]> {
  const env = { ...process.env, ...ENVIRONMENT };
  const { stdout } = await promisify(execFile)(program, ["--formats"], { env });
  const names = [...stdout.matchAll(/^ {2}(\S.*?) -[^-]*vector[^-]*- \(/gm)].map(([, name = ""]) => name);
  return names.filter((name) => !drivers.includes(name));
}
