import { type Command, Option } from "commander";
import { reflow } from "../help.ts";
import { type ImportFlags, importSources } from "../imports/import.ts";
import { parseEvery } from "../options.ts";
import { runs, type Session } from "../session.ts";

const DESCRIPTION = `Make tables of files, wherever they are

Examples:
  $ carto-ts import cities.csv                             the table is called cities
  $ carto-ts import cities.csv roads.geojson borders.zip   three at a time
  $ carto-ts import parcels.zip --srs EPSG:25830           a Shapefile that doesn't say where it is
  $ carto-ts import https://example.com/cities.csv --name towns --privacy public
  $ carto-ts import https://example.com/cities.csv --sync 1h   and keep it so
  $ carto-ts import cities.csv --overwrite                 new rows for the same dataset
  $ mysqldump … | carto-ts import - --name cities.csv

Reads CSV, GeoJSON, zipped Shapefiles, GeoPackage, KML and KMZ, GPX, FlatGeobuf, (Geo)Parquet, XLSX and ODS, OpenStreetMap,
GML, TopoJSON, MapInfo, file geodatabases, SQLite and DXF. Of a zip or tar archive, each of these in it becomes a table,
named after that file; so does each layer of a file that has several.

Columns get the types of their values, and longitude and latitude become points, unless --no-guess. Each table is a
dataset, with the columns cartodb_id and the_geom. Where the name is taken a number is added to it, unless --overwrite
or --skip says otherwise.

With --sync the server looks at the URL every so often, and loads the file when it is another one: carto-ts sync list.

In a pipe the names of the new tables are printed, a line each, with --json all that is known of them, an entry for each
file. Rows and files that had to be left out are listed on stderr; the others are there.

Ctrl-C cancels what has not ended. With several files one that fails leaves the others; the exit code is that of the
first that failed: 3 when the data is at fault, 7 for a limit of the account, 1 for the server. It needs the master key.`;

/** `carto-ts import`. */
export function addImport(program: Command, session: Session): void {
  const command = program
    .command("import")
    .summary("make tables of files and URLs")
    .description(reflow(DESCRIPTION))
    .argument("<files...>", "paths or URLs; - is standard input")
    .option("--name <name>", "name of the table; for standard input with an extension: cities.csv")
    .addOption(new Option("--privacy <privacy>", "who may read it").choices(["private", "public", "link"]))
    .addOption(new Option("--overwrite", "replace the table, where the name is taken").conflicts("skip"))
    .option("--skip", "import nothing, where the name is taken")
    .option(
      "--sync <interval>",
      "look at the URL for changes every 15m, 1h, 1d, …; manual is only when asked",
      parseEvery,
    )
    .option("--no-guess", "leave every column text, and make no points of coordinates")
    .option("--decimal-comma", "1,5 is a number")
    .option("--srs <code>", "coordinate system of files that don't say theirs: EPSG:25830")
    .addOption(
      new Option("--progress <how>", "on stderr; auto is a bar on a terminal").choices(["auto", "json", "none"]),
    );
  runs<[string[]], ImportFlags>(command, session, importSources);
}
