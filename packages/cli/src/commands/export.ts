import { EXPORT_FORMATS, exportFormatOf } from "@carto-ts/sdk";
import { type Command, Option } from "commander";
import { type ExportFlags, exportTables } from "../exports/export.ts";
import { reflow } from "../help.ts";
import { runs, type Session } from "../session.ts";

const DESCRIPTION = `Export tables, or the rows of a query, as files of any format

Examples:
  $ carto-ts export cities -o cities.gpkg
  $ carto-ts export "select * from roads where class < 3" -o roads.zip     a Shapefile
  $ carto-ts export cities --format geojsonl -o - | jq .properties.name
  $ carto-ts export cities roads -o backup --format geoparquet             a file for each table
  $ carto-ts export --all -o backup --format gpkg

The format follows the name, and .gz on top is compressed:
FILES

The server makes the file. It appears under its name when it is whole: a failure or Ctrl-C leaves what was there before.
A file that is there is not replaced without --force. A table's second geometry, the_geom_webmercator, is left out; a query
has what it selects. What the format doesn't keep of the columns at hand is said on stderr.

With several tables one that fails leaves the others; the exit code is that of the first that failed. In a pipe the
names of the files are printed, a line each. carto-ts copy is faster where CSV is enough, and exact for every type.`;

/** The formats, each with the extensions that mean it. */
const FILES = EXPORT_FORMATS.map(({ id, title, extension, aliases }) => {
  const names = [extension, ...aliases].filter((name) => exportFormatOf(`a.${name}`)?.id === id);
  const said = names.length === 0 ? `--format ${id}` : names.map((name) => `.${name}`).join(" ");
  return `  ${said.padEnd(24)}${title}`;
}).join("\n");

/** `carto-ts export`. */
export function addExport(program: Command, session: Session): void {
  const command = program
    .command("export")
    .summary("export tables or a query as files")
    .description(reflow(DESCRIPTION.replace("FILES", FILES)))
    .argument("[tables...]", "tables, or one query")
    .option("--all", "all tables that the key may read")
    .option("-o, --output <path>", "a file, or a folder; - is standard output")
    .addOption(
      new Option("--format <format>", "by the file's name; csv on standard output").choices(
        EXPORT_FORMATS.map(({ id }) => id),
      ),
    )
    .option("--force", "replace files that are there")
    .addOption(
      new Option("--progress <how>", "on stderr; auto is a bar on a terminal").choices(["auto", "json", "none"]),
    );
  runs<[string[]], ExportFlags>(command, session, exportTables);
}
