/**
 * The formats that `/api/v2/sql?format=` answers in, by their wire name.
 *
 * `json`, `geojson` and `topojson` are documents; `ndjson` and `geojsonl` have an object on each line; `csv` is UTF-8 with
 * a header line and CRLF line ends; `kml` and `svg` are XML; `arraybuffer`, and what follows it, is binary.
 */
export const SQL_FORMATS = [
  "json",
  "geojson",
  "csv",
  "ndjson",
  "geojsonl",
  "topojson",
  "svg",
  "kml",
  "arraybuffer",
  "shp",
  "gpkg",
  "spatialite",
  "flatgeobuf",
  "geoparquet",
] as const;

/** One of {@link SQL_FORMATS}. */
export type SqlFormat = (typeof SQL_FORMATS)[number];

/** Parameters of `/api/v2/sql` besides `q`, by their wire names. @see docs/protocol/sql.md#parameters */
export interface SqlParams {
  /** Encoding of the answer. @defaultValue "json" */
  format?: SqlFormat | (string & {});
  /** File name without extension for `Content-Disposition`. @defaultValue "cartodb-query" */
  filename?: string;
  /** Columns to leave out of the answer; on the wire a comma-separated list. */
  skipfields?: string | readonly string[];
  /** Decimal digits of coordinates, 0 to 15. @defaultValue 6, of `kml` 15 */
  dp?: number;
  /** Rows a page; only acts together with {@link page}. */
  rows_per_page?: number;
  /** Page number, counted from 0; only acts together with {@link rows_per_page}. */
  page?: number;
  /** Column to order by. */
  order_by?: string;
  /** Direction of {@link order_by}. */
  sort_order?: "asc" | "desc";
  /** `persist` asks caches to keep the answer for a year. */
  cache_policy?: "persist" | (string & {});
}

/** What `fields` says of one column. */
export interface SqlField {
  /** CARTO's name of the type: `number`, `string`, `boolean`, `date`, `geometry`, `number[]`, … */
  type: string;
  /** PostgreSQL's name of the type; absent for spatial types and for types that the server doesn't know. */
  pgtype?: string;
  /** Geometry type of a constrained spatial column, such as `Point`. */
  wkbtype?: string;
  /** Coordinate dimensions of a spatial column. */
  dims?: number;
  /** Spatial reference of a spatial column; -1 when the column does not constrain it. */
  srid?: number;
}

/** The JSON answer of `/api/v2/sql`. */
export interface SqlResult<Row = Record<string, unknown>> {
  /** Rows in the database's order; empty for statements that return none. */
  rows: Row[];
  /** Seconds that the server spent. */
  time: number;
  /** Columns by name, in the order of the result. */
  fields: Record<string, SqlField>;
  /** Rows returned or affected; with paging, the rows of this page. */
  total_rows: number;
  /** Messages that the statement raised with severity NOTICE. */
  notices?: string[];
  /** Messages that the statement raised with severity WARNING. */
  warnings?: string[];
  /** Messages that the statement raised with severity INFO. */
  infos?: string[];
}
