import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The built command line, as npm would install it. */
export const BIN: string = fileURLToPath(new URL("../../packages/cli/bin/carto-ts.js", import.meta.url));

export type Env = Record<string, string>;

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Starts the command line with nothing of this machine's settings; stdin stays open until ended. */
export function start(args: readonly string[], env: Env = {}): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [BIN, ...args], {
    env: { PATH: process.env.PATH ?? "", HOME: "/nonexistent", ...env },
  });
}

/** Runs the command line to its end. */
export async function run(args: readonly string[], options: { env?: Env; input?: string } = {}): Promise<Outcome> {
  const child = start(args, options.env);
  // A command may end without having read its input.
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  return outcome(child);
}

/** Waits for the end of a process. */
export async function outcome(child: ChildProcessWithoutNullStreams): Promise<Outcome> {
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}

/** Waits until a stream has said `text`. */
export async function said(stream: NodeJS.ReadableStream, text: string | RegExp): Promise<string> {
  let seen = "";
  const decoder = new TextDecoder();
  return new Promise((resolve, reject) => {
    const read = (chunk: Uint8Array | string): void => {
      seen += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
      if (typeof text === "string" ? !seen.includes(text) : !text.test(seen)) return;
      stream.off("data", read);
      resolve(seen);
    };
    stream.on("data", read);
    stream.once("close", () => reject(new Error(`the stream ended without ${text}: ${seen}`)));
  });
}

export interface Served {
  /** What `serve` told to export. */
  env: Env & { CARTO_API_URL: string; CARTO_API_KEY: string };
  child: ChildProcessWithoutNullStreams;
  /** What it has written to stderr. */
  told(): string;
  stop(): Promise<void>;
}

/** Starts `carto-ts serve` on a free port with an embedded database in memory. */
export async function serve(args: readonly string[] = ["--memory"], env: Env = {}): Promise<Served> {
  const child = start(["serve", "--port", "0", ...args], env);
  const errors: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => errors.push(text));
  const line = await said(child.stdout, "\n").catch((error: unknown) => {
    throw new Error(`serve did not start: ${errors.join("")}`, { cause: error });
  });
  const [, url = "", key = ""] = /^export CARTO_API_URL=(\S+) CARTO_API_KEY=(\S+)\n$/.exec(line) ?? [];
  return {
    env: { CARTO_API_URL: url, CARTO_API_KEY: key },
    child,
    told: () => errors.join(""),
    stop: async () => {
      if (child.exitCode !== null) return;
      const closed = once(child, "close");
      child.kill("SIGTERM");
      await closed;
    },
  };
}

/** A directory of the test's own, with what removes it. */
export async function temporaryDirectory(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "carto-cli-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
