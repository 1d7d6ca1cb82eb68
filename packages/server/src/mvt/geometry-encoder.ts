import { ByteWriter } from "./byte-writer.ts";
import { COLLECTION, EwkbReader, LINE, POINT, POLYGON, UNKNOWN_PARTS } from "./ewkb-reader.ts";
import { Path, type TileGrid } from "./path.ts";

/** Commands of MVT, each with its count in the higher bits. */
const MOVE_TO = 1;
const LINE_TO = 2;
const CLOSE_PATH = 15;
const COUNT_SHIFT = 3;

/** Bytes that a vertex takes at most. */
const VERTEX_BYTES = 10;

/** What of a geometry is in a tile. */
export interface TileFrame extends TileGrid {
  /** Units of the tile's side. */
  extent: number;
  /** Units around it in which points are in it as well. */
  buffer: number;
}

/**
 * Writes geometries as the commands of MVT.
 *
 * A collection gives its parts of the highest dimension alone. Points beyond the buffer, lines and rings that shrink to
 * a point, polygons whose area is none, and lines and polygons shorter than one unit are left out. Outer rings turn
 * clockwise on the screen, holes against it. Polygons are cut to the frame, lines are not.
 */
export class GeometryEncoder {
  /** The commands of the geometry that was encoded last. */
  readonly commands: ByteWriter = new ByteWriter();
  readonly #reader = new EwkbReader();
  readonly #path: Path;
  readonly #lowest: number;
  readonly #highest: number;
  #x = 0;
  #y = 0;

  constructor(frame: TileFrame) {
    this.#path = new Path(frame);
    this.#lowest = -frame.buffer;
    this.#highest = frame.extent + frame.buffer;
  }

  /**
   * Encodes the EWKB that begins at `start`.
   *
   * @returns MVT's type of geometry, 1 for points, 2 for lines, 3 for polygons; 0 where nothing is left of it.
   */
  encode(view: DataView, start: number): number {
    const reader = this.#reader;
    reader.view = view;
    reader.at = start;
    const type = reader.skipGeometry();
    this.commands.at = 0;
    if (type === 0 || type === UNKNOWN_PARTS) return 0;
    reader.at = start;
    this.#x = 0;
    this.#y = 0;
    this.#path.forget();
    const outer = this.#writeParts(type);
    if (type === POINT) this.#writePoints();
    // ST_AsMVTGeom doesn't measure collections.
    else if (outer !== COLLECTION && this.#path.isTiny) return 0;
    return this.commands.at > 0 ? type : 0;
  }

  /** Writes the parts of type `wanted` of the geometry that the reader is at; returns the type of the whole. */
  #writeParts(wanted: number): number {
    const reader = this.#reader;
    const type = reader.readHead();
    if (type > POLYGON) for (let count = reader.readCount(); count > 0; count--) this.#writeParts(wanted);
    else if (type !== wanted) reader.skipBody(type);
    else if (type === POINT) this.#path.readPoint(reader);
    else if (type === LINE) this.#writeLine();
    else this.#writePolygon();
    return type;
  }

  /** Writes the points that are in the frame, each once. */
  #writePoints(): void {
    const { units, length } = this.#path;
    const seen = length > 2 ? new Set<number>() : undefined;
    let kept = 0;
    for (let i = 0; i < length; i += 2) {
      const x = units[i] as number;
      const y = units[i + 1] as number;
      if (!this.#isInFrame(x, y) || (seen && isRepeated(seen, x, y))) continue;
      units[kept] = x;
      units[kept + 1] = y;
      kept += 2;
    }
    this.#path.length = kept;
    if (kept > 0) this.#writeRun(MOVE_TO, 0, kept);
  }

  #isInFrame(x: number, y: number): boolean {
    const lowest = this.#lowest;
    const highest = this.#highest;
    return x >= lowest && x <= highest && y >= lowest && y <= highest;
  }

  #writeLine(): void {
    const path = this.#path;
    path.read(this.#reader);
    if (path.length > 2) this.#writePath();
  }

  #writePolygon(): void {
    const path = this.#path;
    const { at } = this.commands;
    const x = this.#x;
    const y = this.#y;
    let remaining = 0;
    for (let rings = this.#reader.readCount(), ring = 0; ring < rings; ring++) {
      path.read(this.#reader);
      path.open();
      path.clipRing(this.#lowest, this.#highest);
      const area = path.length > 4 ? path.doubledArea() : 0;
      const isOuter = ring === 0;
      if (isOuter) remaining = Math.abs(area);
      else if (remaining > 0) remaining -= Math.abs(area);
      if (area === 0 || remaining <= 0) continue;
      if (area > 0 !== isOuter) path.reverse();
      this.#writePath();
      this.commands.byte(CLOSE_PATH);
    }
    if (remaining > 0) return;
    // Nothing of it can be seen: its holes take away all of it, or it had none.
    this.commands.at = at;
    this.#x = x;
    this.#y = y;
  }

  /** Writes the path: a move to its first vertex, lines to the others. */
  #writePath(): void {
    this.#writeRun(MOVE_TO, 0, 2);
    this.#writeRun(LINE_TO, 2, this.#path.length);
  }

  /** Writes one command for the vertices from `start` to `end`, in numbers of the path. */
  #writeRun(command: number, start: number, end: number): void {
    const { commands } = this;
    const { units } = this.#path;
    commands.varint((((end - start) >> 1) << COUNT_SHIFT) | command);
    commands.reserve((end - start) * (VERTEX_BYTES >> 1));
    let x = this.#x;
    let y = this.#y;
    for (let i = start; i < end; i += 2) {
      const nextX = units[i] as number;
      const nextY = units[i + 1] as number;
      commands.varint(zigzag(nextX - x));
      commands.varint(zigzag(nextY - y));
      x = nextX;
      y = nextY;
    }
    this.#x = x;
    this.#y = y;
  }
}

function zigzag(value: number): number {
  return (value << 1) ^ (value >> 31);
}

function isRepeated(seen: Set<number>, x: number, y: number): boolean {
  const { size } = seen;
  // In the frame both are far below 2^25.
  seen.add(x * 2 ** 26 + y);
  return seen.size === size;
}
