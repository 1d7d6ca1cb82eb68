import { describe, expect, test } from "vitest";
import { queryLayer } from "../../../../../test/support/tile-layers.ts";
import { MapError } from "../map-error.ts";
import { readAggregation } from "./aggregation.ts";

const layerOf = (aggregation: unknown): ReturnType<typeof queryLayer> =>
  queryLayer("select * from t", { id: "pts", index: 2, givenType: "cartodb", aggregation: aggregation as object });

/** The error of an aggregation's options. */
function refusal(aggregation: unknown): MapError {
  try {
    readAggregation(layerOf(aggregation));
  } catch (error) {
    if (error instanceof MapError) return error;
    throw error;
  }
  throw new Error("nothing is refused");
}

const FUNCTIONS = "valid ones: count, avg, sum, min, max, mode";
const column = (given: object): object => ({
  columns: { total: { aggregate_function: "sum", aggregated_column: "v", ...given } },
});
const time = (group: object, format?: string): object => ({ dimensions: { d: { column: "t", group, format } } });

describe("options of an aggregation", () => {
  test.each([
    [{ placement: "middle" }, "Invalid placement. Valid values: centroid, point-grid, point-sample"],
    [{ placement: null }, "Invalid placement. Valid values: centroid, point-grid, point-sample"],
    [{ resolution: 0 }, "Invalid resolution, should be a number greather than 0"],
    [{ resolution: "1" }, "Invalid resolution, should be a number greather than 0"],
    [{ threshold: -1 }, "Invalid threshold, should be a number greather than 0"],
    [
      { columns: { "": { aggregate_function: "sum", aggregated_column: "v" } } },
      "Invalid column name, should be a non empty string",
    ],
    [column({ aggregate_function: "median" }), `Unsupported aggregation function median, ${FUNCTIONS}`],
    [column({ aggregate_function: undefined }), `Unsupported aggregation function undefined, ${FUNCTIONS}`],
    [column({ aggregate_function: "toString" }), `Unsupported aggregation function toString, ${FUNCTIONS}`],
    [column({ aggregated_column: "" }), "Invalid aggregated column, should be a non empty string"],
    [column({ aggregated_column: 1 }), "Invalid aggregated column, should be a non empty string"],
    [{ filters: { total: { equal: 1 } } }, "Invalid filtered column: total"],
    [{ filters: { _cdb_feature_count: { equal: 1 } } }, "Invalid filtered column: _cdb_feature_count"],
    [{ ...column({}), filters: { total: { like: "1" } } }, "Invalid filter parameter name: like"],
    [
      { ...column({}), filters: { total: [{ equal: 1 }, { constructor: 1 }] } },
      "Invalid filter parameter name: constructor",
    ],
    [time({ units: "fortnight" }), 'Invalid time dimension:\nInvalid grouping units "fortnight"'],
    [time({}), 'Invalid time dimension:\nInvalid grouping units "undefined"'],
    [time({ units: "toString" }), 'Invalid time dimension:\nInvalid grouping units "toString"'],
    [time({ units: "dayOfWeek", count: 2 }), "Invalid time dimension:\nCount 2 not supported for cyclic dayOfWeek"],
    [time({ units: "fortnight" }, "iso"), 'Invalid time dimension:\nInvalid units "fortnight"'],
    [
      time({ units: "day", starting: "2007" }, "iso"),
      "Invalid time dimension:\nParameter 'starting' not supported for ISO format",
    ],
    [
      time({ units: "day", count: 2 }, "iso"),
      "Invalid time dimension:\nMultiple time units not supported for ISO format",
    ],
    [time({ units: "day", count: "1); drop" }), 'Invalid time dimension:\nInvalid count "1); drop"'],
  ])("%j is refused", (aggregation, message) => {
    const { status, contexts } = refusal(aggregation);
    expect(status).toBe(400);
    expect(contexts).toEqual([{ type: "layer", message, layer: { id: "pts", index: 2, type: "mapnik" } }]);
  });

  test.each([[undefined], [true], [{}], [{ threshold: 1, dimensions: {}, filters: {} }]])(
    "%j keeps whole rows",
    (aggregation) => {
      expect(readAggregation(layerOf(aggregation))).toMatchObject({
        whole: true,
        placement: "point-sample",
        resolution: 1,
      });
    },
  );

  test.each([[{ columns: {} }], [{ placement: "point-sample" }], [{ dimensions: { a: "b" } }]])(
    "%j has the columns alone that it asks for",
    (aggregation) => {
      expect(readAggregation(layerOf(aggregation)).whole).toBe(false);
    },
  );

  test("points are aggregated from 100000 on where nothing else is said", () => {
    expect(readAggregation(layerOf({})).threshold).toBe(100_000);
    expect(readAggregation(layerOf({ threshold: 5 })).threshold).toBe(5);
  });
});
