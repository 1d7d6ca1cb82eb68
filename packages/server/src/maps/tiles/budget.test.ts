import { describe, expect, test } from "vitest";
import { queryLayer } from "../../../../../test/support/tile-layers.ts";
import { featuresAtMost, occupied, reductionTo, resolutionFor, shareOut, tellReductions } from "./budget.ts";
import { layerBytes, pointsIn } from "./feature-bytes.ts";
import type { LayerFacts, TileLayer, TileRequest } from "./tile.ts";

const REQUEST: TileRequest = {
  address: { z: 0, x: 0, y: 0 },
  layers: [],
  extent: 4096,
  simplifyExtent: 256,
  buffer: 64,
};

function tileLayer(facts: Partial<LayerFacts> = {}, aggregated = false): TileLayer {
  return {
    layer: queryLayer("select 1"),
    aggregated,
    facts: {
      columns: [{ name: "cartodb_id", oid: 23 }],
      allColumns: ["cartodb_id", "the_geom_webmercator"],
      dateColumns: [],
      geometryType: "ST_Point",
      estimatedRows: 1_000_000,
      rowBytes: 4,
      ...facts,
    },
  };
}
const named = (distinct: number): TileLayer =>
  tileLayer({ columns: [{ name: "name", oid: 25 }], values: { name: { bytes: 20, distinct } } });

describe("the budget of a tile", () => {
  test("has room for 61,000 points with a number each", () => {
    expect(pointsIn(tileLayer(), 1_500_000)).toBe(61_224);
    expect(layerBytes(tileLayer(), 61_224, REQUEST)).toBeLessThanOrEqual(1_500_000);
  });

  test("has room for more points where they share their values", () => {
    expect(pointsIn(named(1_000_000), 1_500_000)).toBe(36_144);
    expect(pointsIn(named(10), 1_500_000)).toBe(85_700);
  });

  test("counts a layer's rows, or its cells where there are fewer", () => {
    expect(featuresAtMost(tileLayer(), 1_000_000, 64)).toBe(1_000_000);
    expect(featuresAtMost(tileLayer({}, true), 1_000_000, 64)).toBe(384 ** 2);
    expect(featuresAtMost(tileLayer({}, true), 1_000, 64)).toBe(1_000);
  });

  test("expects polygons to be the smaller the less each has of the tile", () => {
    const polygons = tileLayer({ geometryType: "ST_MultiPolygon", geometryBytes: 16_000 });
    const each = (features: number): number => layerBytes(polygons, features, REQUEST) / features;
    expect(each(100)).toBeGreaterThan(4 * each(10_000));
  });

  test("gives what small layers leave to the large ones", () => {
    expect(shareOut([Number.POSITIVE_INFINITY])).toEqual([1_500_000]);
    expect(shareOut([100_000, 9e9, 9e9])).toEqual([140_625, 656_250, 656_250]);
    expect(shareOut([100_000, 100_000])).toEqual([750_000, 750_000]);
  });

  test("has the finest cells by which points fit, where they are all over the tile and where they are in a part", () => {
    const everywhere = { bytes: 1_500_000, parts: [1_000_000], buffer: 64 };
    expect(resolutionFor(tileLayer(), everywhere)).toBe(1.75);
    expect(resolutionFor(tileLayer(), { ...everywhere, parts: [1_000_000, 0, 0, 0] })).toBe(1);
    const ownCells = { ...tileLayer({}, true), layer: queryLayer("select 1", { aggregation: { resolution: 4 } }) };
    expect(resolutionFor(ownCells, everywhere)).toBeUndefined();
    expect(occupied(100, [1_000, 0])).toBeCloseTo(50);
  });

  test("is told in words that a header can have", () => {
    const tile = { ...tileLayer(), layer: queryLayer("select 1", { id: "naïve\r\nlayer" }) };
    const reduction = reductionTo(1_500_000, tile, 1.5);
    expect(reduction).toEqual({ bytes: 1_500_000, featureBytes: 25, resolution: 1.5 });
    expect(tellReductions([tile], [reduction], new Map())).toBe("na?ve??layer: merged, resolution=1.5");
    expect(tellReductions([tileLayer()], [], new Map([[0, { features: 3, of: 9 }]]))).toBe(
      "layer0: dropped, kept=3 of=9",
    );
    expect(tellReductions([tileLayer()], [], new Map())).toBeUndefined();
  });
});
