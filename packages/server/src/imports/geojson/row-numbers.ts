/** Remembers which row of the source became which row of the table: only where their distance changes. */
export class RowNumbers {
  /** Rows of the table, counted from 1, behind each of which the distance is another. */
  readonly #from: number[] = [];
  /** The distance from there on. */
  readonly #distances: number[] = [];
  #rows = 0;

  /** Takes the next row of the table. @param row Its number in the source; larger than that of the one before. */
  add(row: number): void {
    const distance = row - ++this.#rows;
    if (distance === (this.#distances.at(-1) ?? 0)) return;
    this.#from.push(this.#rows);
    this.#distances.push(distance);
  }

  /** Number in the source of the `staged`-th row of the table, from 1. */
  rowOf(staged: number): number {
    let low = 0;
    let high = this.#from.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#from[middle] as number) <= staged) low = middle + 1;
      else high = middle;
    }
    return staged + (this.#distances[low - 1] ?? 0);
  }
}
