import { type Command, Option } from "commander";
import { COPY_FORMATS } from "../copy/statement.ts";
import { type CopyFlags, copyFrom, copyTo } from "../copy/transfer.ts";
import { reflow } from "../help.ts";
import { parseList } from "../options.ts";
import { runs, type Session } from "../session.ts";

const GROUP = `Copy files into tables, and tables or queries into files

Examples:
  $ carto-ts copy from cities.csv cities
  $ carto-ts copy to cities -o cities.csv

This is PostgreSQL's COPY, the fastest way in and out, exact for every type.`;

const FROM = `Copy a file into a table

Examples:
  $ carto-ts copy from cities.csv cities              columns as the first line names them
  $ carto-ts copy from part.csv cities --no-header --columns name,pop
  $ carto-ts copy from dump.tsv public.cities         tab-separated, without a first line
  $ zcat big.csv.gz | carto-ts copy from - cities --format csv
  $ carto-ts copy from odd.txt "copy cities (name, pop) from stdin with (delimiter '|')"

All rows are copied or none. The table must exist. Names: .csv is CSV, .tsv, .tab and .txt are COPY's text format,
.bin is binary; .gz on top is uncompressed. A CSV has its columns' names in the first line, unless --no-header.`;

const TO = `Copy a table or the rows of a query into a file or to standard output

Examples:
  $ carto-ts copy to cities -o cities.csv
  $ carto-ts copy to "select name, pop from cities where pop > 1e6" > large.csv
  $ carto-ts copy to cities --format text -o cities.tsv.gz

A file appears under its name only when it is whole: a failure leaves what was there before.`;

/** `carto-ts copy …`. */
export function addCopy(program: Command, session: Session): void {
  const group = program.command("copy").summary("copy files into tables and back").description(reflow(GROUP));
  const from = withLayout(
    group
      .command("from")
      .summary("copy a file into a table")
      .description(reflow(FROM))
      .argument("<file>", "file to read; - is standard input")
      .argument("<table>", "table, schema.table, or a COPY … FROM STDIN statement"),
  );
  runs<[string, string], CopyFlags>(from, session, copyFrom);
  const to = withLayout(
    group
      .command("to")
      .summary("copy a table or query into a file")
      .description(reflow(TO))
      .argument("<table>", "table, schema.table, a query, or a COPY … TO STDOUT statement")
      .option("-o, --output <path>", "write to a file, whole or not at all; .gz is compressed"),
  );
  runs<[string], CopyFlags>(to, session, copyTo);
}

function withLayout(command: Command): Command {
  return command
    .addOption(new Option("--format <format>", "by the file's name, else csv").choices(COPY_FORMATS))
    .option("--header", "the first line holds the names of the columns (csv: yes, text: no)")
    .option("--no-header", "the data begins with the first line")
    .option("--columns <names>", "columns of the table, in the file's order: a,b,c", parseList)
    .option("--delimiter <character>", "what separates columns")
    .option("--null <text>", "what stands for NULL")
    .addOption(
      new Option("--progress <how>", "on stderr; auto is a bar on a terminal").choices(["auto", "json", "none"]),
    );
}
