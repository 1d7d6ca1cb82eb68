/** A tile's place: zoom, column and row from the north-west corner. */
export interface TilePlace {
  z: number;
  x: number;
  y: number;
}

/** The deepest zoom whose tiles' numbers are exact. */
export const MAX_ZOOM = 24;

/** How many tiles there are in the zooms above `z`. */
const above = (z: number): number => (4 ** z - 1) / 3;

/**
 * The number of a tile in a PMTiles archive: zoom after zoom, within one along a Hilbert curve.
 *
 * @see https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md
 */
export function tileId({ z, x, y }: TilePlace): number {
  let [column, row] = [x, y];
  let id = above(z);
  for (let side = 2 ** z / 2; side >= 1; side /= 2) {
    const right = (column & side) > 0 ? 1 : 0;
    const low = (row & side) > 0 ? 1 : 0;
    id += side * side * ((3 * right) ^ low);
    [column, row] = turned({ column, row, side, right, low });
  }
  return id;
}

/** The tile of a number of {@link tileId}. */
export function tilePlace(id: number): TilePlace {
  let z = 0;
  while (above(z + 1) <= id) z++;
  let rest = id - above(z);
  let [x, y] = [0, 0];
  for (let side = 1; side < 2 ** z; side *= 2) {
    const right = Math.floor(rest / 2) & 1;
    const low = (rest & 1) ^ right;
    [x, y] = turned({ column: x, row: y, side, right, low });
    x += side * right;
    y += side * low;
    rest = Math.floor(rest / 4);
  }
  return { z, x, y };
}

/** The curve goes through the quarters on its left in other directions. */
function turned({
  column,
  row,
  side,
  right,
  low,
}: Record<"column" | "row" | "side" | "right" | "low", number>): [number, number] {
  if (low === 1) return [column, row];
  return right === 1 ? [side - 1 - row, side - 1 - column] : [row, column];
}
