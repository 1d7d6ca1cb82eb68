import { quoteIdent } from "./identifier.ts";

/**
 * Texts that a geometry can be told in: in its own coordinates, or as longitude and latitude. WKB is ISO's, in hexadecimal
 * digits, little-endian, without curves and measures.
 */
export type GeometryText = "geojson" | "geojson-wgs84" | "kml-wgs84" | "wkb-wgs84";

/** A column of a wrapped SELECT: where it stands there, counted from 0, and the name that it goes by. */
export interface PickedColumn {
  at: number;
  name: string;
  /** For a geometry: to be told as text, with so many decimals. */
  as?: { text: GeometryText; digits: number };
  /** For a geography: to be taken as a geometry. */
  asGeometry?: boolean;
}

/**
 * Wraps a SELECT of `width` columns so that only those picked come, in their order.
 *
 * By position, for a SELECT may have two columns of one name, as joins do.
 */
export function columnsOf(q: string, width: number, picked: readonly PickedColumn[]): string {
  const names = Array.from({ length: width }, (_, at) => `c${at}`).join(", ");
  const parts = picked.map(
    ({ at, name, as, asGeometry }) =>
      `${as ? geometryText(`c${at}`, as) : `c${at}${asGeometry ? "::geometry" : ""}`} AS ${quoteIdent(name)}`,
  );
  return `SELECT ${parts.join(", ")} FROM (${q}\n) AS _cartodbsqlapi (${names})`;
}

function geometryText(column: string, { text, digits }: { text: GeometryText; digits: number }): string {
  const decimals = Math.trunc(digits);
  if (text === "geojson") return `ST_AsGeoJSON(${column}, ${decimals})`;
  const geometry = `${column}::geometry`;
  // Without a reference, coordinates are taken for what nearly all of them are.
  const wgs84 =
    `CASE ST_SRID(${geometry}) WHEN 4326 THEN ${geometry} WHEN 0 THEN ST_SetSRID(${geometry}, 4326) ` +
    `ELSE ST_Transform(${geometry}, 4326) END`;
  if (text === "geojson-wgs84") return `ST_AsGeoJSON(${wgs84}, ${decimals})`;
  if (text === "wkb-wgs84") {
    const lines = `ST_CurveToLine(${wgs84})`;
    const onAxes = `CASE ST_Zmflag(${geometry}) WHEN 1 THEN ST_Force2D(${lines}) WHEN 3 THEN ST_Force3DZ(${lines}) ELSE ${lines} END`;
    return `encode(ST_AsBinary(${onAxes}, 'NDR'), 'hex')`;
  }
  // PostGIS has KML for all but collections.
  return (
    `CASE GeometryType(${geometry}) WHEN 'GEOMETRYCOLLECTION' THEN (` +
    `SELECT '<MultiGeometry>' || string_agg(ST_AsKML(geom, ${decimals}), '') || '</MultiGeometry>' ` +
    `FROM ST_Dump(${wgs84})) ELSE ST_AsKML(${wgs84}, ${decimals}) END`
  );
}

/** A rectangle that a drawing is made to fit into, and what is left free around it, in pixels. */
export interface Canvas {
  width: number;
  height: number;
  border: number;
}

/**
 * A drawing of a SELECT's only column, geometries: rows of one text.
 *
 * The first is the drawing's width and height with its border, NULL where there is nothing to draw. The others are
 * `ST_AsSVG`'s, moved and scaled to the canvas: points first, then lines, then areas, each in the SELECT's order. One
 * statement, so that the extent is that of the very rows, whatever else is written meanwhile; the database keeps them.
 */
export function drawingOf(q: string, digits: number, { width, height, border }: Canvas): string {
  const margin = border * 2;
  return `WITH drawn (geom, n) AS (SELECT g::geometry, row_number() OVER () FROM (${q}) AS _rows (g)),
extent AS (
  SELECT ST_XMin(e) AS x, ST_YMax(e) AS y, ST_XMax(e) - ST_XMin(e) AS w, ST_YMax(e) - ST_YMin(e) AS h
  FROM (SELECT ST_Extent(geom) AS e FROM drawn) AS _box),
frame AS (
  SELECT *, CASE WHEN h = 0 THEN ${width} / coalesce(nullif(w, 0), ${width})
    WHEN w / h >= ${width}::float8 / ${height} THEN ${width} / w ELSE ${height} / h END AS s FROM extent)
SELECT svg FROM (
  SELECT -1 AS dimension, 0 AS n, (w * s + ${margin}) || ' ' || (h * s + ${margin}) AS svg FROM frame
  UNION ALL
  SELECT ST_Dimension(geom), n, ST_AsSVG(ST_TransScale(geom, -x, -y, s, s), 0, ${Math.trunc(digits)})
  FROM drawn, frame WHERE NOT ST_IsEmpty(geom)) AS _shapes
ORDER BY dimension, n`;
}

/**
 * What a topology is made of: a SELECT whose first column are geometries, of `width` columns in all, with these as
 * GeoJSON and without rows that have none.
 *
 * A first row comes before them: a MULTIPOINT of two corners, or NULL where there is nothing, and NULL else. As with
 * {@link drawingOf}, one statement.
 */
export function topologyOf(q: string, width: number, digits: number): string {
  const others = Array.from({ length: width - 1 }, (_, at) => `c${at}`);
  const geojson = (geometry: string): string => `ST_AsGeoJSON(${geometry}, ${Math.trunc(digits)}, 0)`;
  const corners = "ST_Collect(ST_MakePoint(ST_XMin(e), ST_YMin(e)), ST_MakePoint(ST_XMax(e), ST_YMax(e)))";
  return `WITH mapped (${["g", ...others].join(", ")}) AS (${q})
SELECT ${[geojson(corners), ...others.map(() => "NULL")].join(", ")}
FROM (SELECT ST_Extent(g::geometry) AS e FROM mapped) AS _box
UNION ALL
SELECT ${[geojson("g::geometry"), ...others].join(", ")} FROM mapped WHERE g IS NOT NULL`;
}
