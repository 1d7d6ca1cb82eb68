import { EXPORT_FORMATS } from "@carto-ts/sdk";
import { CommandError } from "../command-error.ts";

/** What `carto-ts sql` writes. */
export const FORMATS = [
  "table",
  "csv",
  "tsv",
  "json",
  "ndjson",
  "md",
  "geojson",
  "geojsonl",
  "topojson",
  "kml",
  "svg",
  "arraybuffer",
  "shp",
  "gpkg",
  "spatialite",
  "flatgeobuf",
  "geoparquet",
] as const;

/** One of {@link FORMATS}. */
export type Format = (typeof FORMATS)[number];

/** Formats that only the server can make, whole. */
export type ServerFormat = Exclude<Format, "table" | "csv" | "tsv" | "json" | "ndjson" | "md">;

/** Formats that are nothing for a terminal. */
export const BINARY_FORMATS: ReadonlySet<string> = new Set(
  EXPORT_FORMATS.filter(({ binary }) => binary).map(({ id }) => id),
);

const EXTENSIONS: Readonly<Record<string, Format>> = {
  csv: "csv",
  tsv: "tsv",
  tab: "tsv",
  txt: "table",
  json: "json",
  ndjson: "ndjson",
  jsonl: "ndjson",
  geojson: "geojson",
  geojsonl: "geojsonl",
  geojsons: "geojsonl",
  topojson: "topojson",
  kml: "kml",
  svg: "svg",
  arraybuffer: "arraybuffer",
  zip: "shp",
  gpkg: "gpkg",
  sqlite: "spatialite",
  fgb: "flatgeobuf",
  parquet: "geoparquet",
  geoparquet: "geoparquet",
  md: "md",
  markdown: "md",
};

/** The extension of a file name in lower case, a final `.gz` apart: `csv` for `places.csv.gz`. */
export function extensionOf(path: string): string {
  const name = path.toLowerCase().replace(/\.gz$/, "");
  return /\.([a-z0-9]+)$/.exec(name)?.[1] ?? "";
}

/**
 * Settles the format: the one asked for, else the extension of the file, else a table on a terminal and CSV in a pipe.
 *
 * @throws {@link CommandError} when the extension says nothing.
 */
export function chooseFormat(asked: Format | undefined, output: string | undefined, terminal: boolean): Format {
  if (asked) return asked;
  if (output === undefined || output === "-" || output.startsWith("/dev/")) return terminal ? "table" : "csv";
  const format = EXTENSIONS[extensionOf(output)];
  if (format) return format;
  throw new CommandError(`can't tell a format from the name ${output}`, `say --format ${FORMATS.join("|")}`);
}
