/** Which feature is where on a tile: a UTFGrid of 64 by 64 cells. */
export interface MapGrid<Values = Record<string, unknown>> {
  /** Rows from the north; a character's code says which of the keys its cell has. */
  grid: string[];
  /** The first one is of cells that nothing is in. */
  keys: string[];
  /** What the layer shows of features by `interactivity`, by their keys. */
  data: Record<string, Values>;
}
