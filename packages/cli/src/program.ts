import { Command, type CommanderError } from "commander";
import { addApi } from "./commands/api.ts";
import { addAuth } from "./commands/auth.ts";
import { addCompletion } from "./commands/completion.ts";
import { addCopy } from "./commands/copy.ts";
import { addDataset } from "./commands/dataset.ts";
import { addExport } from "./commands/export.ts";
import { addImport } from "./commands/import.ts";
import { addJob } from "./commands/job.ts";
import { addMap } from "./commands/map.ts";
import { addServe } from "./commands/serve.ts";
import { addSql } from "./commands/sql.ts";
import { addSync } from "./commands/sync.ts";
import { addTiles } from "./commands/tiles.ts";
import { reflow } from "./help.ts";
import { parseSeconds } from "./options.ts";
import type { Session } from "./session.ts";
import { version } from "./version.ts";

const ENVIRONMENT = `
Server and key are taken from, first wins:
  --url, --api-key      the key would show in the list of processes: better the next two
  --profile NAME        as stored by auth login
  CARTO_API_URL (or CARTO_USER, CARTO_ORG) and CARTO_API_KEY
  CARTO_PROFILE, else the profile "default"

Exit codes:
  0 ok · 1 failed · 2 wrong usage · 3 SQL error, failed job or import · 4 key refused · 5 not found
  6 conflict · 7 rate or other limit · 8 out of time · 130 interrupted

Data goes to stdout, everything else to stderr. NO_COLOR turns colours off.`;

const INTRODUCTION = `CARTO on the command line: queries, imports, exports, COPY, batch jobs, and a server of one's own

Examples:
  $ carto-ts serve                              a CARTO of your own, on this machine
  $ carto-ts sql "select name, pop from cities order by pop desc limit 10"
  $ carto-ts import cities.geojson              a file becomes a table
  $ carto-ts export cities -o cities.gpkg       and a table a file
  $ carto-ts tiles cities -o cities.pmtiles     a table becomes vector tiles
  $ carto-ts copy from cities.csv cities        more rows for a table
  $ carto-ts job create --wait "create table big as select …"
  $ carto-ts auth login --url https://you.carto.com`;

const COMMANDS = [
  addSql,
  addImport,
  addExport,
  addDataset,
  addSync,
  addMap,
  addTiles,
  addCopy,
  addJob,
  addServe,
  addAuth,
  addApi,
  addCompletion,
];

/** All commands, wired to `session`; a command that fails throws. */
export function createProgram(session: Session): Command {
  const program = configure(new Command("carto-ts"), session)
    .description(reflow(INTRODUCTION))
    .version(version, "-V, --version", "show the version")
    .option("--url <url>", "base URL of the server, such as https://you.carto.com")
    .option("--api-key <key>", "API key (visible to others: prefer CARTO_API_KEY)")
    .option("--profile <name>", "stored server and key to use")
    .option("--json", "results and errors as JSON")
    .option("--quiet", "no notes and no progress on stderr")
    .option("--verbose", "show requests, timings and request ids on stderr")
    .option("--timeout <seconds>", "give up after so many seconds", parseSeconds)
    .helpCommand("help [command]", "show the help of a command")
    .addHelpText("after", ENVIRONMENT);
  for (const add of COMMANDS) add(program, session);
  return program;
}

function configure(program: Command, session: Session): Command {
  return program
    .configureOutput({
      writeOut: (text) => session.io.stdout.write(text),
      writeErr: (text) => session.io.stderr.write(text),
      // Told once, by main, in the same form as every other error.
      outputError: () => {},
      getOutHelpWidth: () => session.io.stdout.columns ?? 100,
      getErrHelpWidth: () => session.io.stderr.columns ?? 100,
    })
    .exitOverride((error: CommanderError) => {
      throw error;
    })
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError(true);
}
