/** Places that are kept exactly: 16 MB of numbers. */
const MAX_PLACES = 2 ** 21;

/**
 * Knows which number each staged row has in its file: the line that it began in, or a feature's.
 *
 * Rows mostly follow each other, so only the places are kept where they don't. In a file with more than two million of
 * these every second is forgotten, and the number told may be a few too small.
 */
export class RowNumbers {
  readonly #limit: number;
  #rows = new Uint32Array(64);
  #numbers = new Uint32Array(64);
  #places = 0;
  #staged = 0;
  #next = 0;
  #sinceKept = 0;
  /** Only every so many places is kept. */
  #step = 1;

  constructor(limit: number = MAX_PLACES) {
    this.#limit = limit;
  }

  /** Rows so far. */
  get count(): number {
    return this.#staged;
  }

  /** Notes the number of the next staged row. */
  add(number: number): void {
    this.#staged++;
    if (number !== this.#next) this.#keep(number);
    this.#next = number + 1;
  }

  /** Number of the `staged`-th row, from 1; 0 when there is none. */
  rowOf(staged: number): number {
    let low = 0;
    let high = this.#places;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#rows[middle] as number) <= staged) low = middle + 1;
      else high = middle;
    }
    if (low === 0 || staged > this.#staged) return 0;
    return (this.#numbers[low - 1] as number) + staged - (this.#rows[low - 1] as number);
  }

  #keep(number: number): void {
    if (++this.#sinceKept < this.#step) return;
    this.#sinceKept = 0;
    if (this.#places === this.#rows.length) this.#makeRoom();
    this.#rows[this.#places] = this.#staged;
    this.#numbers[this.#places] = number;
    this.#places++;
  }

  #makeRoom(): void {
    if (this.#places < this.#limit) {
      this.#rows = grown(this.#rows);
      this.#numbers = grown(this.#numbers);
      return;
    }
    this.#step *= 2;
    this.#places = Math.ceil(this.#places / 2);
    for (let i = 0; i < this.#places; i++) {
      this.#rows[i] = this.#rows[2 * i] as number;
      this.#numbers[i] = this.#numbers[2 * i] as number;
    }
  }
}

function grown(numbers: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const more = new Uint32Array(numbers.length * 2);
  more.set(numbers);
  return more;
}
