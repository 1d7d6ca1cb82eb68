import { isUtf8 } from "node:buffer";
import { fieldEnd, RowSplitter, unescapeCopy } from "../../formats/copy-text.ts";
import { type GeometryText, geometryText } from "../csv/geometry-text.ts";
import { type FirstPoint, firstPoint } from "./ewkb.ts";
import { PlainEscapes } from "./plain-escapes.ts";

const NEWLINE = 0x0a;
const NUL = 0;
/** Geometries that are looked at. */
const SAMPLE = 100;

/** Bytes of a geometry that are looked at. */
const HEX_BYTES = 1024;

/** What is looked at in rows on their way. */
export interface RowScanOptions {
  /** Place of the geometry among the columns, and who hears of the first ones. */
  geometry: { at: number; onGeometry(first: FirstPoint): void } | undefined;
  /** Place of a column of texts that may be geometries. */
  candidate: number | undefined;
}

/** Rows of COPY text on their way to the database: made whole and clean, counted, and looked at. */
export class RowScan {
  rows = 0;
  readonly #options: RowScanOptions;
  #seen = 0;
  #text: GeometryText | undefined;
  #hasText = false;

  constructor(options: RowScanOptions) {
    this.#options = options;
  }

  /** How the first text of the candidate is a geometry; undefined where it is none. */
  get geometryText(): GeometryText | undefined {
    return this.#text;
  }

  /**
   * The same rows, each chunk ending with a whole one.
   *
   * What is no UTF-8, or NUL, for which PostgreSQL has no text, becomes U+FFFD.
   */
  async *pass(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
    const splitter = new RowSplitter();
    const escapes = new PlainEscapes();
    for await (const chunk of chunks) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      escapes.write(bytes);
      const rows = splitter.push(bytes);
      if (rows !== undefined) yield this.#take(rows);
    }
  }

  #take(rows: Buffer): Buffer {
    const clean = toText(rows);
    for (let at = 0; at < clean.length; at = endOfRow(clean, at)) {
      this.rows++;
      this.#look(clean, at);
    }
    return clean;
  }

  #look(rows: Buffer, start: number): void {
    const { geometry, candidate } = this.#options;
    if (geometry && this.#seen < SAMPLE) {
      const [from, to] = fieldAt(rows, start, geometry.at);
      const hex = rows.toString("latin1", from, Math.min(to, from + HEX_BYTES));
      const first = hex === "\\N" ? undefined : firstPoint(hex);
      if (first) {
        this.#seen++;
        geometry.onGeometry(first);
      }
    }
    if (candidate === undefined || this.#hasText) return;
    const [from, to] = fieldAt(rows, start, candidate);
    const text = unescapeCopy(rows, from, to);
    if (rows.toString("latin1", from, to) === "\\N" || text.length === 0) return;
    this.#hasText = true;
    this.#text = geometryText(Buffer.from(text), 0, text.length);
  }
}

function endOfRow(rows: Buffer, at: number): number {
  const end = rows.indexOf(NEWLINE, at);
  return end < 0 ? rows.length : end + 1;
}

/** Where the `index`-th field of a row begins and ends. */
function fieldAt(rows: Buffer, start: number, index: number): [from: number, to: number] {
  let from = start;
  for (let i = 0; i < index; i++) from = fieldEnd(rows, from) + 1;
  return [from, fieldEnd(rows, from)];
}

function toText(rows: Buffer): Buffer {
  if (isUtf8(rows) && !rows.includes(NUL)) return rows;
  return Buffer.from(rows.toString("utf8").replaceAll("\0", "\uFFFD"));
}
