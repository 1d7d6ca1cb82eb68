import { quoteIdent, quoteLiteral } from "../../db/identifier.ts";
import type { StagedAt, StagedColumn, StagedGeometry } from "../reader.ts";

/** Whether geometries that can't be read end the statement, or become NULL, at a price. */
export type Strictness = "strict" | "lenient";

const NUMBER = String.raw`^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,2})?\s*$`;
const WHOLE_NUMBER = String.raw`^\s*[-+]?\d{1,18}\s*$`;

/** A staged value as text. */
export function textOf(at: StagedAt): string {
  return "key" in at ? `(${quoteIdent(at.column)} ->> ${quoteLiteral(at.key)})` : quoteIdent(at.column);
}

/** A staged value as a number, NULL where it is none. */
export function numberOf(at: StagedAt): string {
  const text = textOf(at);
  return `CASE WHEN ${text} ~ ${quoteLiteral(NUMBER)} THEN ${text}::double precision END`;
}

/** A column's value in its type. */
export function typedValue({ at, type }: StagedColumn): string {
  const text = textOf(at);
  return type === "text" ? text : `NULLIF(${text}, '')::${type}`;
}

/** A column's value as the key, NULL where it is no whole number. */
export function keyValue(column: StagedColumn): string {
  const { at, type } = column;
  if (type === "integer" || type === "bigint") return `${typedValue(column)}::bigint`;
  return `CASE WHEN ${textOf(at)} ~ ${quoteLiteral(WHOLE_NUMBER)} THEN ${textOf(at)}::bigint END`;
}

/** Whether something is written where a number should be. */
export const isWord = (at: StagedAt): string => `(${textOf(at)} ~ '\\S' AND ${numberOf(at)} IS NULL)`;

/** A geometry that is written in one value. */
export type TextGeometry = Exclude<StagedGeometry, { kind: "lonlat" }>;

const READERS = {
  wkt: (text: string) => `ST_GeomFromEWKT(${text})`,
  wkb: (text: string) => `(${text})::geometry`,
  geojson: (text: string) => `ST_GeomFromGeoJSON(${text})`,
  kml: (text: string) => `ST_GeomFromKML(${text})`,
} as const;

/** The text of a geometry, NULL for an empty one. */
function writtenGeometry({ kind, at }: TextGeometry): string {
  const text = `NULLIF((${textOf(at)})::text, '')`;
  // PostGIS reads these, but makes GeoJSON of them that nobody else can read.
  return kind === "wkt" ? `replace(replace(${text}, 'NaN', '?'), 'nan', '?')` : text;
}

/** A geometry as the source writes it, NULL for an empty one. */
export function sourceGeometryOf(geometry: TextGeometry, strictness: Strictness): string {
  const text = writtenGeometry(geometry);
  const read =
    strictness === "strict"
      ? READERS[geometry.kind](text)
      : `cartodb._CDB_TryGeometry(${text}, ${quoteLiteral(geometry.kind)})`;
  // GeoJSON is in WGS 84 as PostGIS reads it, whatever its file says.
  return geometry.srid === undefined ? read : `ST_SetSRID(${read}, ${Math.trunc(geometry.srid)})`;
}

/** `geom` in degrees of WGS 84, on two axes, without arcs. */
export const toWgs84 = (geom: string, strictness: Strictness): string =>
  strictness === "strict" ? `cartodb._CDB_ToWgs84(${geom})` : `cartodb._CDB_TryWgs84(${geom})`;
