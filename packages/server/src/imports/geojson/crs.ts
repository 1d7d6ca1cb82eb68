import { ImportError } from "../error.ts";

const UNKNOWN_SRID = 3008;
const WGS84 = 4326;
const WEB_MERCATOR = 3857;

/** Other names of what is drawn as EPSG:3857. */
const MERCATOR_ALIASES: ReadonlySet<number> = new Set([900913, 102100, 102113, 3785]);

/** Systems of the OGC's own, longitude before latitude. */
const OGC_SYSTEMS: ReadonlyMap<string, number> = new Map([
  ["CRS84", WGS84],
  ["CRS83", 4269],
  ["CRS27", 4267],
]);

const OGC =
  /^(?:urn:(?:x-)?ogc:def:crs:OGC:[^:]*:|https?:\/\/www\.opengis\.net\/def\/crs\/OGC\/[^/]*\/|OGC:)?(CRS\d\d)$/i;
const EPSG =
  /^(?:urn:(?:x-)?ogc:def:crs:(?:EPSG|ESRI):[^:]*:|https?:\/\/www\.opengis\.net\/(?:def\/crs\/EPSG\/[^/]*\/|gml\/srs\/epsg\.xml#)|(?:EPSG|ESRI):+)(\d{1,6})$/i;

/**
 * Reads a `crs` member, as GeoJSON of 2008 had it.
 *
 * @returns The SRID; undefined for WGS 84, which is what a file without one is in.
 * @throws {@link ImportError} 3008 for a reference system that isn't known.
 */
export function readSrid(crs: unknown): number | undefined {
  if (crs === null || crs === undefined) return undefined;
  const { name, code } = propertiesOf(crs);
  const srid = typeof name === "string" ? sridOf(name.trim()) : Number(code);
  if (srid === undefined || !Number.isInteger(srid) || srid <= 0) {
    const shown = JSON.stringify(crs).slice(0, 200);
    const message = `The coordinates are in a reference system that isn't known: ${shown}. Write them in WGS 84 (longitude, latitude), which needs no "crs", or name one by its EPSG code.`;
    throw new ImportError(UNKNOWN_SRID, message);
  }
  if (MERCATOR_ALIASES.has(srid)) return WEB_MERCATOR;
  return srid === WGS84 ? undefined : srid;
}

function propertiesOf(crs: unknown): { name?: unknown; code?: unknown } {
  if (typeof crs === "string") return { name: crs };
  const properties = typeof crs === "object" && crs !== null && "properties" in crs ? crs.properties : undefined;
  return typeof properties === "object" && properties !== null ? properties : {};
}

function sridOf(name: string): number | undefined {
  const ogc = OGC.exec(name)?.[1];
  if (ogc !== undefined) return OGC_SYSTEMS.get(ogc.toUpperCase());
  const epsg = EPSG.exec(name)?.[1];
  return epsg === undefined ? undefined : Number(epsg);
}
