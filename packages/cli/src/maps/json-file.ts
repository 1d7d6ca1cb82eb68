import { readFile } from "node:fs/promises";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { readStdin } from "../io.ts";

/** Reads an object of JSON from a file, or from standard input for `-`. @throws {@link CommandError} when it is none. */
export async function readJsonFile(context: Context, path: string): Promise<Record<string, unknown>> {
  const source = path === "-" ? "standard input" : path;
  context.doing = `read ${source}`;
  const text = path === "-" ? await readStdin(context.io) : await readFile(path, "utf8");
  const value = parse(text.replace(/^\ufeff/, ""), source);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new CommandError(`${source} holds no object of JSON`);
  }
  return value as Record<string, unknown>;
}

function parse(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CommandError(`${source} is not JSON: ${(error as Error).message}`);
  }
}
