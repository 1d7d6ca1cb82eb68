import { basename } from "node:path";
import { type Command, Option } from "commander";
import type { Context } from "../context.ts";
import { reflow } from "../help.ts";
import { parseCount, parseList } from "../options.ts";
import { chooseFormat, FORMATS, type Format } from "../output/format.ts";
import { openSink } from "../output/sink.ts";
import { runs, type Session } from "../session.ts";
import { readQuery } from "../sql/read-sql.ts";
import { type Query, writeResult } from "../sql/write-result.ts";

interface SqlFlags {
  file?: string;
  format?: Format;
  output?: string;
  columns?: string[];
  limit?: number;
  header: boolean;
  null?: string;
}

const DESCRIPTION = `Run SQL and print its rows

Examples:
  $ carto-ts sql "select * from places limit 10"          a table on a terminal
  $ carto-ts sql "select * from places" > places.csv      CSV in a pipe, always
  $ carto-ts sql -f report.sql -o report.md               the format follows the name
  $ echo "select 1" | carto-ts sql                        SQL from standard input
  $ carto-ts sql "select * from places" --format ndjson | jq .name

Rows are written as they arrive, whatever their number. csv, tsv and md hold PostgreSQL's text; json is an array
of rows; numbers of json and ndjson have the precision of JavaScript, so take csv where 64 bits matter.
geojson, geojsonl, topojson, kml, svg, arraybuffer and geoparquet are made by the server, of a SELECT; all but
arraybuffer of one with a geometry. So are shp (a zip), gpkg, spatialite and flatgeobuf, of any SELECT.
A table on a terminal shows the first 40 rows: --limit N shows more, --limit 0 all.`;

/** `carto-ts sql`. */
export function addSql(program: Command, session: Session): void {
  const command = program
    .command("sql")
    .summary("run SQL and print its rows")
    .description(reflow(DESCRIPTION))
    .argument("[query]", "SQL; without it and without --file it is read from standard input")
    .option("-f, --file <path>", "read the SQL from a file (- is standard input)")
    .addOption(new Option("--format <format>", "table on a terminal, csv in a pipe").choices(FORMATS))
    .option("-o, --output <path>", "write to a file, whole or not at all; .gz is compressed")
    .option("--columns <names>", "only these columns, in this order: a,b,c", parseList)
    .option("--limit <rows>", "at most so many rows; 0 is all", parseCount)
    .option("--no-header", "leave out the names of the columns (table, csv, tsv)")
    .option("--null <text>", "what stands for NULL (table: NULL, csv: nothing, tsv: \\N)");
  runs<[string | undefined], SqlFlags>(command, session, async (context, [query], flags) => {
    const q = await readQuery(context, query, flags.file);
    const terminal = context.io.stdout.isTTY === true;
    const format = chooseFormat(flags.format ?? (context.flags.json ? "json" : undefined), flags.output, terminal);
    context.doing = "run the query";
    await runQuery(context, { ...flags, q, format, ...(flags.limit === 0 && { limit: Infinity }) }, flags.output);
    return undefined;
  });
}

async function runQuery(context: Context, query: Query, output: string | undefined): Promise<void> {
  const carto = await context.carto();
  // Whatever ends this function also ends the query in the database.
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  const sink = await openSink(context.io, output);
  const toFile = output !== undefined && output !== "-";
  const named = toFile ? { ...query, filename: basename(output, ".gz") } : query;
  try {
    await writeResult(context, carto, named, { sink, signal, toFile });
    await sink.commit();
  } catch (error) {
    await sink.discard();
    throw error;
  } finally {
    over.abort();
  }
}
