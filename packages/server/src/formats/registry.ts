import { arraybuffer } from "./arraybuffer/arraybuffer.ts";
import { csv } from "./csv.ts";
import type { Format } from "./format.ts";
import { geojson } from "./geojson.ts";
import { json } from "./json.ts";
import { kml } from "./kml.ts";
import { geojsonl, ndjson } from "./lines.ts";
import { svg } from "./svg.ts";
import { topojson } from "./topojson/topojson.ts";

/** The formats of `/api/v2/sql?format=`, by their wire name in lower case. */
export const formats: ReadonlyMap<string, Format> = new Map(
  [json, geojson, csv, ndjson, geojsonl, topojson, svg, kml, arraybuffer].map((format) => [format.id, format]),
);
