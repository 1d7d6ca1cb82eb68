import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** What a program did. */
export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a compiled program of `.generated/` in a folder, with nothing of this process's environment but its PATH. */
export function runProgram(
  name: string,
  args: readonly string[],
  { env, cwd }: { env: Record<string, string>; cwd: string },
): Promise<Ran> {
  const path = fileURLToPath(new URL(`../../.generated/${name}`, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], { cwd, env: { PATH: process.env["PATH"] ?? "", ...env } });
  const ran: Ran = { code: null, stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    ran.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    ran.stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ ...ran, code }));
  });
}
