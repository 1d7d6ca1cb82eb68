import type { TileAddress } from "./tile.ts";

/** Metres from the middle of EPSG:3857's square world to its edges. */
const HALF_WORLD = 20_037_508.342789244;
/** Pixels of a tile's side. */
const TILE_PIXELS = 256;
/** Metres of a pixel by which scale denominators are told. */
const STANDARD_PIXEL = 0.00028;

/** West, south, east and north edge. */
export type Bounds<Value> = readonly [xmin: Value, ymin: Value, xmax: Value, ymax: Value];

/** Where a tile is, as SQL expressions; all in EPSG:3857. The same texts for all tiles when its bounds are parameters. */
export interface TileFrame {
  /** Edges of the tile, of type float8. */
  tile: Bounds<string>;
  /** Edges of the tile and its buffer, of type float8. */
  buffered: Bounds<string>;
  /** The tile, a geometry. */
  tileBbox: string;
  /** The tile and its buffer, a geometry. */
  bbox: string;
  /** Metres of the tile's side, of type float8. */
  size: string;
  /** Metres of a pixel, of which a tile has 256, of type float8. */
  pixelSize: string;
  /** Scale as that of a map on paper, of type float8. */
  scaleDenominator: string;
}

/** Edges of a tile in metres, EPSG:3857. */
export function tileBounds({ z, x, y }: TileAddress): Bounds<number> {
  const size = (2 * HALF_WORLD) / 2 ** z;
  return [x * size - HALF_WORLD, HALF_WORLD - (y + 1) * size, (x + 1) * size - HALF_WORLD, HALF_WORLD - y * size];
}

/** The frame of any tile with a buffer of so many pixels; the statement's parameters are {@link frameValues}. */
export const parameterFrame = (buffer: number): TileFrame =>
  frameOf(["$1::float8", "$2::float8", "$3::float8", "$4::float8"], buffer);

/** Values of the parameters of a {@link parameterFrame}. */
export const frameValues = (address: TileAddress): string[] => tileBounds(address).map(String);

/** The frame of one tile with a buffer of so many pixels, for statements without parameters. */
export function tileFrame(address: TileAddress, buffer: number): TileFrame {
  const [xmin, ymin, xmax, ymax] = tileBounds(address);
  return frameOf([literal(xmin), literal(ymin), literal(xmax), literal(ymax)], buffer);
}

/** Without quotes, for tokens may stand between some. */
const literal = (value: number): string => `(${value})::float8`;

function frameOf(tile: Bounds<string>, buffer: number): TileFrame {
  const [xmin, ymin, xmax, ymax] = tile;
  const size = `(${xmax} - ${xmin})`;
  const pixelSize = `(${size} / ${TILE_PIXELS})`;
  const margin = `${size} * ${buffer / TILE_PIXELS}`;
  const buffered: Bounds<string> = [
    `(${xmin} - ${margin})`,
    `(${ymin} - ${margin})`,
    `(${xmax} + ${margin})`,
    `(${ymax} + ${margin})`,
  ];
  return {
    tile,
    buffered,
    tileBbox: envelope(tile),
    bbox: envelope(buffered),
    size,
    pixelSize,
    scaleDenominator: `(${pixelSize} / ${STANDARD_PIXEL})`,
  };
}

const envelope = (bounds: Bounds<string>): string => `ST_MakeEnvelope(${bounds.join(", ")}, 3857)`;
