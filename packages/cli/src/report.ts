import type { Failure } from "./failure.ts";
import type { Io } from "./io.ts";
import { escapeMessage } from "./output/escape.ts";
import { createStyle } from "./output/style.ts";

/**
 * Tells of a failure on stderr: what was tried, what happened, what to do; as one line of JSON when `json` is set.
 *
 * Texts may come from a server or from data, so what a terminal would obey is escaped.
 */
export function reportFailure(
  io: Io,
  failure: Failure,
  options: { doing?: string | undefined; json: boolean; verbose?: boolean | undefined },
): void {
  const { exit: _exit, ...envelope } = failure;
  if (options.json) {
    io.stderr.write(`${JSON.stringify({ error: envelope })}\n`);
    return;
  }
  const style = createStyle(io.stderr, io.env);
  const doing = options.doing ? `could not ${options.doing}: ` : "";
  const lines = [`${style.red("error:")} ${escapeMessage(doing + failure.message)}`];
  if (failure.detail) lines.push(`detail: ${escapeMessage(failure.detail)}`);
  if (failure.hint) lines.push(`hint: ${escapeMessage(failure.hint)}`);
  // Of use to those who run the server, when it is the server that failed.
  const failed = options.verbose || (failure.status ?? 0) >= 500;
  if (failure.requestId && failed) lines.push(style.dim(`request id: ${escapeMessage(failure.requestId)}`));
  io.stderr.write(`${lines.join("\n")}\n`);
}
