import type { GdalLayer } from "../../gdal/layer-info.ts";
import { ImportError } from "../error.ts";
import type { ReadOptions, SourceFile } from "../reader.ts";
import type { OgrFormat } from "./format.ts";

const UNKNOWN_SYSTEM = 3008;
const NO_PROJECTION = 3101;
const WGS84 = 4326;
/** Degrees beyond the ends of the earth that are still taken for such. */
const SLACK = 1;

/** How a layer's geometries get to degrees. */
export interface System {
  /** What they are in when GDAL gives them. */
  srid: number;
  /** Options of ogr2ogr. */
  args: readonly string[];
  /** Whether nobody says so, and they must look like it. */
  isAssumed: boolean;
}

/** Systems that say nothing about where on the earth something is. */
const NOWHERE = /^(?:ENGCRS|ENGINEERINGCRS|LOCAL_CS|LOCALCS)\b|"Undefined geographic SRS"/i;

/**
 * Finds out what a layer's geometries are in. Systems that the database knows are left to it; GDAL leaves any other for
 * degrees.
 *
 * @throws ImportError 3008 when the one asked for is not known
 */
export async function systemOf(
  { srs }: GdalLayer,
  format: OgrFormat,
  { srid, knowsSrid }: ReadOptions,
): Promise<System> {
  const plain = { args: [], isAssumed: false };
  if (format.isWgs84) return { ...plain, srid: WGS84 };
  if (srs !== undefined && !NOWHERE.test(srs.wkt)) {
    const { epsg } = srs;
    if (epsg !== undefined && (await knowsSrid(epsg))) return { ...plain, srid: epsg };
    return { ...plain, srid: WGS84, args: ["-t_srs", `EPSG:${WGS84}`] };
  }
  if (srid === undefined) return { ...plain, srid: WGS84, isAssumed: true };
  if (await knowsSrid(srid)) return { ...plain, srid };
  throw new ImportError(UNKNOWN_SYSTEM, `EPSG:${srid}, which was named for the file, is not known to the database.`);
}

/** Whether a place may be in degrees. */
export const areDegrees = ({ x, y }: { x: number; y: number }): boolean =>
  Math.abs(x) <= 360 + SLACK && Math.abs(y) <= 90 + SLACK;

/** The error of a file that is in no degrees, and doesn't say in what else. */
export function noSystem({ name }: SourceFile, format: OgrFormat, at: { x: number; y: number }): ImportError {
  const isShapefile = format.extension === "shp";
  const missing = isShapefile ? "has no .prj" : "doesn't say which coordinate system it is in";
  const also = isShapefile ? " or add the .prj" : "";
  return new ImportError(
    isShapefile ? NO_PROJECTION : UNKNOWN_SYSTEM,
    `${name} ${missing}, and its coordinates (${at.x}, ${at.y}) are no degrees: name the system it is in, such as ` +
      `srs=EPSG:25830 (--srs EPSG:25830 on the command line)${also}.`,
  );
}
