import { EXIT, type ExitCode } from "./exit.ts";

/** The command can't do what was asked, for a reason on this side; by default, because it was asked wrongly. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  /** What to do instead. */
  readonly hint: string | undefined;
  readonly exit: ExitCode;
  constructor(message: string, hint?: string, exit: ExitCode = EXIT.usage) {
    super(message);
    this.hint = hint;
    this.exit = exit;
  }
}
