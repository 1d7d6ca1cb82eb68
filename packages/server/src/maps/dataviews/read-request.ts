import type { Params } from "../../http/params.ts";
import { type DataviewRequest, dataviewError } from "./dataview.ts";
import { readSpatialFilter, type SpatialFilter } from "./spatial-filter.ts";

/** A request for a dataview, read. */
export interface AskedDataview {
  request: DataviewRequest;
  /** Whether no filter of the map goes for it. */
  noFilters: boolean;
  place: SpatialFilter | undefined;
}

/** Reads the parameters of a request for a dataview. @throws MapError for what is wrong */
export function readDataviewRequest(params: Params): AskedDataview {
  const own = flagOf(params, "own_filter");
  const none = flagOf(params, "no_filters");
  if (own !== undefined && none !== undefined) {
    throw dataviewError("Both own_filter and no_filters cannot be sent in the same request");
  }
  const number = (name: string): number | undefined => readNumber(params, name);
  return {
    request: {
      ownFilter: own === true,
      start: number("start"),
      end: number("end"),
      bins: number("bins"),
      offset: number("offset"),
      categories: number("categories"),
      aggregation: params.text("aggregation"),
    },
    noFilters: none === true,
    place: readPlace(params),
  };
}

/** Reads the place that a request is about. */
export const readPlace = (params: Params): SpatialFilter | undefined =>
  readSpatialFilter({ bbox: params.text("bbox"), circle: params.text("circle"), polygon: params.text("polygon") });

/** 0 and 1 as clients send them; undefined for what is no number. */
function flagOf(params: Params, name: string): boolean | undefined {
  const text = params.text(name);
  const number = text === undefined || text === "" ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number !== 0 : undefined;
}

function readNumber(params: Params, name: string): number | undefined {
  const text = params.text(name);
  if (text === undefined || text === "") return undefined;
  const number = Number(text);
  if (Number.isFinite(number)) return number;
  throw dataviewError(`Invalid number format for parameter '${name}'`);
}
