import { HttpError } from "../../http/errors.ts";
import { IntList } from "./int-list.ts";
import { Junctions } from "./junctions.ts";

/** Positions of all lines, at most: a topology is made in memory, at some 50 bytes each. */
const MAX_POSITIONS = 1_000_000;
/** Positions of work between two pauses. */
const STEP = 50_000;
/** Columns of the grid that positions lie on. */
export const GRID = 10_000;

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
  /** The last arc of each hash, and for each arc the one before it of the same hash. */
  readonly #lastOfHash = new Map<number, number>();
  readonly #previousOfHash = new IntList();

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
    yield* this.#forLines((start, end, isRing) => this.#findJunctions(junctions, start, end, isRing));
    yield* this.#forLines((start, end, isRing) => {
      if (isRing) this.#cutRing(junctions, start, end);
      else this.#cutLine(junctions, start, end);
      this.#refEnds.push(this.#refs.length);
    });
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
      if (piece.length < 65_536) continue;
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

  *#forLines(use: (start: number, end: number, isRing: boolean) => void): Generator<void, void, undefined> {
    let pauseAt = STEP;
    for (let line = 0; line < this.#lineEnds.length; line++) {
      const end = this.#lineEnds.at(line);
      use(startOf(this.#lineEnds, line), end, this.#rings.at(line) === 1);
      if (end < pauseAt) continue;
      pauseAt = end + STEP;
      yield;
    }
  }

  #findJunctions(junctions: Junctions, start: number, end: number, isRing: boolean): void {
    const at = (index: number): number => this.#positions.at(index);
    if (isRing) junctions.pass(at(start), at(end - 2), at(start + 1));
    else {
      junctions.end(at(start));
      junctions.end(at(end - 1));
    }
    for (let i = start + 1; i < end - 1; i++) junctions.pass(at(i), at(i - 1), at(i + 1));
  }

  #cutLine(junctions: Junctions, start: number, end: number): void {
    let arc: number[] = [];
    for (let i = start; i < end; i++) {
      const position = this.#positions.at(i);
      arc.push(position);
      if (i === start || (i < end - 1 && !junctions.has(position))) continue;
      this.#addArc(arc);
      arc = [position];
    }
  }

  /** Rings begin where they are cut; those that aren't, at their least position, so that equal ones begin alike. */
  #cutRing(junctions: Junctions, start: number, end: number): void {
    const length = end - start - 1;
    let first = 0;
    for (let i = 0; i < length; i++) {
      const position = this.#positions.at(start + i);
      if (junctions.has(position)) {
        first = i;
        break;
      }
      if (position < this.#positions.at(start + first)) first = i;
    }
    let arc = [this.#positions.at(start + first)];
    for (let i = 1; i <= length; i++) {
      const position = this.#positions.at(start + ((first + i) % length));
      arc.push(position);
      if (i < length && !junctions.has(position)) continue;
      this.#addArc(arc);
      arc = [position];
    }
  }

  /** Refers to the arc, which is added where there is none that is the same either way. */
  #addArc(arc: readonly number[]): void {
    const hash = hashOf(arc);
    this.#refs.push(this.#find(hash, arc) ?? this.#append(hash, arc));
  }

  #find(hash: number, arc: readonly number[]): number | undefined {
    for (let same = this.#lastOfHash.get(hash) ?? -1; same >= 0; same = this.#previousOfHash.at(same)) {
      if (this.#equals(same, arc)) return same;
      if (this.#equals(same, arc, true)) return ~same;
    }
    return undefined;
  }

  #append(hash: number, arc: readonly number[]): number {
    const index = this.#arcEnds.length;
    for (const position of arc) this.#arcPositions.push(position);
    this.#arcEnds.push(this.#arcPositions.length);
    this.#previousOfHash.push(this.#lastOfHash.get(hash) ?? -1);
    this.#lastOfHash.set(hash, index);
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

/** The same whichever way the arc runs. */
function hashOf(arc: readonly number[]): number {
  let [forth, back] = [0, 0];
  for (let i = 0; i < arc.length; i++) {
    forth = (Math.imul(forth, 31) + (arc[i] as number)) | 0;
    back = (Math.imul(back, 31) + (arc[arc.length - 1 - i] as number)) | 0;
  }
  return (forth + back) | 0;
}
