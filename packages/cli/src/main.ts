import { CommanderError } from "commander";
import { CommandError } from "./command-error.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { toFailure } from "./failure.ts";
import { type Io, PipeClosed } from "./io.ts";
import { createProgram } from "./program.ts";
import { reportFailure } from "./report.ts";
import type { Session } from "./session.ts";

/**
 * Runs one command line and resolves with the code to exit with; never rejects.
 *
 * @param argv What follows the name of the program: `["sql", "select 1"]`.
 */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  const session: Session = { io, exit: EXIT.ok, json: argv.includes("--json") };
  try {
    await createProgram(session).parseAsync(withHelp(argv), { from: "user" });
    return session.exit;
  } catch (error) {
    return conclude(error, session);
  }
}

/** Nothing at all asks for help, and so does `help` before any number of commands. */
function withHelp(argv: readonly string[]): string[] {
  const [first, ...rest] = argv;
  if (first === undefined) return ["--help"];
  return first === "help" && rest.length > 1 ? [...rest, "--help"] : [...argv];
}

function conclude(error: unknown, session: Session): ExitCode {
  const { io, json } = session;
  // What was thrown may only be the echo of an interruption or of --timeout.
  const signal = session.context?.signal ?? io.signal;
  const cause = signal.aborted ? (signal.reason as unknown) : error;
  // The reader has what it wanted, as in `carto-ts sql … | head`.
  if (cause instanceof PipeClosed || error instanceof PipeClosed) return EXIT.ok;
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.ok;
    if (error.code === "commander.help") return EXIT.usage;
    const [message = "", ...more] = error.message.replace(/^error: /, "").split("\n");
    reportFailure(
      io,
      toFailure(new CommandError(message, more.join(" ").replace(/^\((.*)\)$/, "$1") || session.usage)),
      { json },
    );
    return EXIT.usage;
  }
  const failure = toFailure(cause);
  const plain = /^(?:usage|interrupted|(?:job|import)_.*)$/.test(failure.code);
  const doing = plain ? undefined : session.context?.doing;
  reportFailure(io, failure, { doing, json, verbose: session.context?.flags.verbose });
  return failure.exit;
}
