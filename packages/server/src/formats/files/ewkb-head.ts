import { BACKSLASH, NEWLINE } from "../ascii.ts";
import { fieldEnd } from "../copy-text.ts";

/** What the head of a geometry's EWKB tells. */
export interface EwkbHead {
  /** From 1, as PostGIS counts: POINT, LINESTRING, POLYGON, MULTIPOINT, … */
  kind: number;
  hasZ: boolean;
  hasM: boolean;
  /** 0 without one. */
  srid: number;
  isEmpty: boolean;
}

const HAS_Z = 0x80000000;
const HAS_M = 0x40000000;
const HAS_SRID = 0x20000000;
const POINT = 1;
const NULL = Buffer.from("\\N");
/** Digits of the byte order and the type. */
const HEAD_DIGITS = 10;
const SRID_DIGITS = 8;

/** Reads the head of hexadecimal EWKB, little-endian as PostGIS writes it. */
export function readEwkbHead(text: Buffer, at: number): EwkbHead {
  const type = word(text, at + 2);
  const hasSrid = (type & HAS_SRID) !== 0;
  const body = at + HEAD_DIGITS + (hasSrid ? SRID_DIGITS : 0);
  const kind = type & 0xff;
  return {
    kind,
    hasZ: (type & HAS_Z) !== 0,
    hasM: (type & HAS_M) !== 0,
    srid: hasSrid ? word(text, at + HEAD_DIGITS) : 0,
    isEmpty: kind === POINT ? text.toString("latin1", body, body + 16) === "000000000000F87F" : word(text, body) === 0,
  };
}

/** 32 bits. */
function word(text: Buffer, at: number): number {
  return Buffer.from(text.toString("latin1", at, at + 8), "hex").readUInt32LE(0);
}

const KINDS: readonly string[] = [
  "GEOMETRY",
  "POINT",
  "LINESTRING",
  "POLYGON",
  "MULTIPOINT",
  "MULTILINESTRING",
  "MULTIPOLYGON",
  "GEOMETRYCOLLECTION",
  "CIRCULARSTRING",
  "COMPOUNDCURVE",
  "CURVEPOLYGON",
  "MULTICURVE",
  "MULTISURFACE",
  "CURVE",
  "SURFACE",
  "POLYHEDRALSURFACE",
  "TIN",
  "TRIANGLE",
];

/** How far a simple kind is from that of several of it. */
const TO_MULTI = 3;

/** What the geometries of a column have in common. */
export class GeometrySurvey {
  readonly #kinds = new Set<number>();
  #first: EwkbHead | undefined;
  #hasZ = false;
  #hasM = false;
  /** Whether each row has a geometry with a position. */
  isWhole = true;

  /**
   * Looks at rows of COPY text whose first column is a geometry.
   *
   * @returns the rows with NULL for what is empty: some writers make a point at 0 0 of it.
   */
  look(rows: Buffer): Buffer {
    const pieces: Buffer[] = [];
    let taken = 0;
    for (let at = 0; at < rows.length; at = rows.indexOf(NEWLINE, at) + 1) {
      if (rows[at] === BACKSLASH) {
        this.isWhole = false;
        continue;
      }
      const head = readEwkbHead(rows, at);
      this.#first ??= head;
      this.#kinds.add(head.kind);
      this.#hasZ ||= head.hasZ;
      this.#hasM ||= head.hasM;
      if (!head.isEmpty) continue;
      this.isWhole = false;
      pieces.push(rows.subarray(taken, at), NULL);
      taken = fieldEnd(rows, at);
    }
    return taken === 0 ? rows : Buffer.concat([...pieces, rows.subarray(taken)]);
  }

  /** Reads what a column's type modifier tells, of use where there are no rows. */
  assume(typmod: number): void {
    if (typmod < 0 || this.#first) return;
    const kind = (typmod & 0xfc) >> 2;
    const srid = ((typmod & 0x0fffff00) - (typmod & 0x10000000)) >> 8;
    this.#first = { kind, srid, hasZ: (typmod & 2) !== 0, hasM: (typmod & 1) !== 0, isEmpty: true };
    this.#hasZ = this.#first.hasZ;
    this.#hasM = this.#first.hasM;
    this.#kinds.add(kind);
  }

  /** Reference of the first geometry; 0 without one. */
  get srid(): number {
    return this.#first?.srid ?? 0;
  }

  /** Type of the first geometry as OGR names it; undefined when there was none. */
  get firstType(): string | undefined {
    const first = this.#first;
    return first && typeName(first.kind, first.hasZ, first.hasM);
  }

  /** Type that all geometries have, or can be taken for; undefined when there was none. */
  get commonType(): string | undefined {
    if (!this.#first) return undefined;
    const [least = 0, ...others] = [...this.#kinds].sort((a, b) => a - b);
    const isSame = others.every((kind) => kind === least + TO_MULTI && least <= TO_MULTI);
    return typeName(isSame ? (others[0] ?? least) : 0, this.#hasZ, this.#hasM);
  }
}

function typeName(kind: number, hasZ: boolean, hasM: boolean): string {
  return `${KINDS[kind] ?? "GEOMETRY"}${hasZ ? "Z" : ""}${hasM ? "M" : ""}`;
}
