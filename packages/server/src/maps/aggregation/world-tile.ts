import { quoteIdent } from "../../db/identifier.ts";
import type { TileLayer } from "../tiles/tile.ts";
import type { AggregatedTile } from "./aggregate-sql.ts";

const WEB_MERCATOR = 3857;
const DEGREES = 4326;
/** Metres around the world. */
const WORLD = 40_075_016.685578488;

/** Metres of a pixel at a zoom. */
export const pixelSizeAt = (zoom: number): number => WORLD / 256 / 2 ** zoom;

/** A layer's geometry in EPSG:3857. */
export function mercator({ layer }: TileLayer): string {
  const geometry = quoteIdent(layer.geomColumn);
  return layer.srid === WEB_MERCATOR ? geometry : `ST_Transform(${geometry}, ${WEB_MERCATOR})`;
}

/** Whether a row's geometry is within an envelope in EPSG:3857, by an index where there is one. */
export function withinEnvelope(layer: TileLayer, envelope: string): string {
  if (layer.layer.srid !== DEGREES) return `${mercator(layer)} && ${envelope}`;
  return `${quoteIdent(layer.layer.geomColumn)} && ST_Transform(${envelope}, ${DEGREES})`;
}

/** The whole world as one tile, with the pixels that tiles of a zoom have. */
export function worldTile(layer: TileLayer, source: string, zoom: number): AggregatedTile {
  const [low, high] = [`(${-WORLD / 2})::float8`, `(${WORLD / 2})::float8`];
  return {
    source,
    geometry: mercator(layer),
    within: withinEnvelope(layer, `ST_MakeEnvelope(${low}, ${low}, ${high}, ${high}, ${WEB_MERCATOR})`),
    bounds: { xmin: low, ymin: low, xmax: high, ymax: high },
    pixelSize: `(${pixelSizeAt(zoom)})::float8`,
  };
}
