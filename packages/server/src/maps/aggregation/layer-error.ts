import type { QueryLayer } from "../map-config/map-config.ts";
import { type MapError, mapError } from "../map-error.ts";

/** Makes the error of a message. */
export type Refuse = (message: string) => MapError;

/** An error of a layer's options. */
export function layerError({ id, index }: QueryLayer, message: string): MapError {
  return mapError(message, { type: "layer", layer: { id, index, type: "mapnik" }, status: 400 });
}
