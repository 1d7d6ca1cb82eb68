import { BACKSLASH, QUOTE, SPACE } from "./ascii.ts";
/** What becomes of NaN and the infinities, which JSON has no numbers for. */
export type NonFinite = "string" | "null";

/**
 * Writes one value, from PostgreSQL's text to JSON.
 *
 * `text` from `start` to `end` is the type's own output: COPY's and array's escapes are undone.
 */
export type ValueEncoder = (text: Buffer, start: number, end: number, out: JsonWriter) => void;

/** Up to this length a loop beats a native call. */
const LOOP_LIMIT = 64;
/** From this length on control characters are counted before space is reserved. */
const COUNT_FROM = 4096;
const HEX = Buffer.from("0123456789abcdef");
const CONTROL = Buffer.from("\\u00");

/** Bytes that a string of this text takes as JSON, at most, without its quotes. */
export function expandedLength(text: Buffer, start: number, end: number): number {
  const length = end - start;
  // Counting costs time, and six times a long text would be much space.
  if (length < COUNT_FROM) return length * 6;
  let controls = 0;
  for (let p = start; p < end; p++) if ((text[p] as number) < SPACE) controls++;
  return length * 2 + controls * 4;
}

/** JSON under construction, in one buffer that grows. */
export class JsonWriter {
  bytes: Buffer = Buffer.alloc(0);
  /** Where the next byte goes. */
  at = 0;
  readonly #nonFinite: NonFinite;

  constructor(nonFinite: NonFinite) {
    this.#nonFinite = nonFinite;
  }

  /** Makes room for `more` bytes. */
  reserve(more: number): void {
    const needed = this.at + more;
    if (needed <= this.bytes.length) return;
    const bytes = Buffer.allocUnsafe(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(bytes, 0, 0, this.at);
    this.bytes = bytes;
  }

  /** Writes ASCII as it is. */
  ascii(text: string): void {
    this.reserve(text.length);
    const out = this.bytes;
    let at = this.at;
    for (let i = 0; i < text.length; i++) out[at++] = text.charCodeAt(i);
    this.at = at;
  }

  /** Writes one byte. */
  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.at++] = value;
  }

  /** Writes bytes that are JSON already. */
  copy(text: Buffer, start: number, end: number): void {
    this.reserve(end - start);
    if (end - start > LOOP_LIMIT) {
      this.at += text.copy(this.bytes, this.at, start, end);
      return;
    }
    const out = this.bytes;
    let at = this.at;
    for (let p = start; p < end; p++) out[at++] = text[p] as number;
    this.at = at;
  }

  /** Writes `NaN`, `Infinity` or `-Infinity` as the document's dialect wants them. */
  nonFinite(name: string): void {
    this.ascii(this.#nonFinite === "null" ? "null" : `"${name}"`);
  }

  /** Writes UTF-8 text as a JSON string. */
  string(text: Buffer, start: number, end: number): void {
    this.reserve(expandedLength(text, start, end) + 2);
    const out = this.bytes;
    let at = this.at;
    out[at++] = QUOTE;
    for (let p = start; p < end; p++) {
      const c = text[p] as number;
      if (c < SPACE) {
        for (let j = 0; j < 4; j++) out[at++] = CONTROL[j] as number;
        out[at++] = HEX[c >> 4] as number;
        out[at++] = HEX[c & 15] as number;
      } else {
        if (c === QUOTE || c === BACKSLASH) out[at++] = BACKSLASH;
        out[at++] = c;
      }
    }
    out[at++] = QUOTE;
    this.at = at;
  }
}
