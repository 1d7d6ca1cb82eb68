/** One number of all rows. */
export interface FormulaResult {
  type: "formula";
  operation: "count" | "avg" | "sum" | "min" | "max";
  /** null where there is nothing to make one of; text or a date where `min` or `max` is of those. */
  result: number | string | null;
  /** Rows without a value. */
  nulls: number;
  /** Rows whose value is NaN, and infinite; of columns that may have such. */
  nans?: number;
  infinities?: number;
}

/** One category, or all others together. */
export interface DataviewCategory {
  /** `Other` for all others. */
  category: string | number | boolean | null;
  value: number;
  /** Whether it is all others. */
  agg: boolean;
}

/** Categories by what they come to, the highest first. */
export interface AggregationResult {
  type: "aggregation";
  aggregation: "count" | "avg" | "sum" | "min" | "max";
  /** Rows. */
  count: number;
  /** Rows without a category. */
  nulls: number;
  nans: number;
  infinities: number;
  /** Of the categories' values. */
  min: number;
  max: number;
  categoriesCount: number;
  categories: DataviewCategory[];
}

/** A part of a histogram's range that rows are in. */
export interface HistogramBin {
  /** Its number, from 0; those that no row is in are left out. */
  bin: number;
  /** Of the rows' values; of dates the seconds since 1970 that the bin begins at. */
  min: number;
  max: number;
  avg: number;
  /** Rows. */
  freq: number;
  /** Of dates by a unit of time: seconds since 1970 that the bin begins at. */
  timestamp?: number;
}

/** How many rows there are in each part of a range. */
export interface HistogramResult {
  type: "histogram";
  /** Of dates in seconds. */
  bin_width: number;
  /** Also those that no row is in. */
  bins_count: number;
  /** Where the first bin begins. */
  bins_start?: number;
  nulls: number;
  bins: HistogramBin[];
  /** Of numbers. */
  infinities?: number;
  nans?: number;
  avg?: number;
  /** Of dates: the unit of time, its zone in seconds east of Greenwich, and where the first bin begins. */
  aggregation?: string;
  offset?: number;
  timestamp_start?: number;
}

/** What a dataview answers; which it is, `type` says. */
export type DataviewResult = FormulaResult | AggregationResult | HistogramResult;

/** Categories that a text is in. */
export interface DataviewSearch {
  type: string;
  categories: { category: string | number | boolean | null; value: number }[];
}

/** What a dataview's own filter lets through: of an `aggregation` some categories, of a `histogram` a range. */
export type DataviewFilter =
  | {
      /** None: no row passes. */
      accept?: (string | number | boolean | null)[];
      reject?: (string | number | boolean | null)[];
    }
  | {
      /** Both included; of dates seconds since 1970. */
      min?: number;
      max?: number;
    };

/** What narrows a map's rows: its layers' and its dataviews'. */
export interface MapFilters {
  /** By the dataviews' names. */
  dataviews?: Record<string, DataviewFilter>;
  /** By the analyses' ids. */
  analyses?: Record<
    string,
    ({ type: "category" | "range" | "rank" | "grouped-rank"; column: string } & Record<string, unknown>)[]
  >;
  /** By the widgets' names, of each layer. */
  layers?: Record<string, DataviewFilter>[];
}
