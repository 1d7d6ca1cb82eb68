import type { SqlField, SqlFormat } from "./sql.ts";

/** Something that a format doesn't keep. */
export interface ExportLoss {
  /** A clause for people, such as `names are cut to 10 characters`. */
  readonly text: string;
  /**
   * Which columns it is about: those of some types, by PostgreSQL's names, or those whose names have more bytes than so
   * many; `all` are about any data. Without it, it follows from what the format is, and surprises nobody.
   */
  readonly of?: "all" | { readonly types: readonly string[] } | { readonly namesOver: number };
}

/** A format that the rows of a query leave in as a file. */
export interface ExportFormat {
  readonly id: SqlFormat;
  /** What people call it. */
  readonly title: string;
  /** `Content-Type` of the answer. */
  readonly mime: string;
  /** Extension of the file, without a dot. */
  readonly extension: string;
  /** Other extensions by which such a file is known; the first format of {@link EXPORT_FORMATS} that has one is meant. */
  readonly aliases: readonly string[];
  /** Whether it is bytes and no text. */
  readonly binary: boolean;
  readonly losses: readonly ExportLoss[];
}

const JSON_MIME = "application/json; charset=utf-8";
const LINES_MIME = "application/x-ndjson; charset=utf-8";
const SQLITE_MIME = "application/x-sqlite3; charset=utf-8";

const TIMESTAMPS = { types: ["timestamp", "timestamptz"] };
const SECONDS: ExportLoss = { text: "fractions of seconds are cut off", of: TIMESTAMPS };
const JSON_TYPES: ExportLoss = { text: "types are those of JSON, and most readers round whole numbers beyond 2^53" };
const DECIMALS: ExportLoss = { text: "coordinates have 6 decimals, or as many as dp says" };
const OTHER_GEOMETRIES: ExportLoss = { text: "geometries besides the_geom are text" };
/** Of what GDAL makes. */
const OF_GDAL: readonly ExportLoss[] = [
  { text: "numeric has the 15 digits of a double", of: { types: ["numeric"] } },
  { text: "the empty text is NULL" },
  { text: "bytes, arrays, JSON and such are text" },
  { text: "geometries besides the first" },
];

/**
 * The formats of `/api/v2/sql?format=` as files: how they are named and sent, and what they don't keep.
 *
 * @see docs/protocol/sql.md#what-is-lost
 */
