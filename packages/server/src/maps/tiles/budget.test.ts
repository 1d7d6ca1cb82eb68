import { describe, expect, test } from "vitest";
import { queryLayer } from "../../../../../test/support/tile-layers.ts";
import { type Expected, featuresAtMost, featuresThatFit, fits, reductions, tellReduction } from "./budget.ts";
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
const polygons: Partial<LayerFacts> = { geometryType: "ST_MultiPolygon", geometryBytes: 16_000 };
const expected = (features: number, facts: Partial<LayerFacts> = {}, aggregated = false): Expected => ({
  tile: tileLayer(facts, aggregated),
  features,
});

describe("the budget of a tile", () => {
  test("has room for 60,000 points with a number each", () => {
    expect(featuresThatFit(tileLayer(), 1, REQUEST)).toBe(60_000);
    expect(featuresThatFit(tileLayer(), 2, REQUEST)).toBe(30_000);
    expect(fits([expected(60_000)], REQUEST)).toBe(true);
    expect(fits([expected(60_001)], REQUEST)).toBe(false);
    expect(fits([expected(30_000), expected(30_001)], REQUEST)).toBe(false);
  });

  test("counts a layer's rows, or its cells where there are fewer", () => {
    expect(featuresAtMost(tileLayer(), REQUEST)).toBe(1_000_000);
    expect(featuresAtMost(tileLayer({}, true), REQUEST)).toBe(384 ** 2);
    expect(featuresAtMost(tileLayer({ estimatedRows: 1_000 }, true), REQUEST)).toBe(1_000);
    expect(featuresAtMost(tileLayer({ estimatedRows: -1 }), REQUEST)).toBe(Number.POSITIVE_INFINITY);
  });

  test("has room for more polygons the less each has of the tile", () => {
    const few = featuresThatFit(tileLayer(polygons), 1, REQUEST);
    expect(few).toBeGreaterThan(10_000);
    expect(few).toBeLessThan(60_000);
    expect(featuresThatFit(tileLayer({ ...polygons, geometryBytes: 48 }), 1, REQUEST)).toBeGreaterThan(few);
    expect(featuresThatFit(tileLayer(polygons), 1, { ...REQUEST, simplifyExtent: 4096 })).toBeLessThan(few);
  });

  test("merges points by cells of a size that hangs on the layer alone", () => {
    const merged = [{ kind: "merged", resolution: 2 }];
    expect(reductions([expected(60_001)], REQUEST)).toEqual(merged);
    expect(reductions([expected(1_000_000)], REQUEST)).toEqual(merged);
    expect(reductions([expected(1_000_000)], { ...REQUEST, buffer: 0 })).toEqual([{ kind: "merged", resolution: 1.5 }]);
  });

  test("keeps a share of points without an id", () => {
    expect(reductions([expected(120_000, { allColumns: ["the_geom_webmercator"] })], REQUEST)).toEqual([
      { kind: "dropped", below: 0, share: 0.5 },
    ]);
  });

  test("drops small polygons, and a share of the others where there are many more than fit", () => {
    const [some] = reductions([expected(60_000, polygons)], REQUEST);
    expect(some).toEqual({ kind: "dropped", below: 3, share: 1 });
    const [many] = reductions([expected(6_000_000, polygons)], REQUEST);
    expect(many).toMatchObject({ kind: "dropped", below: 3 });
    expect(many?.kind === "dropped" && many.share).toBeLessThan(0.05);
  });

  test("gives what small layers leave to the large ones", () => {
    expect(reductions([expected(1_000), expected(1_000_000), expected(59_000)], REQUEST)).toEqual([
      undefined,
      { kind: "merged", resolution: 3 },
      { kind: "merged", resolution: 3 },
    ]);
    expect(reductions([expected(1_000_000), expected(1_000)], REQUEST)).toEqual([
      { kind: "merged", resolution: 2 },
      undefined,
    ]);
  });

  test("is told in words that a header can have", () => {
    const tile = { ...tileLayer(), layer: queryLayer("select 1", { id: "naïve\r\nlayer" }) };
    expect(tellReduction(tile, { kind: "merged", resolution: 1.5 })).toBe("na?ve??layer: merged, resolution=1.5");
    expect(tellReduction(tileLayer(), { kind: "dropped", below: 4, share: 1 })).toBe("layer0: dropped, below=4px");
    expect(tellReduction(tileLayer(), { kind: "dropped", below: 4, share: 0.25 })).toBe(
      "layer0: dropped, below=4px share=0.250",
    );
  });
});
