import { readFile } from "node:fs/promises";
import type { JobPlan, JobQuery } from "@carto-ts/sdk";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { readQuery } from "../sql/read-sql.ts";

/** Where the queries of a job come from, and what follows them. */
export interface CreateFlags {
  file?: string[];
  onsuccess?: string;
  onerror?: string;
}

/** What a job is made from: arguments, then files, else standard input; several queries run in that order. */
export async function readJobQuery(
  context: Context,
  queries: readonly string[],
  flags: CreateFlags,
): Promise<JobQuery> {
  const { file: files = [], onsuccess, onerror } = flags;
  const [only] = files;
  if (only?.endsWith(".json") && files.length === 1 && queries.length === 0) return readPlan(context, only);
  const texts = [...queries];
  for (const file of files) texts.push(await readQuery(context, undefined, file));
  if (texts.length === 0) texts.push(await readQuery(context, undefined));
  if (onsuccess !== undefined || onerror !== undefined) {
    const plan: JobPlan = { query: texts.map((query) => ({ query })) };
    return { ...plan, ...(onsuccess !== undefined && { onsuccess }), ...(onerror !== undefined && { onerror }) };
  }
  const [first = "", ...others] = texts;
  return others.length === 0 ? first : texts;
}

async function readPlan(context: Context, path: string): Promise<JobQuery> {
  context.doing = "read the plan";
  const text = await readFile(path, "utf8");
  try {
    const plan = JSON.parse(text) as unknown;
    // A body as the API takes it holds the query under its name.
    const { query } = plan as { query?: unknown };
    const isPlan = Array.isArray(query) || query === undefined;
    return (isPlan ? plan : query) as JobQuery;
  } catch (error) {
    throw new CommandError(`${path} is not valid JSON: ${(error as Error).message}`);
  }
}
