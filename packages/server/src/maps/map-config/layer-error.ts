import { type MapError, mapError } from "../map-error.ts";

/** An error of one layer that is a query, which its context names. */
export const layerError = ({ id, index }: { id: string; index: number }, message: string): MapError =>
  mapError(message, { type: "layer", layer: { id, index, type: "mapnik" } });
