import type { AbortSource } from "../db/engine.ts";
import type { ResultStream } from "../db/result.ts";
import type { Gdal } from "../gdal/gdal.ts";

/** What an encoder needs besides the rows. */
export interface EncodeOptions {
  /** Columns to leave out. */
  skipfields: ReadonlySet<string>;
  /** `performance.now()` when the request began. */
  startedAt: number;
  /** Names of the spatial types by OID: `geometry`, `geography`, `raster`. Extensions have no fixed OIDs. */
  spatialTypes: ReadonlyMap<number, string>;
  /** Name of the file, without its extension. */
  filename: string;
}

/**
 * What a statement must give for a format to write it.
 *
 * `any`: what any statements return. All others take the columns of one SELECT: `columns` as they stand, `geometry-first`
 * with `the_geom` in front, `features` and `wgs84-features` with it as GeoJSON text in front, `placemarks` with a geometry
 * as KML, `wkb` with one as hexadecimal WKB in WGS 84, `table` with a geometry in front if there is any. `drawing` and
 * `topology` are described at `db/shaped-sql.ts`.
 */
export type Shape =
  | "any"
  | "columns"
  | "geometry-first"
  | "features"
  | "wgs84-features"
  | "placemarks"
  | "table"
  | "wkb"
  | "drawing"
  | "topology";

/** A result on its way to bytes. */
export interface Encoding {
  /** The document, to be iterated once. Throws the query's error wherever it came. */
  readonly chunks: AsyncIterable<Buffer>;
  /**
   * The whole document in the place of {@link chunks}, where all of the result has come without an error: most small
   * requests, which it spares a quarter of their time. Undefined where {@link chunks} must be iterated.
   */
  whole?(): readonly Buffer[] | undefined;
  /**
   * After {@link chunks} threw: bytes that close the document and carry the messages in it, or undefined where the
   * format can't, so that the connection must be broken for no client to take half a file for a whole one.
   */
  fail(messages: readonly string[]): Buffer | undefined;
}

/** What is known of every format. */
interface FormatFacts {
  /** Its wire name, in lower case. */
  readonly id: string;
  /** Value of `Content-Type`. */
  readonly mime: string;
  /** File name extension, without a dot. */
  readonly extension: string;
  readonly shape: Shape;
  /** Whether its bytes are no text. @defaultValue false */
  readonly isBinary?: boolean;
  /** Decimals of coordinates where the request says nothing. @defaultValue 6 */
  readonly digits?: number;
}

/** A format that is written as the rows come. Formats read wire text by OID and never make row objects. */
export interface Format extends FormatFacts {
  encode(result: ResultStream, options: EncodeOptions): Encoding;
}

/** A format whose file is there at its end alone, in a folder on disk. */
export interface FileFormat extends FormatFacts {
  /**
   * Makes the file of a result, all of whose rows are read, as soon as they come and before anything else.
   *
   * @returns the file's path, in the job's folder.
   * @throws the query's error, {@link HttpError} 413 where the job's bounds don't do, GdalError
   */
  writeFile(result: ResultStream, job: FileJob): Promise<string>;
}

/** What a {@link FileFormat} works with. */
export interface FileJob {
  /** Absolute path of an empty folder that the job has for itself, and that goes with it. */
  folder: string;
  /** Name of the file, without its extension, and of the layer in it. */
  name: string;
  /** Names of the spatial types by OID. */
  spatialTypes: ReadonlyMap<number, string>;
  /** Bytes that a file may have. */
  maxBytes: number;
  signal: AbortSource;
  /** Starts a GDAL that works in the folder, and that the caller disposes of. */
  openGdal(): Promise<Gdal>;
}

/** One value of `format=`. */
export type AnyFormat = Format | FileFormat;

/** Whether a format is made on disk. */
export const isFileFormat = (format: AnyFormat): format is FileFormat => "writeFile" in format;
