import type { TileAddress } from "../../tiles/tile.ts";

const TILE = 256;
/** The highest zoom that a box is shown at. */
const MOST_BOX_ZOOM = 18;
/** Where the square world ends, in degrees. */
const MOST_LATITUDE = 85.0511287798066;

/** West, south, east and north, in degrees. */
export type Box = readonly [west: number, south: number, east: number, north: number];

/** What a picture shows: the zoom of its tiles and what is in its middle, in degrees. */
export interface StaticView {
  zoom: number;
  lng: number;
  lat: number;
}

/** Pixels. */
export interface Size {
  width: number;
  height: number;
}

/** A tile and where its upper left corner is in the picture, in pixels. */
export interface PlacedTile {
  address: TileAddress;
  x: number;
  y: number;
}

/** The closest view of a picture that shows all of a box. */
export function viewOfBox([west, south, east, north]: Box, { width, height }: Size): StaticView {
  const fits = (zoom: number): boolean =>
    pixelX(east, zoom) - pixelX(west, zoom) <= width && pixelY(south, zoom) - pixelY(north, zoom) <= height;
  let zoom = 0;
  while (zoom < MOST_BOX_ZOOM && fits(zoom + 1)) zoom++;
  return { zoom, lng: (west + east) / 2, lat: (south + north) / 2 };
}

/** The tiles that a picture is made of, around the world as often as it is wide; there are none beyond the poles. */
export function tilesOf({ zoom, lng, lat }: StaticView, { width, height }: Size): PlacedTile[] {
  const left = Math.round(pixelX(lng, zoom) - width / 2);
  const top = Math.round(pixelY(lat, zoom) - height / 2);
  const count = 2 ** zoom;
  const tiles: PlacedTile[] = [];
  const lastRow = Math.min(count - 1, Math.floor((top + height - 1) / TILE));
  for (let row = Math.max(0, Math.floor(top / TILE)); row <= lastRow; row++) {
    for (let column = Math.floor(left / TILE); column * TILE < left + width; column++) {
      const x = ((column % count) + count) % count;
      tiles.push({ address: { z: zoom, x, y: row }, x: column * TILE - left, y: row * TILE - top });
    }
  }
  return tiles;
}

/** Pixels from the western edge of the world. */
const pixelX = (lng: number, zoom: number): number => ((lng + 180) / 360) * TILE * 2 ** zoom;

/** Pixels from its northern edge. */
function pixelY(lat: number, zoom: number): number {
  const radians = (Math.max(-MOST_LATITUDE, Math.min(MOST_LATITUDE, lat)) * Math.PI) / 180;
  return (0.5 - Math.log(Math.tan(Math.PI / 4 + radians / 2)) / (2 * Math.PI)) * TILE * 2 ** zoom;
}
