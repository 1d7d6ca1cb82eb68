import type { NodeRows } from "../analyses/analysis-node.ts";
import { type MapError, mapError } from "../map-error.ts";

/** A row of a dataview's query, as JSON has it: numbers that JSON has no word for are strings. */
export type DataviewRow = Readonly<Record<string, unknown>>;

/** How a dataview is asked: one query, and what its rows become. */
export interface DataviewQuery {
  sql: string;
  toAnswer(rows: readonly DataviewRow[]): object;
}

/** What a dataview's query is made of. */
export interface DataviewParts {
  /** Its options in the MapConfig. */
  options: Readonly<Record<string, unknown>>;
  /** The rows that it sums up, narrowed by all filters. */
  rows: NodeRows;
  request: DataviewRequest;
}

/** What a request says of the dataview that it wants. */
export interface DataviewRequest {
  /** Whether the dataview's own filter goes for itself. */
  ownFilter: boolean;
  /** Bounds of a histogram: values, or seconds since 1970. */
  start: number | undefined;
  end: number | undefined;
  bins: number | undefined;
  /** Seconds east of Greenwich. */
  offset: number | undefined;
  categories: number | undefined;
  /** Unit of time of a histogram. */
  aggregation: string | undefined;
}

/** An error of what a dataview says of itself. */
export const dataviewError = (message: string): MapError => mapError(message, { type: "dataview", status: 400 });

/** The rows under a name, to be put behind FROM. */
export const fromRows = ({ sql }: NodeRows): string => `FROM (${sql}\n) AS _cdb_rows`;

/** A value of a row that is a number; 0 for none. */
export const numberOr0 = (value: unknown): number => (typeof value === "number" ? value : 0);
