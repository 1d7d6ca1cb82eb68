import type { Command } from "commander";
import { Context, type GlobalFlags } from "./context.ts";
import type { ExitCode } from "./exit.ts";
import type { Io } from "./io.ts";

/** One run of the command line. */
export interface Session {
  readonly io: Io;
  /** Whether errors are written as JSON. */
  readonly json: boolean;
  /** What to exit with when nothing is thrown. */
  exit: ExitCode;
  /** Set once a command has started. */
  context?: Context;
  /** How the command at hand is called, for errors of usage. */
  usage?: string;
}

/** What a command does, with its arguments and options as commander parsed them. */
export type Action<Args extends readonly unknown[], Flags> = (
  context: Context,
  args: Args,
  flags: Flags,
) => Promise<ExitCode | undefined>;

/** Makes `action` what `command` runs; what it resolves with becomes the exit code. */
export function runs<Args extends readonly unknown[], Flags>(
  command: Command,
  session: Session,
  action: Action<Args, Flags & GlobalFlags>,
): void {
  command.action(async (...given: unknown[]) => {
    const flags = command.optsWithGlobals<Flags & GlobalFlags>();
    const context = new Context(session.io, flags);
    session.context = context;
    // Commander adds the options and the command itself.
    const code = await action(context, given.slice(0, -2) as unknown as Args, flags);
    if (code !== undefined) session.exit = code;
  });
}
