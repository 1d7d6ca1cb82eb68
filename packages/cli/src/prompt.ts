import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { CommandError } from "./command-error.ts";
import { type Io, readStdin } from "./io.ts";

/** Asks on the terminal and resolves with the line typed; `hidden` shows nothing of it. */
export async function ask(io: Io, question: string, options: { hidden: boolean }): Promise<string> {
  // What is typed is echoed by readline, not by the terminal: without an output there is no echo.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: io.stdin, output: options.hidden ? silent : io.stderr, terminal: true });
  // Asked only now, for a fast answer must not meet a terminal that still echoes.
  io.stderr.write(question);
  try {
    return await new Promise<string>((resolve, reject) => {
      const interrupt = (): void => reject(io.signal.reason as Error);
      io.signal.addEventListener("abort", interrupt, { once: true });
      lines.once("line", resolve);
      lines.once("close", () => resolve(""));
      // Reading keys one by one turns the terminal's own Ctrl-C off.
      lines.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
    });
  } finally {
    lines.close();
    if (options.hidden) io.stderr.write("\n");
  }
}

/** Asks whether to go on. @throws {@link CommandError} where nobody can answer. */
export async function agree(io: Io, question: string): Promise<boolean> {
  if (!io.stdin.isTTY) throw new CommandError("nobody is there to be asked", "say --yes to delete without a question");
  return /^y(?:es)?$/i.test((await ask(io, `${question} [y/N] `, { hidden: false })).trim());
}

/** A secret from the terminal, without an echo, or from standard input when that is a pipe. */
export async function readSecret(io: Io, question: string): Promise<string> {
  const text = io.stdin.isTTY ? await ask(io, question, { hidden: true }) : await readStdin(io);
  return text.trim();
}
