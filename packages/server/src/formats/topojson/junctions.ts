import { randomInt } from "node:crypto";

const EMPTY = -1;
/** In the place of the first neighbour: lines part here. */
const JUNCTION = -2;

/** Finds the positions where lines that ran together part, or end. Positions are integers from 0. */
export class Junctions {
  // An open hash table: a Map of as many numbers takes several times the memory.
  readonly #positions: Int32Array;
  readonly #before: Int32Array;
  readonly #after: Int32Array;
  readonly #mask: number;
  readonly #shift: number;
  /** Odd, and nobody knows it: else positions could be chosen that all want the same places. */
  readonly #multiplier = randomInt(2 ** 31) * 2 + 1;

  /** For up to `count` different positions. */
  constructor(count: number) {
    const bits = Math.ceil(Math.log2(Math.max(count, 1) * 2));
    const size = 2 ** bits;
    this.#positions = new Int32Array(size).fill(EMPTY);
    this.#before = new Int32Array(size);
    this.#after = new Int32Array(size);
    this.#mask = size - 1;
    this.#shift = 32 - bits;
  }

  /** A line passes `position` between two others. */
  pass(position: number, before: number, after: number): void {
    const slot = this.#slotOf(position);
    if (this.#positions[slot] === EMPTY) {
      this.#positions[slot] = position;
      this.#before[slot] = before;
      this.#after[slot] = after;
      return;
    }
    const [a, b] = [this.#before[slot], this.#after[slot]];
    if ((a === before && b === after) || (a === after && b === before)) return;
    this.#before[slot] = JUNCTION;
  }

  /** A line ends at `position`. */
  end(position: number): void {
    const slot = this.#slotOf(position);
    this.#positions[slot] = position;
    this.#before[slot] = JUNCTION;
  }

  /** Whether lines must be cut at `position`, which was passed. */
  has(position: number): boolean {
    return this.#before[this.#slotOf(position)] === JUNCTION;
  }

  #slotOf(position: number): number {
    let slot = Math.imul(position, this.#multiplier) >>> this.#shift;
    for (let at = this.#positions[slot]; at !== EMPTY && at !== position; at = this.#positions[slot]) {
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }
}
