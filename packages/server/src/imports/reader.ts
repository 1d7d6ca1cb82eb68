import type { RejectedRow } from "@carto-ts/protocol";
import type { GdalLimits } from "../gdal/gdal-process.ts";

/** A file to be imported, on this machine's disk. */
export interface SourceFile {
  /** Where it is; it has no name there that says anything, unless it has a `place`. */
  path: string;
  /** Its name as its owner knows it, without folders: `Sales 2024.csv`. */
  name: string;
  /** Bytes, of all that belongs to it. */
  size: number;
  /** Where it is together with files that belong to it: a folder with nothing else in it, and what is opened there. */
  place?: { folder: string; entry: string };
}

/** What GDAL may use to read one file. */
export interface GdalBounds {
  limits: GdalLimits;
  /** An ogr2ogr program to use in the place of GDAL as WebAssembly. */
  ogr2ogr: string | undefined;
}

/** What a reader may do with what it finds. */
export interface ReadOptions {
  /** Whether columns get the types of their values, and coordinates become geometries. */
  typeGuessing: boolean;
  /** Whether that goes for values in quotes as well. */
  quotedFieldsGuessing: boolean;
  /** Whether `1,5` is a number. */
  decimalComma: boolean;
  /** EPSG code of the coordinates of files that don't say theirs; undefined where they may only be degrees. */
  srid: number | undefined;
  /** What GDAL may use. */
  gdal: GdalBounds;
  /** Whether the database knows a coordinate system by its EPSG code. */
  knowsSrid(srid: number): Promise<boolean>;
  /** Gives the path of a folder that is yet to be made, each time another one; what is in it goes with the import. */
  folder(): string;
  /** Aborting it ends the reading. */
  signal: AbortSignal;
  /** Called now and then with the bytes of the source that were read so far. */
  onProgress(bytes: number): void;
}

/** PostgreSQL's types that values are given. */
export type ValueType =
  | "text"
  | "integer"
  | "bigint"
  | "numeric"
  | "double precision"
  | "boolean"
  | "date"
  | "timestamp with time zone"
  | "time without time zone"
  | "bytea";

/** Where a value is in the staging table: a column, or a key of the object in a jsonb column. */
export type StagedAt = { column: string } | { column: string; key: string };

/** A column of the table to be made. */
export interface StagedColumn {
  /** Its name in the source, as it is there; made a valid and unique name later. */
  header: string;
  at: StagedAt;
  /** Every value that was staged can be cast to it; text if in doubt. Empty text is NULL for other types. */
  type: ValueType;
}

/**
 * How the geometry is written. `lonlat`: in two columns whose values may not be numbers. Text is WKT (or EWKT), hex
 * (E)WKB, or GeoJSON, degrees in WGS 84 where neither it nor `srid` says something else; `geojson` in a jsonb column too.
 */
export type StagedGeometry =
  | { kind: "lonlat"; longitude: StagedAt; latitude: StagedAt }
  | { kind: "wkt" | "wkb" | "geojson" | "kml"; at: StagedAt; srid?: number };

/** Why rows were left out: how many, and the first 100. */
export interface RejectedRows {
  count: number;
  rows: RejectedRow[];
}

/** What was found out once all rows were read. */
export interface LayerFacts {
  /** The table's columns in order, a text geometry's own column left out, a `lonlat` one's two not. */
  columns: readonly StagedColumn[];
  geometry: StagedGeometry | undefined;
  /** Rows that were given to the database. */
  rows: number;
  rejected: RejectedRows;
}

/**
 * One table's rows, on their way into a staging table.
 *
 * The staging table has the columns named here, in this order, behind a `_row bigserial` that COPY does not fill: it
 * counts the rows that were staged, and becomes `cartodb_id`.
 */
export interface Layer {
  /** Name of the layer, or of the file without extension; the table is named after it. */
  name: string;
  staging: readonly { name: string; type: "text" | "jsonb" }[];
  /** How `chunks` are written. CSV: quote `"`, unquoted empty is NULL, UTF-8, no header. Text: COPY's own format. */
  copy: { format: "csv"; delimiter: string } | { format: "text" };
  /**
   * The rows, each chunk ending with a whole one. To be iterated once. A chunk's bytes are the reader's again as soon as the
   * next is asked for.
   *
   * @throws ImportError
   */
  chunks: AsyncIterable<Uint8Array>;
  /** Facts, to be asked for when `chunks` has ended. */
  facts(): LayerFacts;
  /** Number in the source, as people count (line of a file, feature from 1), of the `staged`-th row that was staged. */
  rowOf(staged: number): number;
}

/** Opens a file of one format. @throws ImportError when it is none, or an empty one. */
export type Reader = (file: SourceFile, options: ReadOptions) => AsyncIterable<Layer>;

/** Rows that are listed in an import's warnings at most. */
export const LISTED_ROWS = 100;
