import { randomInt } from "node:crypto";
import { HttpError } from "../../http/errors.ts";
import { IntList } from "./int-list.ts";
import { Junctions } from "./junctions.ts";

/** Positions of all lines, at most: a topology is made in memory, at some 50 bytes each. */
const MAX_POSITIONS = 1_000_000;
/** Positions of work between two steps. */
const STEP = 5_000;
/** Columns of the grid that positions lie on. */
export const GRID = 10_000;

interface Line {
  /** Index of its first position. */
  start: number;
  /** Index behind its last one. */
  end: number;
  isRing: boolean;
}

/**
 * Lines, cut into arcs that are shared where lines run together, whichever way they run.
 *
 * Positions are integers, `y * GRID + x`. Add all lines, then run {@link build}, then read the arcs.
 *
 * @see https://github.com/topojson/topojson-specification
 */
export class Topology {
  readonly #positions = new IntList();
  readonly #lineEnds = new IntList();
  /** For each line 1 where it is a ring, else 0. */
  readonly #rings = new IntList();
  readonly #arcPositions = new IntList();
  readonly #arcEnds = new IntList();
  /** Arcs of the lines, one line after the other; one's complement of those that run the other way. */
  readonly #refs = new IntList();
  readonly #refEnds = new IntList();
  /** A hash table: the last arc in each place, or -1, and for each arc the one before it in the same place. */
  #lastArcs: Int32Array = new Int32Array(0);
  readonly #arcsBefore = new IntList();
  readonly #seed = randomInt(2 ** 32);

  /** Adds a line of two positions or more. @throws {@link HttpError} 413 */
  addLine(positions: readonly number[]): void {
    this.#add(positions, 0);
  }

  /** Adds a ring, which ends as it begins and may come back begun elsewhere. @throws {@link HttpError} 413 */
  addRing(positions: readonly number[]): void {
    this.#add(positions, 1);
  }

