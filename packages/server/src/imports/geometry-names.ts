const set = (names: string): ReadonlySet<string> => new Set(names.split(" "));

const LATITUDES = set("latitude lat latitudedecimal latitud lati decimallatitude decimallat point_latitude");
const LONGITUDES = set("longitude lon lng longitudedecimal longitud long decimallongitude decimallong point_longitude");
const GEOMETRIES = set("geometry the_geom wkb_geometry geom geojson wkt");

/** What a column's name says of its values. */
export type GeometryRole = "longitude" | "latitude" | "geometry";

/** Tells by a column's name whether it holds geometries or one of their coordinates. */
export function geometryRole(header: string): GeometryRole | undefined {
  const name = header.trim().toLowerCase();
  if (GEOMETRIES.has(name)) return "geometry";
  if (LONGITUDES.has(name)) return "longitude";
  return LATITUDES.has(name) ? "latitude" : undefined;
}
