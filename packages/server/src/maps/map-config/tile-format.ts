import { type MapError, mapError } from "../map-error.ts";
import type { Layer, MapConfig, QueryLayer } from "./map-config.ts";

const RASTER = new Set(["png", "png32", "grid.json"]);
const TORQUE = new Set(["torque.json", "json.torque", "torque.bin", "bin.torque", "torque.png"]);
const TYPES = new Set(["torque", "http", "plain", "named"]);

/**
 * Finds out whether layers can be had in a format, and gives those of a vector tile.
 *
 * @param layers At least one, of `config`.
 * @throws MapError 400 where the format is none, or not of such layers; 501 where this server doesn't make it
 */
export function vectorLayers(config: MapConfig, layers: readonly Layer[], format: string): readonly QueryLayer[] {
  const unknown = layers.find((layer) => layer.kind === "other" && !TYPES.has(layer.type));
  if (unknown) throw mapError(`Type for layer '${unknown.index}' not supported`);
  const queries = layers.filter((layer) => layer.kind === "query");
  if (format === "mvt" && queries.length === layers.length) return queries;
  throw refusalOf(format, { config, layers, queries });
}

interface Asked {
  config: MapConfig;
  layers: readonly Layer[];
  queries: readonly QueryLayer[];
}

function refusalOf(format: string, asked: Asked): MapError {
  if (!isOfLayers(format, asked)) return mapError(`Unsupported format ${format}`);
  if (RASTER.has(format) && asked.config.vectorOnly) {
    return mapError(`Unsupported format: 'cartocss' option is missing for ${format}`, { type: "tile" });
  }
  const [first] = asked.queries;
  if (format === "grid.json" && first?.interactivity.length === 0) return mapError("Tileset has no interactivity");
  const message = `Tiles of the format ${format} aren't offered by this server yet: ask for vector tiles (mvt)`;
  return mapError(message, { type: "tile", status: 501 });
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
