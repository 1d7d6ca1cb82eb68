import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { writeAnswer } from "../api-answer.ts";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { reflow } from "../help.ts";
import { readStdin } from "../io.ts";
import { collect } from "../options.ts";
import { runs, type Session } from "../session.ts";

interface ApiFlags {
  data?: string;
  query?: string[];
  header?: string[];
  output?: string;
}

const DESCRIPTION = `Make one request to the server and print its answer

Examples:
  $ carto-ts api GET /api/v3/me
  $ carto-ts api GET /api/v2/sql -q q="select 1" -q format=geojson
  $ carto-ts api POST /api/v2/sql/job -d '{"query":"select 1"}'
  $ carto-ts api POST /api/v2/sql -d @body.json -o answer.json

The path is taken below the base URL and the key goes along. A body that looks like JSON is sent as JSON, any other
as a form, unless -H "Content-Type: …" says what it is.`;

/** `carto-ts api`. */
export function addApi(program: Command, session: Session): void {
  const command = program
    .command("api")
    .summary("make one request to the server")
    .description(reflow(DESCRIPTION))
    .argument("<method>", "GET, POST, PUT, PATCH, DELETE, …")
    .argument("<path>", "such as /api/v2/sql")
    .option("-d, --data <body>", "body; @file reads it from a file, - from standard input")
    .option("-q, --query <name=value>", "parameter of the URL (repeatable)", collect)
    .option("-H, --header <name: value>", "header (repeatable)", collect)
    .option("-o, --output <path>", "write the answer to a file, whole or not at all");
  runs<[string, string], ApiFlags>(command, session, async (context, [method, path], flags) => {
    const body = await readBody(context, flags.data);
    const headers = parseHeaders(flags.header ?? []);
    if (body !== undefined && !headers["Content-Type"]) headers["Content-Type"] = typeOf(body);
    const query = parsePairs(flags.query ?? []);
    const carto = await context.carto();
    context.doing = `${method.toUpperCase()} ${path}`;
    const answer = await carto.request(parseMethod(method), parsePath(path), {
      query,
      headers,
      signal: context.signal,
      ...(body !== undefined && { body }),
    });
    await writeAnswer(context, answer, flags.output);
    return undefined;
  });
}

function parseMethod(method: string): string {
  if (!/^[a-z]+$/i.test(method)) throw new CommandError(`"${method}" is no HTTP method`, "carto-ts api GET /api/v3/me");
  return method.toUpperCase();
}

function parsePath(path: string): string {
  // Another host must not get the key.
  if (/^[a-z][a-z0-9+.-]*:|^\/\//i.test(path)) {
    throw new CommandError(
      "give the path below the base URL, not a whole URL",
      "such as /api/v2/sql; --url names the server",
    );
  }
  return path.startsWith("/") ? path : `/${path}`;
}

function parsePairs(pairs: readonly string[]): Record<string, string> {
  const query: Record<string, string> = {};
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at < 1) throw new CommandError(`"${pair}" is no parameter`, "-q name=value");
    query[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return query;
}

function parseHeaders(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const at = line.indexOf(":");
    if (at < 1) throw new CommandError("a header needs a name and a value", '-H "Name: value"');
    const name = line.slice(0, at).trim();
    headers[/^content-type$/i.test(name) ? "Content-Type" : name] = line.slice(at + 1).trim();
  }
  return headers;
}

async function readBody(context: Context, data: string | undefined): Promise<string | undefined> {
  if (data === "-") return readStdin(context.io);
  if (!data?.startsWith("@")) return data;
  context.doing = "read the body";
  return readFile(data.slice(1), "utf8");
}

function typeOf(body: string): string {
  return /^\s*[[{]/.test(body) ? "application/json" : "application/x-www-form-urlencoded";
}
