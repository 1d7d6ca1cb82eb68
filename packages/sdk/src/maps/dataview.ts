import type { DataviewResult, DataviewSearch } from "@carto-ts/protocol";
import type { RequestOptions } from "../options.ts";
import type { Params } from "../request.ts";
import { json } from "../response.ts";
import type { Parse } from "../response-context.ts";
import { segment } from "./tile-url.ts";

/** Where a dataview's rows are; of several the box counts, else the circle. */
export interface DataviewPlace {
  /** Degrees: west, south, east, north. */
  bbox?: readonly [west: number, south: number, east: number, north: number] | undefined;
  /** Degrees, and metres. */
  circle?: { readonly lng: number; readonly lat: number; readonly radius: number } | undefined;
  /** A GeoJSON polygon, in degrees. */
  polygon?: { readonly type: "Polygon"; readonly coordinates: readonly unknown[] } | undefined;
}

/** What is asked of a dataview, whatever of it goes with its type. */
export interface DataviewQuery extends DataviewPlace {
  /** Whether the dataview's own filter goes for itself too. @defaultValue false */
  ownFilter?: boolean | undefined;
  /** Whether none of the map's filters goes. Not together with {@link ownFilter}. @defaultValue false */
  noFilters?: boolean | undefined;
  /** Bounds of a histogram, both included; of dates in seconds since 1970. @defaultValue those of the rows */
  start?: number | undefined;
  end?: number | undefined;
  /** Bins of a histogram of numbers. @defaultValue as many as their spread wants, 48 at most */
  bins?: number | undefined;
  /** Unit of time of a histogram, such as `month`, or `auto`. @defaultValue as the dataview says */
  aggregation?: string | undefined;
  /** The unit's time zone, in seconds east of Greenwich. @defaultValue as the dataview says */
  offset?: number | undefined;
  /** Categories that are told at most, one of them all others. @defaultValue 6 */
  categories?: number | undefined;
}

/** What a search for categories is narrowed by. */
export interface SearchQuery extends DataviewPlace, Pick<DataviewQuery, "ownFilter"> {}

type Ask = <T>(below: string, how: { query: Params; parse: Parse<T> }, options?: RequestOptions) => Promise<T>;

/** A dataview of a map: what a chart shows. */
export class Dataview<Result extends DataviewResult = DataviewResult> {
  readonly name: string;
  readonly #ask: Ask;

  /** @param ask Asks something below the map. */
  constructor(name: string, ask: Ask) {
    this.name = name;
    this.#ask = ask;
  }

  /**
   * Reads it.
   *
   * @throws {@link MapError} for options or a query that the server refuses; {@link NotFoundError} for a column that
   *   isn't there; {@link QueryTimeoutError} when it takes the server too long.
   */
  get(query: DataviewQuery & RequestOptions = {}): Promise<Result> {
    const { ownFilter, noFilters, start, end, bins, aggregation, offset, categories, ...rest } = query;
    const [place, request] = splitPlace(rest);
    const flags = { ...flag("own_filter", ownFilter), ...flag("no_filters", noFilters) };
    const asked = { ...flags, start, end, bins, aggregation, offset, categories, ...place };
    return this.#ask(`dataview/${segment(this.name)}`, { query: asked, parse: json<Result> }, request);
  }

  /** Finds the categories of an `aggregation` that a text is in, in any case; another type has none. */
  search(text: string, query: SearchQuery & RequestOptions = {}): Promise<DataviewSearch> {
    const { ownFilter, ...rest } = query;
    const [place, request] = splitPlace(rest);
    const asked = { q: text, ...flag("own_filter", ownFilter), ...place };
    return this.#ask(`dataview/${segment(this.name)}/search`, { query: asked, parse: json<DataviewSearch> }, request);
  }
}

/** Servers take 1, and go by whether there is one at all. */
const flag = (name: string, value: boolean | undefined): Params => (value ? { [name]: 1 } : {});

function splitPlace({ bbox, circle, polygon, ...rest }: DataviewPlace & RequestOptions): [Params, RequestOptions] {
  const place = {
    bbox: bbox?.join(","),
    circle: circle && JSON.stringify(circle),
    polygon: polygon && JSON.stringify(polygon),
  };
  return [place, rest];
}