  #add(positions: readonly number[], ring: number): void {
    if (this.#positions.length + positions.length > MAX_POSITIONS) {
      throw new HttpError(
        413,
        "a TopoJSON of more than 1,000,000 positions in lines and areas can't be made: simplify the geometry, or ask for geojson",
      );
    }
    for (const position of positions) this.#positions.push(position);
    this.#lineEnds.push(this.#positions.length);
    this.#rings.push(ring);
  }

  /** Finds the arcs. Gives way to other work between the steps of its iteration. */
  *build(): Generator<void, void, undefined> {
    const junctions = new Junctions(this.#positions.length);
    this.#lastArcs = new Int32Array(2 ** Math.ceil(Math.log2(this.#positions.length + 1))).fill(-1);
    yield* this.#forLines((line) => this.#findJunctions(junctions, line));
    yield* this.#forLines((line) => this.#cut(junctions, line));
  }

  /** The arcs of the line that was added as the `line`th, counted from 0, as a JSON array. */
  refsOf(line: number): string {
    const refs: number[] = [];
    for (let i = startOf(this.#refEnds, line); i < this.#refEnds.at(line); i++) refs.push(this.#refs.at(i));
    return `[${refs.join(",")}]`;
  }

  /** All arcs as JSON arrays of steps, the first from the grid's origin, with commas between them; in pieces. */
  *arcs(): Generator<string, void, undefined> {
    let piece = "";
    for (let arc = 0; arc < this.#arcEnds.length; arc++) {
      piece += `${arc === 0 ? "" : ","}[${this.#stepsOf(arc)}]`;
      if (piece.length < 32_768) continue;
      yield piece;
      piece = "";
    }
    yield piece;
  }

  #stepsOf(arc: number): string {
    const steps: string[] = [];
    let [x, y] = [0, 0];
    for (let i = startOf(this.#arcEnds, arc); i < this.#arcEnds.at(arc); i++) {
      const position = this.#arcPositions.at(i);
      const [nextX, nextY] = [position % GRID, Math.floor(position / GRID)];
      steps.push(`[${nextX - x},${nextY - y}]`);
      [x, y] = [nextX, nextY];
    }
    return steps.join(",");
  }

  *#forLines(use: (line: Line) => Generator<void, void, undefined>): Generator<void, void, undefined> {
    let pauseAt = STEP;
    for (let line = 0; line < this.#lineEnds.length; line++) {
      const end = this.#lineEnds.at(line);
      yield* use({ start: startOf(this.#lineEnds, line), end, isRing: this.#rings.at(line) === 1 });
      if (end < pauseAt) continue;
      pauseAt = end + STEP;
      yield;
    }
  }

  *#findJunctions(junctions: Junctions, { start, end, isRing }: Line): Generator<void, void, undefined> {
    const at = (index: number): number => this.#positions.at(index);
    if (isRing) junctions.pass(at(start), at(end - 2), at(start + 1));
    else {
      junctions.end(at(start));
      junctions.end(at(end - 1));
    }
    for (let i = start + 1; i < end - 1; i++) {
      junctions.pass(at(i), at(i - 1), at(i + 1));
      if ((i - start) % STEP === 0) yield;
    }
  }

  /** Adds the line's arcs. */
  *#cut(junctions: Junctions, { start, end, isRing }: Line): Generator<void, void, undefined> {
    const last = end - start - 1;
    const first = isRing ? this.#firstOf(junctions, start, last) : 0;
    let arc: number[] = [];
    for (let i = 0; i <= last; i++) {
      const position = this.#positions.at(start + (isRing ? (first + i) % last : i));
      arc.push(position);
      if ((i + 1) % STEP === 0) yield;
      if (i === 0 || (i < last && !junctions.has(position))) continue;
      this.#addArc(arc);
      arc = [position];
    }
    this.#refEnds.push(this.#refs.length);
  }

  /** Where a ring begins: where it is cut, or else at its least position, so that equal ones begin alike. */
  #firstOf(junctions: Junctions, start: number, length: number): number {
    let first = 0;
    for (let i = 0; i < length; i++) {
      const position = this.#positions.at(start + i);
      if (junctions.has(position)) return i;
      if (position < this.#positions.at(start + first)) first = i;
    }
    return first;
  }

  /** Refers to the arc, which is added where there is none that is the same either way. */
  #addArc(arc: readonly number[]): void {
    const place = hashOf(arc, this.#seed) & (this.#lastArcs.length - 1);
    this.#refs.push(this.#find(place, arc) ?? this.#append(place, arc));
  }

  #find(place: number, arc: readonly number[]): number | undefined {
    for (let same = this.#lastArcs[place] as number; same >= 0; same = this.#arcsBefore.at(same)) {
      if (this.#equals(same, arc)) return same;
      if (this.#equals(same, arc, true)) return ~same;
    }
    return undefined;
  }

  #append(place: number, arc: readonly number[]): number {
    const index = this.#arcEnds.length;
    for (const position of arc) this.#arcPositions.push(position);
    this.#arcEnds.push(this.#arcPositions.length);
    this.#arcsBefore.push(this.#lastArcs[place] as number);
    this.#lastArcs[place] = index;
    return index;
  }

  #equals(index: number, arc: readonly number[], reversed: boolean = false): boolean {
    const start = startOf(this.#arcEnds, index);
    const length = arc.length;
    if (this.#arcEnds.at(index) - start !== length) return false;
    return arc.every((position, i) => this.#arcPositions.at(start + (reversed ? length - 1 - i : i)) === position);
  }
}

const startOf = (ends: IntList, index: number): number => (index === 0 ? 0 : ends.at(index - 1));

/** The same whichever way the arc runs. From a seed that nobody knows, lest somebody makes many arcs of one hash. */
function hashOf(arc: readonly number[], seed: number): number {
  let [forth, back] = [seed, seed];
  for (let i = 0; i < arc.length; i++) {
    forth = mix(forth, arc[i] as number);
    back = mix(back, arc[arc.length - 1 - i] as number);
  }
  return (forth + back) | 0;
}

function mix(hash: number, position: number): number {
  const mixed = Math.imul(hash ^ position, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
