import { EXIT } from "./exit.ts";
import { Interrupted, type Io, PipeClosed } from "./io.ts";
import { main } from "./main.ts";

/** Runs the command line as a process: its arguments, streams and signals. Sets the exit code. */
export async function run(): Promise<void> {
  const over = new AbortController();
  const stop = (by: "SIGINT" | "SIGTERM"): void => {
    // The second time there is no patience left.
    if (over.signal.aborted) process.exit(EXIT.interrupted);
    over.abort(new Interrupted(by));
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    over.abort(error.code === "EPIPE" ? new PipeClosed() : error);
  });
  // Nobody is left to be told.
  process.stderr.on("error", () => {});
  const io: Io = {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    signal: over.signal,
  };
  process.exitCode = await main(process.argv.slice(2), io);
  // An open terminal or an idle connection would keep the process alive.
  process.stdin.destroy();
  setTimeout(() => process.exit(), 500).unref();
}
