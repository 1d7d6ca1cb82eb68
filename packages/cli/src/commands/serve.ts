import type { Command } from "commander";
import { Option } from "commander";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { reflow } from "../help.ts";
import { Interrupted } from "../io.ts";
import { parsePort } from "../options.ts";
import { writeChunk } from "../output/sink.ts";
import { formatDuration } from "../output/units.ts";
import { collectKeys } from "../serve/key-spec.ts";
import { describeData, readServeOptions, type ServeFlags } from "../serve/options.ts";
import { checkPort } from "../serve/port.ts";
import { shellQuote } from "../serve/shell-quote.ts";
import { runs, type Session } from "../session.ts";

type Server = typeof import("@carto-ts/server");
type RunningServer = Awaited<ReturnType<Server["startServer"]>>;

const DESCRIPTION = `Start a CARTO of your own: the SQL, Batch SQL and COPY APIs in front of PostGIS

Examples:
  $ carto-ts serve                                 embedded PostGIS, nothing to install
  $ carto-ts serve --memory --port 0               forgets everything at the end; takes a free port
  $ carto-ts serve --data ./carto-data
  $ DATABASE_URL=postgres://localhost/gis carto-ts serve
  $ carto-ts serve --key app:s3cr3t:select@places,insert@places

Once ready it prints a line for the shell of the other terminal to stdout:
  export CARTO_API_URL=http://127.0.0.1:8080/user/dev CARTO_API_KEY=…
Maps of the data are at http://127.0.0.1:8080/ for browsers.

Data is kept in ~/.local/share/carto-ts/ACCOUNT ($XDG_DATA_HOME) unless --data, --memory or a database is given.
Ctrl-C lets running requests end, a second one doesn't wait.`;

/** `carto-ts serve`. */
export function addServe(program: Command, session: Session): void {
  const command = program
    .command("serve")
    .summary("start a CARTO of your own")
    .description(reflow(DESCRIPTION))
    .option("-p, --port <port>", "port to listen on; 0 takes a free one", parsePort, 8080)
    .option("--host <host>", "address to listen on", "127.0.0.1")
    .addOption(new Option("--data <dir>", "directory of the embedded database").conflicts(["memory", "databaseUrl"]))
    .addOption(new Option("--memory", "embedded database in memory").conflicts("databaseUrl"))
    .option("--database-url <url>", "PostgreSQL with PostGIS to use instead (or DATABASE_URL)")
    .option("--account <name>", "name of the account", "dev")
    .option(
      "--master-key <key>",
      "API key with all rights (visible to others: prefer CARTO_MASTER_KEY); made up by default",
    )
    .option("--key <spec>", "further API key, NAME:TOKEN:select@table,… (repeatable)", collectKeys)
    .option("--allow-remote", "listen for other machines even with a generated or weak master key");
  runs<[], ServeFlags>(command, session, serve);
}

async function serve(context: Context, _args: readonly [], flags: ServeFlags): Promise<ExitCode | undefined> {
  const options = await readServeOptions(context, flags);
  const { startServer } = await loadServer();
  context.doing = `start the server on ${flags.host}:${flags.port}`;
  await checkPort(flags.host, flags.port);
  context.say(`starting ${describeData(options)} …`);
  const started = performance.now();
  let ready = false;
  const server = await startServer({
    ...options,
    logLevel: context.flags.verbose ? "info" : "warn",
    // What is logged before is told below, in words.
    log: (line) => ready && context.io.stderr.write(line),
  });
  ready = true;
  try {
    await announce(context, server, performance.now() - started);
    await aborted(context.signal);
  } finally {
    context.say("stopping: running requests may end, press Ctrl-C again not to wait …");
    await server.close();
    context.say("stopped");
  }
  // Being asked to end is how a server ends well.
  if (context.signal.reason instanceof Interrupted) return EXIT.ok;
  throw context.signal.reason;
}

/** The only place that loads the server, which needn't be installed. */
async function loadServer(): Promise<Server> {
  try {
    return await import("@carto-ts/server");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "ERR_MODULE_NOT_FOUND" || !message.includes("@carto-ts/server")) throw error;
    const hint = "install it beside this command: npm install -g @carto-ts/server";
    throw new CommandError("the server isn't installed", hint, EXIT.failure);
  }
}

async function announce(context: Context, server: RunningServer, ms: number): Promise<void> {
  const url = server.url.replace(/\/$/, "");
  for (const lack of server.degraded) context.warn(lack);
  context.say(`ready after ${formatDuration(ms)} at ${url} (${server.engine}). In another terminal:`);
  const line = `export CARTO_API_URL=${shellQuote(url)} CARTO_API_KEY=${shellQuote(server.masterKey)}\n`;
  await writeChunk(context.io.stdout, line, context.signal);
  context.say('then for example: carto-ts sql "select postgis_full_version()"');
  context.say(`Look at your data: ${server.viewerUrl}`);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
