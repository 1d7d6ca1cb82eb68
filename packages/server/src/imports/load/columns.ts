import { quoteIdent, quoteLiteral } from "../../db/identifier.ts";
import type { StagedAt, StagedColumn, StagedGeometry } from "../reader.ts";

/** Whether geometries that can't be read end the statement, or become NULL, at a price. */
export type Strictness = "strict" | "lenient";

const NUMBER = String.raw`^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,2})?\s*$`;

/** A staged value as text. */
export function textOf(at: StagedAt): string {
  return "key" in at ? `(${quoteIdent(at.column)} ->> ${quoteLiteral(at.key)})` : quoteIdent(at.column);
}

/** A staged value as a number, NULL where it is none. */
function numberOf(at: StagedAt): string {
  const text = textOf(at);
  return `CASE WHEN ${text} ~ ${quoteLiteral(NUMBER)} THEN ${text}::double precision END`;
}

/** A column's value in its type. */
export function typedValue({ at, type }: StagedColumn): string {
  const text = textOf(at);
  return type === "text" ? text : `NULLIF(${text}, '')::${type}`;
}

/** The two columns of coordinates stay in the table, as numbers. */
export const coordinateOf = (at: StagedAt): string => numberOf(at);

const READERS = {
  wkt: (text: string) => `ST_GeomFromEWKT(${text})`,
  wkb: (text: string) => `(${text})::geometry`,
  geojson: (text: string) => `ST_GeomFromGeoJSON(${text})`,
  kml: (text: string) => `ST_GeomFromKML(${text})`,
} as const;

/** A geometry as the source writes it, NULL for an empty one. */
export function sourceGeometryOf(geometry: StagedGeometry, strictness: Strictness): string {
  if (geometry.kind === "lonlat") {
    return `ST_MakePoint(${numberOf(geometry.longitude)}, ${numberOf(geometry.latitude)})`;
  }
  const text = `NULLIF((${textOf(geometry.at)})::text, '')`;
  const read =
    strictness === "strict"
      ? READERS[geometry.kind](text)
      : `cartodb._CDB_TryGeometry(${text}, ${quoteLiteral(geometry.kind)})`;
  // GeoJSON is in WGS 84 as PostGIS reads it, whatever its file says.
  return geometry.srid === undefined ? read : `ST_SetSRID(${read}, ${Math.trunc(geometry.srid)})`;
}

/** `geom` in degrees of WGS 84, on two axes. */
export function toWgs84(geom: string, strictness: Strictness): string {
  if (strictness === "lenient") return `cartodb._CDB_TryWgs84(${geom})`;
  return `ST_Force2D(CASE ST_SRID(${geom})
    WHEN 0 THEN ST_SetSRID(${geom}, 4326) WHEN 4326 THEN ${geom} ELSE ST_Transform(${geom}, 4326) END)`;
}

/**
 * `geom`, in WGS 84, as web mercator.
 *
 * What lies within that projection needs no function of ours, whose every call costs as much as the projection.
 */
export const toWebmercator = (geom: string): string =>
  `CASE WHEN ${geom} @ ST_MakeEnvelope(-180, -89, 180, 89, 4326) THEN ST_Transform(${geom}, 3857)
    ELSE cartodb.CDB_TransformToWebmercator(${geom}) END`;
