import type { FileMetaData, LogicalType } from "hyparquet";
import { ImportError } from "../error.ts";
import { readSrid } from "../geojson/crs.ts";

const UNREADABLE = 2001;
const UNKNOWN_SRID = 3008;

/** The column that is a file's geometry, as the file says. */
export interface GeoColumn {
  name: string;
  /** SRID of the coordinates where it is another than 4326. */
  srid: number | undefined;
  /** Name of the column with the boxes of the geometries, which are no data. */
  covering: string | undefined;
}

interface GeoMetadata {
  primary_column?: unknown;
  columns?: Record<string, ColumnMetadata | undefined>;
}

interface ColumnMetadata {
  encoding?: unknown;
  crs?: unknown;
  covering?: { bbox?: { xmin?: unknown } };
}

/**
 * Finds the geometry by GeoParquet's metadata, or by Parquet's own types of geometries.
 *
 * @throws ImportError 2001 when it is not written as WKB, 3008 when its reference system isn't known
 */
export function findGeoColumn(metadata: FileMetaData): GeoColumn | undefined {
  const geo = geoMetadata(metadata);
  if (geo === undefined) return typedColumn(metadata);
  const name = typeof geo.primary_column === "string" ? geo.primary_column : Object.keys(geo.columns ?? {})[0];
  const column = name === undefined ? undefined : geo.columns?.[name];
  if (name === undefined || column === undefined) return undefined;
  const encoding = String(column.encoding ?? "WKB");
  if (encoding.toUpperCase() !== "WKB") throw otherEncoding(name, encoding);
  const boxes = column.covering?.bbox?.xmin;
  const covering = Array.isArray(boxes) && typeof boxes[0] === "string" && boxes[0] !== name ? boxes[0] : undefined;
  return { name, srid: sridOf(column.crs), covering };
}

function geoMetadata({ key_value_metadata: pairs }: FileMetaData): GeoMetadata | undefined {
  const text = pairs?.find(({ key }) => key === "geo")?.value;
  if (text === undefined) return undefined;
  try {
    const geo = JSON.parse(text) as unknown;
    return typeof geo === "object" && geo !== null ? geo : undefined;
  } catch (cause) {
    throw new ImportError(UNREADABLE, `What the file says of its geometries ("geo") is no JSON: write it anew.`, {
      cause,
    });
  }
}

function typedColumn({ schema, key_value_metadata: pairs }: FileMetaData): GeoColumn | undefined {
  const element = schema.find(({ logical_type: type }) => isSpatial(type));
  const type = element?.logical_type;
  if (element === undefined || !isSpatial(type)) return undefined;
  const crs = type.crs === undefined ? undefined : named(type.crs, pairs ?? []);
  return { name: element.name, srid: sridOf(crs), covering: undefined };
}

type SpatialType = Extract<LogicalType, { crs?: string }>;

const isSpatial = (type: LogicalType | undefined): type is SpatialType =>
  type?.type === "GEOMETRY" || type?.type === "GEOGRAPHY";

/** The system that a type names: `srid:25830`, `projjson:key` of a pair, `EPSG:25830`, or PROJJSON itself. */
function named(crs: string, pairs: readonly { key: string; value?: string }[]): unknown {
  const key = /^projjson:(.*)$/i.exec(crs)?.[1];
  const text = key === undefined ? crs : (pairs.find((pair) => pair.key === key)?.value ?? crs);
  const srid = /^srid:(\d+)$/i.exec(text)?.[1];
  if (srid !== undefined) return srid === "0" ? undefined : `EPSG:${srid}`;
  if (!text.trimStart().startsWith("{")) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** SRID of a system by its authority and code; undefined for WGS 84, which is what nothing means. */
function sridOf(crs: unknown): number | undefined {
  if (crs === undefined || crs === null) return undefined;
  if (typeof crs === "string") return readSrid(crs);
  const { id, ids, name } = crs as { id?: AuthorityId; ids?: AuthorityId[]; name?: unknown };
  const found = id ?? ids?.[0];
  if (found?.authority !== undefined && found.code !== undefined) return readSrid(`${found.authority}:${found.code}`);
  if (/^WGS ?84(?: \(CRS84\)| longitude-latitude)?$/i.test(String(name))) return undefined;
  throw new ImportError(
    UNKNOWN_SRID,
    `The coordinates are in a reference system without a code: ${String(name).slice(0, 100)}. Write them in WGS 84, or in a system with an EPSG code.`,
  );
}

interface AuthorityId {
  authority?: unknown;
  code?: unknown;
}

const otherEncoding = (name: string, encoding: string): ImportError =>
  new ImportError(
    UNREADABLE,
    `The geometries of the column ${name} are written as ${encoding.slice(0, 40)}; only WKB can be read. Write the file with the encoding WKB, the usual one.`,
  );
