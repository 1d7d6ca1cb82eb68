import type { AggregateFunction, MapAggregation } from "@carto-ts/protocol";
import type { QueryLayer } from "../map-config/map-config.ts";
import { type Filters, readFilters } from "./filters.ts";
import { isObject } from "./json-object.ts";
import { layerError, type Refuse } from "./layer-error.ts";
import { readTimeGroup, type TimeGroup } from "./time-group.ts";

/** Where the point of a cell is. */
export type Placement = "centroid" | "point-grid" | "point-sample";

/** A column that is made of a cell's rows. */
export interface AggregatedColumn {
  name: string;
  function: AggregateFunction;
  /** The layer's column; `*` counts rows. */
  of: string;
}

/** What rows of a cell are told apart by besides it. */
export interface Dimension {
  name: string;
  column: string;
  /** How times are grouped; undefined for the column's own values. */
  time: TimeGroup | undefined;
}

/** How a layer's points become one a cell, with every default in it. */
export interface Aggregation {
  /** The cells' rows are the layer's: all columns of one row a cell, and the count. */
  whole: boolean;
  placement: Placement;
  /** Side of a cell in pixels of a 256 pixel tile. */
  resolution: number;
  /** Estimated rows from which on points are aggregated. */
  threshold: number;
  columns: readonly AggregatedColumn[];
  dimensions: readonly Dimension[];
  filters: Filters;
}

/** How points are aggregated where nothing is said of it. */
export const DEFAULT_AGGREGATION: Aggregation = {
  whole: true,
  placement: "point-sample",
  resolution: 1,
  threshold: 100_000,
  columns: [],
  dimensions: [],
  filters: [],
};

const PLACEMENTS: readonly unknown[] = ["centroid", "point-grid", "point-sample"] satisfies Placement[];
const FUNCTIONS: readonly unknown[] = ["count", "avg", "sum", "min", "max", "mode"] satisfies AggregateFunction[];

/** Whether there is a function of this name. */
export const isAggregateFunction = (name: unknown): name is AggregateFunction => FUNCTIONS.includes(name);

/** Reads what a layer says of aggregation. @throws {@link MapError} 400 of the type `layer`. */
export function readAggregation(layer: QueryLayer): Aggregation {
  const asked: unknown = layer.aggregation;
  if (!isObject(asked)) return DEFAULT_AGGREGATION;
  const refuse: Refuse = (message) => layerError(layer, message);
  const resolution = readPositive(asked, "resolution", refuse);
  const placement = readPlacement(asked, refuse);
  const threshold = readPositive(asked, "threshold", refuse);
  const columns = readColumns(asked["columns"], refuse);
  const dimensions = readDimensions(asked["dimensions"], refuse);
  const names = [...columns, ...dimensions].map(({ name }) => name);
  const filters = readFilters(asked["filters"], names, refuse);
  const isDefault = dimensions.length === 0 && filters.length === 0 && asked["columns"] === undefined;
  return {
    whole: isDefault && placement === undefined,
    placement: placement ?? DEFAULT_AGGREGATION.placement,
    resolution: resolution ?? DEFAULT_AGGREGATION.resolution,
    threshold: threshold ?? DEFAULT_AGGREGATION.threshold,
    columns,
    dimensions,
    filters,
  };
}

function readPositive(asked: MapAggregation, key: "resolution" | "threshold", refuse: Refuse): number | undefined {
  const value: unknown = asked[key];
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isFinite(value) && value > 0) return value;
  throw refuse(`Invalid ${key}, should be a number greather than 0`);
}

function readPlacement({ placement }: MapAggregation, refuse: Refuse): Placement | undefined {
  if (placement === undefined || PLACEMENTS.includes(placement)) return placement;
  throw refuse(`Invalid placement. Valid values: ${PLACEMENTS.join(", ")}`);
}

function readColumns(asked: unknown, refuse: Refuse): AggregatedColumn[] {
  if (asked === undefined) return [];
  if (!isObject(asked)) throw refuse("Invalid columns, should be an object of names and what they are made of");
  const columns = Object.entries(asked).map(([name, made]) => ({ name, made: isObject(made) ? made : {} }));
  if (columns.some(({ name }) => name === "")) throw refuse("Invalid column name, should be a non empty string");
  for (const { made } of columns) {
    if (FUNCTIONS.includes(made["aggregate_function"])) continue;
    const given = String(made["aggregate_function"]);
    throw refuse(`Unsupported aggregation function ${given}, valid ones: ${FUNCTIONS.join(", ")}`);
  }
  return columns.map(({ name, made }) => {
    const of = made["aggregated_column"];
    if (typeof of !== "string" || of === "") {
      throw refuse("Invalid aggregated column, should be a non empty string");
    }
    return { name, function: made["aggregate_function"] as AggregateFunction, of };
  });
}

function readDimensions(asked: unknown, refuse: Refuse): Dimension[] {
  if (asked === undefined || asked === null) return [];
  if (!isObject(asked)) throw refuse("Invalid dimensions, should be an object of names and columns");
  return Object.entries(asked).map(([name, given]) => {
    const { column, group, format } = isObject(given) ? given : { column: given };
    if (name === "" || typeof column !== "string" || column === "") {
      throw refuse(`Invalid dimension ${JSON.stringify(name)}, should be a column or an object with a column`);
    }
    return { name, column, time: group ? readTimeGroup(group, format, refuse) : undefined };
  });
}
