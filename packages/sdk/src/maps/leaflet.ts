import type { Layergroup, TileUrlOptions } from "./layergroup.ts";
import { colorOf } from "./palette.ts";

/** Options of {@link toLeafletTileLayer} and {@link toLeafletVectorGrid}. */
export interface LeafletOptions extends TileUrlOptions {
  minZoom?: number | undefined;
  maxZoom?: number | undefined;
  attribution?: string | undefined;
}

/** Options of Leaflet's layers that show tiles. */
export interface LeafletTileOptions {
  /** What `{s}` in the URL may be. */
  subdomains: string[];
  minZoom?: number;
  maxZoom?: number;
  attribution?: string;
}

/** What a layer of Leaflet's is made with. */
export interface LeafletLayer<Options = LeafletTileOptions> {
  /** URL template with `{z}`, `{x}` and `{y}`. */
  url: string;
  options: Options;
}

/**
 * Says what Leaflet needs to show a map as images, which the map needs styles for.
 *
 * Leaflet sends no header: a map that isn't open needs `keyInUrl`, or to be a named one with a token.
 *
 * @param options The format is `png` by default.
 *
 * @example
 * ```ts
 * const { url, options } = toLeafletTileLayer(map, { attribution: "CARTO" });
 * L.tileLayer(url, options).addTo(leafletMap);
 * ```
 */
export function toLeafletTileLayer(layergroup: Layergroup, options: LeafletOptions = {}): LeafletLayer {
  return toLayer(layergroup, { format: "png", ...options });
}

/** How VectorGrid draws the features of a layer. */
export interface LeafletPathStyle {
  color: string;
  weight: number;
  fill: boolean;
  fillColor: string;
  fillOpacity: number;
  /** Of points, in pixels. */
  radius: number;
}

/** Options of plug-ins that show vector tiles as Leaflet.VectorGrid does. */
export interface LeafletVectorOptions extends LeafletTileOptions {
  /** Styles by the layers' ids. */
  vectorTileLayerStyles: Record<string, LeafletPathStyle>;
}

/**
 * Says what Leaflet.VectorGrid, and plug-ins like it, need to show a map's vector tiles, each layer in a color of its
 * own.
 *
 * @example
 * ```ts
 * const { url, options } = toLeafletVectorGrid(map);
 * const headers = await carto.maps.headersFor(url);
 * L.vectorGrid.protobuf(url, { ...options, fetchOptions: { headers } }).addTo(leafletMap);
 * ```
 */
export function toLeafletVectorGrid(
  layergroup: Layergroup,
  options: Omit<LeafletOptions, "format"> & { colors?: readonly string[] | undefined } = {},
): LeafletLayer<LeafletVectorOptions> {
  const { colors, ...rest } = options;
  const layer = toLayer(layergroup, { ...rest, format: "mvt" });
  const styles = layergroup.layers.map(({ id }, place) => [id, pathStyle(colorOf(place, colors))] as const);
  return { ...layer, options: { ...layer.options, vectorTileLayerStyles: Object.fromEntries(styles) } };
}

function toLayer(layergroup: Layergroup, options: LeafletOptions): LeafletLayer {
  const { minZoom, maxZoom, attribution, ...urls } = options;
  const { urlTemplate, subdomains } = layergroup.tileTemplate(urls);
  const shown = {
    subdomains,
    ...(minZoom !== undefined && { minZoom }),
    ...(maxZoom !== undefined && { maxZoom }),
    ...(attribution !== undefined && { attribution }),
  };
  return { url: urlTemplate, options: shown };
}

function pathStyle(color: string): LeafletPathStyle {
  return { color, weight: 1.5, fill: true, fillColor: color, fillOpacity: 0.4, radius: 4 };
}
