import { NULL } from "./json-scanner.ts";

/** Columns that a table may have, besides the three that every table gets. */
export const MAX_COLUMNS = 1597;

/** Slots that a row has: one for each property, by its number, and the last. */
export const SLOTS: number = MAX_COLUMNS + 1;

/** The last slot, for a feature's own `id`. */
export const ID_SLOT: number = SLOTS - 1;

/** What was walked over last: the kind of a value and its marks, as a scanner has them. */
interface Walked {
  kind: number;
  marks: number;
}

/** Where the values of one row are in the bytes, by the number of their property. */
export class Slots {
  /** Where each value begins. */
  readonly starts: Int32Array = new Int32Array(SLOTS);
  /** Where each value ends. */
  readonly ends: Int32Array = new Int32Array(SLOTS);
  /** Marks of each value. */
  readonly marks: Uint8Array = new Uint8Array(SLOTS);
  /** The slots that have a column of their own, in order. */
  staged: readonly number[] = [];
  /** Slots of this row's values that have none, in the order they came. */
  readonly others: number[] = [];
  readonly #isStaged = new Uint8Array(SLOTS);
  readonly #kinds = new Uint8Array(SLOTS);
  readonly #turns = new Int32Array(SLOTS);
  #turn = 0;

  /** Gives columns to these slots of properties, and to no others. */
  stage(slots: readonly number[]): void {
    this.staged = slots;
    this.#isStaged.fill(0);
    for (const slot of [...slots, ID_SLOT]) this.#isStaged[slot] = 1;
  }

  /** Whether a slot has a column of its own. */
  isStaged(slot: number): boolean {
    return this.#isStaged[slot] === 1;
  }

  /** Forgets the row before. */
  clear(): void {
    this.#turn++;
    this.others.length = 0;
  }

  /** Takes a value; one that the row already has is replaced. */
  set(slot: number, start: number, end: number, { kind, marks }: Walked): void {
    if (this.#isStaged[slot] === 0 && this.#turns[slot] !== this.#turn) this.others.push(slot);
    this.starts[slot] = start;
    this.ends[slot] = end;
    this.marks[slot] = marks;
    this.#kinds[slot] = kind;
    this.#turns[slot] = this.#turn;
  }

  /** Kind of a value; NULL where there is none. */
  kindOf(slot: number): number {
    return this.#turns[slot] === this.#turn ? (this.#kinds[slot] as number) : NULL;
  }

  /** Whether the row has a value in `slot`, be it null. */
  has(slot: number): boolean {
    return this.#turns[slot] === this.#turn;
  }
}
