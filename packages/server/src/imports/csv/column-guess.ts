import type { ReadOptions, ValueType } from "../reader.ts";
import { type GeometryText, geometryText } from "./geometry-text.ts";
import { COMMA, NUMBER, TEXT, valueType } from "./kinds.ts";
import { kindOf } from "./value-kind.ts";

const QUOTE = 0x22;

/** What a header's name makes of its column. */
export type ColumnRole = "geometry" | "coordinate" | "ordinary";

/** What a column holds. */
export interface GuessedColumn {
  role: ColumnRole;
  type: ValueType;
  /** Whether no row has a value in it; told of a geometry column alone. */
  empty: boolean;
  /** Whether a row has a number in it. */
  numbers: boolean;
  /** Whether a row has a number with a decimal comma in it, if these are numbers. */
  commas: boolean;
  /** How its geometries are written: of a column so named if one value is a geometry, of others if all are. */
  geometry: GeometryText | undefined;
}

/** Options that a guess depends on. */
export type GuessOptions = Pick<ReadOptions, "typeGuessing" | "quotedFieldsGuessing" | "decimalComma">;

/** Finds out from all rows of a table what its columns hold. */
export class ColumnGuess {
  readonly #roles: readonly ColumnRole[];
  readonly #options: GuessOptions;
  /** Kinds of the values so far, by column. */
  readonly #kinds: Uint16Array;
  /** Columns of which more is to be learnt; the first {@link #openCount} count. */
  readonly #open: Uint16Array;
  #openCount = 0;
  /** What values look like so far; undefined is nothing yet, null is no geometry. */
  readonly #geometries: (GeometryText | null | undefined)[];
  readonly #done: Uint8Array;
  #settled = false;

  constructor(roles: readonly ColumnRole[], options: GuessOptions) {
    this.#roles = roles;
    this.#options = options;
    this.#kinds = new Uint16Array(roles.length);
    this.#open = new Uint16Array(roles.length);
    this.#done = new Uint8Array(roles.length);
    this.#geometries = roles.map(() => undefined);
    for (const [column, role] of roles.entries()) {
      if (options.typeGuessing || role === "geometry") this.#open[this.#openCount++] = column;
    }
  }

  /**
   * Learns from a row that is taken.
   *
   * @param ends Where its fields end, by column; each begins behind the end of the one before, the first at `from`.
   */
  onRow(bytes: Buffer, from: number, ends: Int32Array): void {
    const open = this.#open;
    for (let i = 0; i < this.#openCount; i++) {
      const column = open[i] as number;
      const start = column === 0 ? from : (ends[column - 1] as number) + 1;
      const end = ends[column] as number;
      if (start < end) this.#onValue(column, bytes, start, end);
    }
    if (this.#settled) this.#dropSettled();
  }

  /** What the columns hold by now. */
  columns(): GuessedColumn[] {
    const { typeGuessing, decimalComma } = this.#options;
    return this.#roles.map((role, column) => {
      const kinds = this.#kinds[column] as number;
      const commas = decimalComma && (kinds & COMMA) !== 0;
      return {
        role,
        type: typeGuessing ? valueType(kinds, this.#options) : "text",
        empty: kinds === 0 && this.#done[column] === 0,
        numbers: commas || (kinds & NUMBER) !== 0,
        commas,
        geometry: this.#geometries[column] ?? undefined,
      };
    });
  }

  #onValue(column: number, bytes: Buffer, start: number, end: number): void {
    if (bytes[start] !== QUOTE) {
      this.#onPlainValue(column, bytes, start, end);
      return;
    }
    // A field that begins with a quote ends with one.
    if (start + 2 < end) this.#onPlainValue(column, bytes, start + 1, end - 1);
    if (!this.#options.quotedFieldsGuessing) this.#onQuotes(column);
  }

  #onQuotes(column: number): void {
    if (this.#roles[column] === "ordinary") this.#geometries[column] = null;
    this.#addKind(column, TEXT);
  }

  #onPlainValue(column: number, bytes: Buffer, start: number, end: number): void {
    if (this.#geometries[column] !== null) this.#learnGeometry(column, bytes, start, end);
    if (this.#done[column] === 0) this.#addKind(column, kindOf(bytes, start, end));
  }

  #addKind(column: number, kind: number): void {
    const before = this.#kinds[column] as number;
    if ((before | kind) === before) return;
    this.#kinds[column] = before | kind;
    this.#settleIfText(column);
  }

  #learnGeometry(column: number, bytes: Buffer, start: number, end: number): void {
    const geometry = geometryText(bytes, start, end);
    if (this.#roles[column] === "geometry") {
      if (geometry === undefined) return;
      this.#geometries[column] = geometry;
      this.#settle(column);
      return;
    }
    const before = this.#geometries[column];
    if (geometry !== undefined && (before === undefined || before === geometry)) {
      this.#geometries[column] = geometry;
      return;
    }
    this.#geometries[column] = null;
    this.#settleIfText(column);
  }

  /** Nothing is to be learnt of an ordinary column of mixed values. */
  #settleIfText(column: number): void {
    const kinds = this.#kinds[column] as number;
    if (kinds === 0 || this.#geometries[column] !== null || this.#roles[column] !== "ordinary") return;
    if (valueType(kinds, this.#options) === "text") this.#settle(column);
  }

  #settle(column: number): void {
    this.#done[column] = 1;
    this.#settled = true;
  }

  #dropSettled(): void {
    let kept = 0;
    for (let i = 0; i < this.#openCount; i++) {
      const column = this.#open[i] as number;
      if (this.#done[column] === 0) this.#open[kept++] = column;
    }
    this.#openCount = kept;
    this.#settled = false;
  }
}
