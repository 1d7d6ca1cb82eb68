import { ConfigError } from "../errors.ts";

/** Extensions of the files that an import takes, a compression on top included. */
const OF_DATA =
  /(?:\.(?:csv|tsv|tab|txt|json|geojson|ndjson|geojsonl|kml|gpx|tar))?\.(?:csv|tsv|tab|txt|json|geojson|ndjson|geojsonl|kml|kmz|parquet|geoparquet|gpx|osm|shp|gpkg|gdb|fgb|xlsx?|ods|zip|gz|tgz|tar|bz2|carto)$/i;

const BY_TYPE: Readonly<Record<string, string>> = {
  "text/csv": ".csv",
  "text/tab-separated-values": ".tsv",
  "application/json": ".json",
  "application/geo+json": ".geojson",
  "application/vnd.geo+json": ".geojson",
  "application/vnd.google-earth.kml+xml": ".kml",
  "application/vnd.google-earth.kmz": ".kmz",
  "application/gpx+xml": ".gpx",
  "application/geopackage+sqlite3": ".gpkg",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
  "application/zip": ".zip",
};

/** What is known of a source besides its bytes. */
export interface Known {
  /** The source's own file name. */
  readonly name?: string | undefined;
  /** Its media type. */
  readonly type?: string | undefined;
}

/**
 * Names the file that is uploaded: the server takes the table's name from it, and its kind from the extension.
 *
 * @param name The table's name; with an extension of data, the file's own. Without one, the source's is kept.
 * @throws {@link ConfigError} when nothing tells the name, or the kind.
 */
export function fileName(name: string | undefined, { name: own, type = "" }: Known): string {
  if (name === undefined) {
    if (own !== undefined && own !== "") return own;
    throw new ConfigError('Nothing tells the name of the table: give one, such as { name: "cities.csv" }');
  }
  checkName(name);
  if (OF_DATA.test(name)) return name;
  const extension = OF_DATA.exec(own ?? "")?.[0] ?? BY_TYPE[type.split(";")[0]?.trim().toLowerCase() ?? ""];
  if (extension !== undefined) return `${name}${extension}`;
  throw new ConfigError(`Nothing tells what the data is: give "${name}" an extension, such as { name: "${name}.csv" }`);
}

/** Names the CSV that rows are sent as. @throws {@link ConfigError} without a name. */
export function rowsFileName(name: string | undefined): string {
  if (name === undefined) throw new ConfigError('Rows need a name for their table: { name: "cities" }');
  checkName(name);
  return /\.csv$/i.test(name) ? name : `${name}.csv`;
}

function checkName(name: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they have no place in a name.
  if (name.trim() === "" || /[/\\\u0000-\u001f]/.test(name)) {
    throw new ConfigError(`${JSON.stringify(name)} can't be the name of a table or of a file`);
  }
}
