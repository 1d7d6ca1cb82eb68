import { type MapError, mapError } from "../map-error.ts";
import type { Layer, MapConfig, QueryLayer } from "./map-config.ts";

const RASTER = new Set(["png", "png32", "grid.json"]);
const TORQUE = new Set(["torque.json", "json.torque", "torque.bin", "bin.torque", "torque.png"]);
const TYPES = new Set(["torque", "http", "plain", "named"]);
/** Types besides queries that pictures are made of. */
const DRAWN_TYPES = new Set(["http", "plain"]);

/** What tiles of some layers are. */
export interface TileFormat {
  kind: "vector" | "raster";
  format: "mvt" | "png" | "png32" | "grid.json";
  layers: readonly Layer[];
}

/**
 * Finds out whether layers can be had in a format, and what is made of them.
 *
 * @param layers At least one, of `config`.
 * @throws MapError 400 where the format is none, or not of such layers; 501 where this server doesn't make it
 */
export function tileFormat(config: MapConfig, layers: readonly Layer[], format: string): TileFormat {
  const unknown = layers.find((layer) => layer.kind === "other" && !TYPES.has(layer.type));
  if (unknown) throw mapError(`Type for layer '${unknown.index}' not supported`);
  const queries = layers.filter((layer) => layer.kind === "query");
  const isAlone = queries.length === layers.length;
  if (format === "mvt" && isAlone) return { kind: "vector", format, layers: queries };
  const refusal = refusalOf(format, { config, layers, queries });
  if (refusal) throw refusal;
  const isDrawn = layers.every((layer) => layer.kind === "query" || DRAWN_TYPES.has(layer.type));
  if (isRaster(format) && isDrawn) return { kind: "raster", format, layers };
  throw mapError(`Tiles of the format ${format} aren't offered by this server yet: ask for vector tiles (mvt)`, {
    type: "tile",
    status: 501,
  });
}

const isRaster = (format: string): format is "png" | "png32" | "grid.json" => RASTER.has(format);

interface Asked {
  config: MapConfig;
  layers: readonly Layer[];
  queries: readonly QueryLayer[];
}

/** Why such layers don't have the format with CARTO either; undefined where they do. */
function refusalOf(format: string, asked: Asked): MapError | undefined {
  if (!isOfLayers(format, asked)) return mapError(`Unsupported format ${format}`);
  if (RASTER.has(format) && asked.config.vectorOnly) {
    return mapError(`Unsupported format: 'cartocss' option is missing for ${format}`, { type: "tile" });
  }
  const [first] = asked.queries;
  if (format === "grid.json" && first?.interactivity.length === 0) return mapError("Tileset has no interactivity");
  return undefined;
}

/** Whether the format is one that such layers have in CARTO. */
function isOfLayers(format: string, { layers, queries }: Asked): boolean {
  const mapnikAlone = queries.length === layers.length;
  if (format === "png") return true;
  if (format === "png32") return mapnikAlone;
  if (format === "grid.json") return mapnikAlone && layers.length === 1;
  const [first] = layers;
  return TORQUE.has(format) && layers.length === 1 && first?.kind === "other" && first.type === "torque";
}
