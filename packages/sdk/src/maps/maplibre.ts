import type { LayergroupLayer } from "@carto-ts/protocol";
import type { Layergroup, TileUrlOptions } from "./layergroup.ts";
import type { Maps } from "./maps.ts";
import { colorOf } from "./palette.ts";

/** A source of MapLibre's style, of vector tiles. */
export interface MapLibreVectorSource {
  type: "vector";
  tiles: string[];
  minzoom?: number;
  maxzoom?: number;
  attribution?: string;
  promoteId?: string;
}

/** A source of MapLibre's style, of images. */
export interface MapLibreRasterSource {
  type: "raster";
  tiles: string[];
  tileSize: 256;
  minzoom?: number;
  maxzoom?: number;
  attribution?: string;
}

/** Options of {@link toMapLibreSource}. */
export interface MapLibreSourceOptions extends TileUrlOptions {
  /** First zoom that tiles are asked for. @defaultValue 0 */
  minzoom?: number | undefined;
  /** Last zoom that tiles are asked for; beyond, its tiles are enlarged. @defaultValue 22 */
  maxzoom?: number | undefined;
  attribution?: string | undefined;
  /** Column that features of vector tiles are known by to MapLibre, as a rule `cartodb_id`. @defaultValue none */
  promoteId?: string | undefined;
}

/** Makes a source for MapLibre: of vector tiles, or of images for another `format` than `mvt`. */
export function toMapLibreSource(
  layergroup: Layergroup,
  options?: MapLibreSourceOptions & { format?: "mvt" },
): MapLibreVectorSource;
export function toMapLibreSource(
  layergroup: Layergroup,
  options: MapLibreSourceOptions,
): MapLibreVectorSource | MapLibreRasterSource;
export function toMapLibreSource(
  layergroup: Layergroup,
  options: MapLibreSourceOptions = {},
): MapLibreVectorSource | MapLibreRasterSource {
  const { minzoom, maxzoom, attribution, promoteId, ...urls } = options;
  const { tiles } = layergroup.tileJson(urls);
  const common = {
    tiles,
    ...(minzoom !== undefined && { minzoom }),
    ...(maxzoom !== undefined && { maxzoom }),
    ...(attribution !== undefined && { attribution }),
  };
  if ((urls.format ?? "mvt") !== "mvt") return { type: "raster", tileSize: 256, ...common };
  return { type: "vector", ...common, ...(promoteId !== undefined && { promoteId }) };
}

/** Which features a layer of a style draws. */
export type MapLibreFilter = ["==" | "!=", "$type", "Point" | "LineString" | "Polygon"];

interface LayerBase {
  id: string;
  source: string;
  "source-layer": string;
  filter: MapLibreFilter;
}

/** A layer of MapLibre's style, as {@link toMapLibreStyle} makes them. */
export type MapLibreLayer =
  | (LayerBase & { type: "fill"; paint: { "fill-color": string; "fill-opacity": number } })
  | (LayerBase & { type: "line"; paint: { "line-color": string; "line-width": number } })
  | (LayerBase & { type: "circle"; paint: MapLibreCirclePaint });

/** How points are drawn. */
export interface MapLibreCirclePaint {
  "circle-color": string;
  "circle-radius": number;
  "circle-stroke-color": string;
  "circle-stroke-width": number;
}

/** A style of MapLibre's, of one source. */
export interface MapLibreStyle {
  version: 8;
  sources: Record<string, MapLibreVectorSource>;
  layers: MapLibreLayer[];
}

/** Options of {@link toMapLibreStyle}. */
export interface MapLibreStyleOptions extends Omit<MapLibreSourceOptions, "format"> {
  /** Name of the source, and what the ids of the layers begin with. @defaultValue "carto" */
  sourceId?: string | undefined;
  /** Colors of the map's layers, in their order. */
  colors?: readonly string[] | undefined;
}

/**
 * Makes a style for MapLibre that shows each layer of a map in a color of its own: points as circles, lines, and
 * polygons filled and outlined. A start to go on from, without a background.
 */
export function toMapLibreStyle(layergroup: Layergroup, options: MapLibreStyleOptions = {}): MapLibreStyle {
  const { sourceId = "carto", colors, ...rest } = options;
  const shown = layergroup.tileJson({ layer: rest.layer }).vector_layers?.map(({ id }) => id) ?? [];
  const layers = layergroup.layers.flatMap((layer, place) =>
    shown.includes(layer.id) ? styleLayers(layer, sourceId, colorOf(place, colors)) : [],
  );
  return { version: 8, sources: { [sourceId]: toMapLibreSource(layergroup, rest) }, layers };
}

function styleLayers({ id, meta }: LayergroupLayer, source: string, color: string): MapLibreLayer[] {
  const base = (kind: string, filter: MapLibreFilter): LayerBase => {
    return { id: `${source}-${id}-${kind}`, source, "source-layer": id, filter };
  };
  const circle: MapLibreCirclePaint = {
    "circle-color": color,
    "circle-radius": 4,
    "circle-stroke-color": "#ffffff",
    "circle-stroke-width": 1,
  };
  const all: MapLibreLayer[] = [
    {
      ...base("fill", ["==", "$type", "Polygon"]),
      type: "fill",
      paint: { "fill-color": color, "fill-opacity": 0.4 },
    },
    { ...base("line", ["!=", "$type", "Point"]), type: "line", paint: { "line-color": color, "line-width": 1.5 } },
    { ...base("circle", ["==", "$type", "Point"]), type: "circle", paint: circle },
  ];
  const kinds = kindsOf(meta.stats?.["geometryType"]);
  return all.filter(({ type }) => kinds.includes(type));
}

function kindsOf(geometryType: unknown): readonly MapLibreLayer["type"][] {
  switch (typeof geometryType === "string" ? geometryType.replace(/^ST_(?:Multi)?/, "") : "") {
    case "Point":
      return ["circle"];
    case "LineString":
      return ["line"];
    case "Polygon":
      return ["fill", "line"];
    default:
      return ["fill", "line", "circle"];
  }
}

/** What MapLibre is told of a request. */
export interface MapLibreRequest {
  url: string;
  headers?: Record<string, string>;
}

/**
 * Makes the `transformRequest` of a MapLibre map that sends the client's key in a header, and only to its own server.
 *
 * @example
 * ```ts
 * new maplibregl.Map({ container, style: toMapLibreStyle(map), transformRequest: mapLibreTransformRequest(carto) });
 * ```
 */
export function mapLibreTransformRequest(carto: {
  readonly maps: Pick<Maps, "headersFor">;
}): (url: string) => MapLibreRequest | Promise<MapLibreRequest> {
  return (url) => {
    const headers = carto.maps.headersFor(url);
    return headers instanceof Promise ? headers.then((known) => ({ url, headers: known })) : { url, headers };
  };
}