export const EXPORT_FORMATS: readonly ExportFormat[] = [
  {
    id: "csv",
    title: "CSV",
    mime: "text/csv; charset=utf-8; header=present",
    extension: "csv",
    aliases: [],
    binary: false,
    losses: [{ text: "types: values are PostgreSQL's text, geometries EWKB in hexadecimal" }],
  },
  {
    id: "geojson",
    title: "GeoJSON",
    mime: JSON_MIME,
    extension: "geojson",
    aliases: ["json"],
    binary: false,
    losses: [JSON_TYPES, SECONDS, DECIMALS, OTHER_GEOMETRIES],
  },
  {
    id: "geojsonl",
    title: "GeoJSON, a feature a line",
    mime: LINES_MIME,
    extension: "geojsonl",
    aliases: ["geojsons"],
    binary: false,
    losses: [
      JSON_TYPES,
      SECONDS,
      DECIMALS,
      OTHER_GEOMETRIES,
      { text: "the spatial reference: coordinates are longitude and latitude" },
    ],
  },
  {
    id: "json",
    title: "CARTO's JSON",
    mime: JSON_MIME,
    extension: "json",
    aliases: [],
    binary: false,
    losses: [JSON_TYPES, SECONDS, { text: "geometries are EWKB in hexadecimal" }],
  },
  {
    id: "ndjson",
    title: "JSON, a row a line",
    mime: LINES_MIME,
    extension: "ndjson",
    aliases: ["jsonl"],
    binary: false,
    losses: [JSON_TYPES, SECONDS, { text: "geometries are EWKB in hexadecimal" }],
  },
  {
    id: "kml",
    title: "KML",
    mime: "application/kml; charset=utf-8",
    extension: "kml",
    aliases: [],
    binary: false,
    losses: [
      { text: "types but whole numbers, doubles and booleans" },
      { text: "the spatial reference: coordinates are WGS 84" },
      { text: "geometries besides the first" },
      { text: "control characters" },
    ],
  },
  {
    id: "svg",
    title: "SVG",
    mime: "image/svg+xml; charset=utf-8",
    extension: "svg",
    aliases: [],
    binary: false,
    losses: [{ text: "all columns but the_geom, and where on earth it is" }, { text: "rows without a geometry" }],
  },
  {
    id: "topojson",
    title: "TopoJSON",
    mime: JSON_MIME,
    extension: "topojson",
    aliases: [],
    binary: false,
    losses: [
      { text: "positions are moved to a grid of 10,000 by 10,000, and rows without a geometry left out", of: "all" },
      { text: "heights, and the spatial reference" },
      JSON_TYPES,
      SECONDS,
    ],
  },
  {
    id: "arraybuffer",
    title: "typed arrays",
    mime: "application/octet-stream",
    extension: "arraybuffer",
    aliases: [],
    binary: true,
    losses: [
      { text: "NULL, which is NaN, 0 or nothing", of: "all" },
      { text: "digits beyond the seven of a float32", of: { types: ["int4", "int8", "float8", "numeric"] } },
      { text: "how arrays are nested" },
    ],
  },
  {
    id: "shp",
    title: "Shapefile",
    mime: "application/zip; charset=utf-8",
    extension: "zip",
    aliases: ["shp"],
    binary: true,
    losses: [
      { text: "names are cut to 10 characters", of: { namesOver: 10 } },
      { text: "timestamps lose their time and become dates", of: TIMESTAMPS },
      { text: "booleans are 1 and 0", of: { types: ["bool"] } },
      { text: "text is cut after 254 bytes" },
      { text: "all geometries are of one kind, in 2 GB at most" },
      ...OF_GDAL,
    ],
  },
  {
    id: "gpkg",
    title: "GeoPackage",
    mime: SQLITE_MIME,
    extension: "gpkg",
    aliases: [],
    binary: true,
    losses: [...OF_GDAL, { text: "time zones: timestamps are in UTC, to the millisecond" }],
  },
  {
    id: "spatialite",
    title: "SpatiaLite",
    mime: SQLITE_MIME,
    extension: "sqlite",
    aliases: ["db"],
    binary: true,
    losses: [
      ...OF_GDAL,
      { text: "time zones: timestamps are in UTC, to the millisecond" },
      { text: "names are in lower case, with _ for hyphens and blanks" },
    ],
  },
  {
    id: "flatgeobuf",
    title: "FlatGeobuf",
    mime: "application/flatgeobuf",
    extension: "fgb",
    aliases: [],
    binary: true,
    losses: [
      { text: "the order of the rows, where all have a geometry: it is one of places", of: "all" },
      { text: "dates become timestamps, and times text", of: { types: ["date", "time"] } },
      ...OF_GDAL,
    ],
  },
  {
    id: "geoparquet",
    title: "GeoParquet",
    mime: "application/vnd.apache.parquet",
    extension: "parquet",
    aliases: ["geoparquet"],
    binary: true,
    losses: [
      { text: "numeric without a precision has the 15 digits of a double", of: { types: ["numeric"] } },
      { text: "infinite dates, and numeric that is no number, are NULL" },
      { text: "arrays, JSON, times, intervals and such are text" },
      { text: "the spatial reference: coordinates are WGS 84" },
      { text: "geometries besides the first, and curves, which become lines" },
    ],
  },
];

/** The format that a file's name means by its extension, in any case, or undefined. A final `.gz` doesn't count. */
export function exportFormatOf(fileName: string): ExportFormat | undefined {
  const extension = /\.([^./\\]+)$/.exec(fileName.toLowerCase().replace(/\.gz$/, ""))?.[1];
  if (extension === undefined) return undefined;
  return EXPORT_FORMATS.find((format) => format.extension === extension || format.aliases.includes(extension));
}

/** What a format will not keep of some data. */
export interface LossOfColumns extends Pick<ExportLoss, "text"> {
  /** Those that it is about; none where it is about all of the data. */
  columns: readonly string[];
}

/**
 * What of these columns a format will not keep; nothing of what follows from the format as such.
 *
 * @param fields As the JSON answer has them, of a query with the same columns.
 */
export function exportLosses(format: ExportFormat, fields: Readonly<Record<string, SqlField>>): LossOfColumns[] {
  return format.losses.flatMap(({ text, of }) => {
    if (of === undefined) return [];
    if (of === "all") return [{ text, columns: [] }];
    const touched = Object.entries(fields).filter(([name, { pgtype = "" }]) =>
      "types" in of ? of.types.includes(pgtype) : byteLength(name) > of.namesOver,
    );
    return touched.length === 0 ? [] : [{ text, columns: touched.map(([name]) => name) }];
  });
}

/** Bytes of a text in UTF-8, in any runtime: each is a letter or an escape in a URL. */
const byteLength = (text: string): number => encodeURIComponent(text).replace(/%../g, "_").length;
