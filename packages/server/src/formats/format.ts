import type { ResultStream } from "../db/result.ts";

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
 * as KML. `drawing` and `topology` are described at `db/shaped-sql.ts`.
 */
export type Shape =
  | "any"
  | "columns"
  | "geometry-first"
  | "features"
  | "wgs84-features"
  | "placemarks"
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

/** One value of `format=`. Formats read wire text by OID and never make row objects. */
export interface Format {
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
  encode(result: ResultStream, options: EncodeOptions): Encoding;
}
