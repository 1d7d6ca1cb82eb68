import { readFile } from "node:fs/promises";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { readStdin } from "../io.ts";

/** SQL from the argument, from a file, or from standard input. @throws {@link CommandError} when there is none. */
export async function readQuery(context: Context, query: string | undefined, file?: string): Promise<string> {
  if (query !== undefined && file !== undefined) throw new CommandError("give the SQL or --file, not both");
  const text = query !== undefined && query !== "-" ? query : await readText(context, file);
  if (text.trim() === "")
    throw new CommandError("there is no SQL to run", "give it as an argument, with --file, or on stdin");
  return text;
}

async function readText(context: Context, file: string | undefined): Promise<string> {
  if (file !== undefined && file !== "-") {
    context.doing = "read the SQL";
    return (await readFile(file, "utf8")).replace(/^\ufeff/, "");
  }
  if (context.io.stdin.isTTY) context.say("Type the SQL and end it with Ctrl-D on a line of its own.");
  return readStdin(context.io);
}
