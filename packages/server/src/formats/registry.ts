import { arraybuffer } from "./arraybuffer/arraybuffer.ts";
import { csv } from "./csv.ts";
import { flatgeobuf } from "./files/flatgeobuf.ts";
import { gpkg } from "./files/gpkg.ts";
import { shp } from "./files/shp.ts";
import { spatialite } from "./files/spatialite.ts";
import type { AnyFormat } from "./format.ts";
import { geojson } from "./geojson.ts";
import { geoparquet } from "./geoparquet/geoparquet.ts";
import { json } from "./json.ts";
import { kml } from "./kml.ts";
import { geojsonl, ndjson } from "./lines.ts";
import { svg } from "./svg.ts";
import { topojson } from "./topojson/topojson.ts";

const all: readonly AnyFormat[] = [
  json,
  geojson,
  csv,
  ndjson,
  geojsonl,
  topojson,
  svg,
  kml,
  arraybuffer,
  shp,
  gpkg,
  spatialite,
  flatgeobuf,
  geoparquet,
];

/** The formats of `/api/v2/sql?format=`, by their wire name in lower case. */
export const formats: ReadonlyMap<string, AnyFormat> = new Map(all.map((format) => [format.id, format]));
