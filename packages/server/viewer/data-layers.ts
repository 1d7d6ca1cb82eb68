import { tones } from "./basemap.ts";
import { type Colouring, toExpression } from "./colouring.ts";
import type { ExpressionSpecification, LayerSpecification } from "./maplibre-gl.mjs";
import type { OpenedLayer } from "./open-map.ts";

/** Source of all data. */
export const SOURCE = "data";

/** Property of a point that stands for many. */
export const POINT_COUNT = "_cdb_feature_count";

/** The layers of MapLibre that draw a layer: its areas, their edges, its lines, and its points. */
export function drawingOf(layer: OpenedLayer, colouring: Colouring): LayerSpecification[] {
  const color = toExpression(colouring) as ExpressionSpecification;
  const common = { source: SOURCE, "source-layer": layer.id };
  const { halo } = tones();
  return [
    {
      ...common,
      id: `${layer.id}/area`,
      type: "fill",
      filter: is("Polygon"),
      paint: { "fill-color": color, "fill-opacity": hovered(0.85, 0.6) },
    },
    {
      ...common,
      id: `${layer.id}/edge`,
      type: "line",
      filter: is("Polygon"),
      layout: { "line-join": "round" },
      paint: {
        "line-color": hovered("#ffffff", color),
        "line-width": hovered(2, 0.8),
        "line-opacity": 0.9,
      },
    },
    {
      ...common,
      id: `${layer.id}/line`,
      type: "line",
      filter: is("LineString"),
      layout: { "line-join": "round", "line-cap": "round" },
      paint: { "line-color": color, "line-width": byZoom([0, hovered(3, 1)], [8, hovered(4, 2)], [16, hovered(8, 5)]) },
    },
    {
      ...common,
      id: `${layer.id}/point`,
      type: "circle",
      filter: is("Point"),
      // The many are drawn first, so that the few are seen on top of them.
      layout: { "circle-sort-key": ["-", 0, ["coalesce", ["get", POINT_COUNT], 1]] },
      paint: {
        "circle-color": color,
        "circle-opacity": 0.88,
        "circle-radius": radius(layer.count ?? 1_000),
        "circle-stroke-color": hovered(tones().label, halo),
        "circle-stroke-width": byZoom([2, hovered(2, 0.3)], [8, hovered(2.5, 1)]),
      },
    },
  ];
}

/** Radius of points: smaller where there are many of them, larger where one stands for many. */
function radius(count: number): ExpressionSpecification {
  const size = count < 300 ? 2.4 : count < 3_000 ? 1.5 : 1;
  const many = ["+", 1, ["*", 0.55, ["log10", ["coalesce", ["get", POINT_COUNT], 1]]]];
  const scaled = (pixels: number): unknown => ["*", pixels * size, many];
  return byZoom([0, scaled(1.2)], [4, scaled(2.2)], [10, scaled(4)], [16, scaled(6.5)]);
}

const byZoom = (...stops: readonly (readonly [zoom: number, value: unknown])[]): ExpressionSpecification =>
  ["interpolate", ["linear"], ["zoom"], ...stops.flat()] as unknown as ExpressionSpecification;

const hovered = (yes: unknown, no: unknown): ExpressionSpecification =>
  ["case", ["boolean", ["feature-state", "hovered"], false], yes, no] as ExpressionSpecification;

const is = (type: "Point" | "LineString" | "Polygon"): ExpressionSpecification => [
  "match",
  ["geometry-type"],
  [type, `Multi${type}`],
  true,
  false,
];
