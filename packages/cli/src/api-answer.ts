import { CommandError } from "./command-error.ts";
import type { Context } from "./context.ts";
import { EXIT } from "./exit.ts";
import { escapeMessage } from "./output/escape.ts";
import { openSink } from "./output/sink.ts";

const TEXT = /^(text\/|application\/(json|xml|javascript|[\w.+-]+\+(json|xml)))/;

/** Writes the body of an answer as it came; on a terminal JSON is set out in lines, and nothing else than text is shown. */
export async function writeAnswer(context: Context, answer: Response, output: string | undefined): Promise<void> {
  const { io } = context;
  const toTerminal = io.stdout.isTTY === true && (output === undefined || output === "-");
  if (toTerminal) return writeToTerminal(context, answer);
  const sink = await openSink(io, output);
  try {
    for await (const chunk of answer.body ?? []) await sink.write(chunk as Uint8Array);
    await sink.commit();
  } catch (error) {
    await sink.discard();
    throw error;
  }
}

async function writeToTerminal(context: Context, answer: Response): Promise<void> {
  const type = answer.headers.get("content-type") ?? "";
  if (!TEXT.test(type) && type !== "") {
    await answer.body?.cancel();
    throw new CommandError(
      `the answer is ${type}, which a terminal can't show`,
      "write it to a file with -o",
      EXIT.failure,
    );
  }
  const text = await answer.text();
  if (text === "") return;
  const sink = await openSink(context.io);
  await sink.write(type.includes("json") ? indent(text) : `${escapeMessage(text)}\n`);
}

function indent(text: string): string {
  // Numbers that JavaScript would round are left as they came.
  if (/\d{16}/.test(text)) return `${escapeMessage(text)}\n`;
  try {
    return escapeMessage(`${JSON.stringify(JSON.parse(text), null, 2)}\n`);
  } catch {
    return `${escapeMessage(text)}\n`;
  }
}
