import { mapError } from "../map-error.ts";
import type { Layer, MapConfig } from "./map-config.ts";

const NUMBER = /^\d+$/;

/**
 * The layers that a tile's path asks for, in the map's order.
 *
 * @param filter `all`, a type (`mapnik` where it is undefined), or numbers or ids of layers with commas between them.
 * Numbers count all layers from 0.
 * @throws MapError 400 on a filter that names no layer, or mixes numbers and ids
 */
export function selectLayers(config: MapConfig, filter: string | undefined): readonly Layer[] {
  const { layers } = config;
  if (filter === undefined || filter === "mapnik") {
    return orElse(layers.filter(isMapnik), "No 'mapnik' layers in MapConfig");
  }
  if (filter === "all") return orElse(layers, "No renderers");
  if (filter === "torque" || filter === "http" || filter === "plain") {
    return orElse(layers.filter(isOf(filter)), "No renderers");
  }
  if (NUMBER.test(filter)) {
    return orElse(layers.slice(Number(filter)).slice(0, 1), `Layer '${filter}' not found in layergroup`);
  }
  const named = layers.find(({ id }) => id === filter);
  return named ? [named] : listed(layers, filter.split(","));
}

const isMapnik = ({ kind }: Layer): boolean => kind === "query";

const isOf =
  (type: string) =>
  (layer: Layer): boolean =>
    layer.kind === "other" && layer.type === type;

/** @param problem What is said where there are none. */
function orElse(layers: readonly Layer[], problem: string): readonly Layer[] {
  if (layers.length === 0) throw mapError(problem);
  return layers;
}

function listed(layers: readonly Layer[], names: readonly string[]): readonly Layer[] {
  const byNumber = names.every((name) => NUMBER.test(name));
  const chosen = new Set(names.map((name) => (byNumber ? layers[Number(name)] : layers.find(({ id }) => id === name))));
  if (chosen.has(undefined)) throw mapError("Invalid layer filtering");
  return layers.filter((layer) => chosen.has(layer));
}
