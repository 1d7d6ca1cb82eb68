import { describe, expect, test } from "vitest";
import { queryLayer } from "../../../../../test/support/tile-layers.ts";
import type { MapConfig } from "../map-config/map-config.ts";
import type { LayerFacts } from "../tiles/tile.ts";
import { aggregatedFormats, isAggregated } from "./aggregated.ts";

const POINTS: LayerFacts = {
  columns: [],
  allColumns: [],
  dateColumns: [],
  geometryType: "ST_Point",
  estimatedRows: 100_000,
  rowBytes: 0,
};
const FEW: LayerFacts = { ...POINTS, estimatedRows: 99_999 };
const POLYGONS: LayerFacts = { ...POINTS, geometryType: "ST_Polygon" };
const EMPTY: LayerFacts = { ...POINTS, geometryType: undefined };

function mapOf(vectorOnly: boolean, aggregation: unknown): MapConfig {
  const layer = queryLayer("select 1", { aggregation: aggregation as object });
  return {
    layers: [layer],
    analyses: { roots: [], byId: new Map() },
    dataviews: {},
    filters: new Map(),
    bufferSize: {},
    vectorExtent: 4096,
    vectorSimplifyExtent: 256,
    vectorOnly,
    statTag: undefined,
    json: { layers: [] },
  };
}

function check(config: MapConfig, facts: LayerFacts, asked?: boolean): boolean {
  const [layer] = config.layers;
  if (layer?.kind !== "query") throw new Error("no query");
  return isAggregated(config, layer, facts, asked);
}

describe("a map of vector tiles alone", () => {
  test("is aggregated unless the layer says no, from the threshold on", () => {
    expect(check(mapOf(true, undefined), POINTS)).toBe(true);
    expect(check(mapOf(true, undefined), FEW)).toBe(false);
    expect(check(mapOf(true, { threshold: 1 }), FEW)).toBe(true);
    expect(check(mapOf(true, false), POINTS)).toBe(false);
    expect(check(mapOf(true, undefined), POINTS, false)).toBe(false);
    expect(check(mapOf(true, undefined), { ...POINTS, estimatedRows: -1 })).toBe(false);
  });

  test("leaves other geometries as they are", () => {
    expect(check(mapOf(true, true), POLYGONS)).toBe(false);
    expect(check(mapOf(true, true), EMPTY)).toBe(false);
  });

  test("tells that its mvt are aggregated", () => {
    expect(aggregatedFormats(mapOf(true, undefined), true, undefined)).toEqual({ png: false, mvt: true });
    expect(aggregatedFormats(mapOf(true, undefined), false, undefined)).toEqual({ png: false, mvt: false });
    expect(aggregatedFormats(mapOf(true, undefined), false, false)).toBeUndefined();
    expect(aggregatedFormats(mapOf(true, false), false, undefined)).toBeUndefined();
  });
});

describe("a map with styles", () => {
  test("is aggregated where the layer asks for it", () => {
    expect(check(mapOf(false, undefined), POINTS)).toBe(false);
    expect(check(mapOf(false, undefined), POINTS, true)).toBe(false);
    expect(check(mapOf(false, true), POINTS)).toBe(true);
    expect(check(mapOf(false, {}), POINTS)).toBe(true);
    expect(check(mapOf(false, {}), FEW)).toBe(false);
    expect(check(mapOf(false, {}), POINTS, false)).toBe(false);
  });

  test("refuses to aggregate other geometries than points", () => {
    const message = "Unsupported geometry type: ST_Polygon. Aggregation is available only for geometry type: ST_Point";
    expect(() => check(mapOf(false, {}), POLYGONS)).toThrow(
      expect.objectContaining({
        status: 400,
        contexts: [{ type: "layer", message, layer: { id: "layer0", index: 0, type: "mapnik" } }],
      }),
    );
    expect(check(mapOf(false, undefined), POLYGONS)).toBe(false);
    expect(check(mapOf(false, {}), EMPTY)).toBe(false);
  });

  test("tells that both its png and its mvt are aggregated", () => {
    expect(aggregatedFormats(mapOf(false, {}), true, undefined)).toEqual({ png: true, mvt: true });
    expect(aggregatedFormats(mapOf(false, {}), false, undefined)).toEqual({ png: false, mvt: false });
    expect(aggregatedFormats(mapOf(false, undefined), false, undefined)).toBeUndefined();
    expect(aggregatedFormats(mapOf(false, undefined), false, true)).toEqual({ png: false, mvt: false });
  });

  test("refuses wrong options even where nothing is aggregated", () => {
    expect(() => check(mapOf(false, { resolution: 0 }), FEW, false)).toThrow("Invalid resolution");
  });
});
