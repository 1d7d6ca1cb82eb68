import { pgTypeName } from "@carto-ts/protocol";
import type { Column } from "../db/result.ts";
import { COPY_ESCAPES } from "./copy-text.ts";

// Not from ascii.ts: in these loops loading imported bindings would take a sixth to a third of the time.
const TAB = 0x09;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const UPPER_N = 0x4e;
const BACKSLASH = 0x5c;
const LOWER_T = 0x74;

const TRUE = Buffer.from("true");
const FALSE = Buffer.from("false");

const TEXT = 0;
/** `character(n)`, whose padding a cast to text drops. */
const PADDED = 1;
const BOOL = 2;
const SKIP = 3;

/** Most bytes of CSV that a byte of COPY text becomes: a quote is doubled. */
const EXPANSION = 2;
/** Most bytes that a field and the end of its line add besides. */
const OVERHEAD = 16;
/** Outputs above it are handed out in the buffer they were written into, smaller ones copied out of it. */
const COPY_LIMIT = 1 << 20;

/** Quotes a field of CSV where it holds a comma, a quote or a line break, or is empty. */
export function quoteIfNeeded(field: string): string {
  return /[",\r\n]|^$/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

/** Turns rows of COPY text into lines of CSV, for one list of columns. */
export class CsvEncoder {
  readonly #kinds: readonly number[];
  /** The only visible column, or -1. */
  readonly #only: number;
  /** The last visible column, or -1. */
  readonly #last: number;
  #scratch: Buffer = Buffer.alloc(0);

  constructor(columns: readonly Column[], visible: readonly boolean[]) {
    this.#kinds = columns.map(({ oid }, i) => (visible[i] ? kindOf(oid) : SKIP));
    this.#last = visible.lastIndexOf(true);
    this.#only = visible.indexOf(true) === this.#last ? this.#last : -1;
  }

  /** Encodes whole rows, each ended by a newline. The buffer returned is the caller's. */
  encode(text: Buffer): Buffer {
    if (this.#last < 0) return Buffer.alloc(0);
    this.#reserve(Math.min(text.length * EXPANSION, COPY_LIMIT), 0);
    const length = this.#scan(text);
    const out = this.#scratch.subarray(0, length);
    if (length <= COPY_LIMIT) return Buffer.from(out);
    this.#scratch = Buffer.alloc(0);
    return out;
  }

  // One function for speed, as the scanner of JSON.
  #scan(text: Buffer): number {
    const kinds = this.#kinds;
    const columns = kinds.length;
    const only = this.#only;
    const last = this.#last;
    const fixed = columns * OVERHEAD;
    const end = text.length;
    let out = this.#scratch;
    let capacity = out.length;
    let o = 0;
    let p = 0;
    let c = 0;

    while (p < end) {
      // Nearly always enough is left for all of the text, and the end of the row need not be looked for.
      if (o + fixed + EXPANSION * (end - p) > capacity) {
        this.#reserve(o + fixed + EXPANSION * (text.indexOf(NEWLINE, p) - p), o);
        out = this.#scratch;
        capacity = out.length;
      }
      for (let i = 0; i < columns; i++) {
        const begin = o;
        const kind = kinds[i] as number;
        if (text[p] === BACKSLASH && text[p + 1] === UPPER_N) {
          p += 3;
          if (kind === SKIP) continue;
          if (i === only) o = writeEmpty(out, o);
        } else if (kind <= PADDED) {
          let special = false;
          for (;;) {
            c = text[p++] as number;
            if (c > COMMA && c !== BACKSLASH) {
              out[o++] = c;
              continue;
            }
            if (c === TAB || c === NEWLINE) break;
            if (c === BACKSLASH) {
              c = COPY_ESCAPES[text[p++] as number] as number;
              if (c === NEWLINE || c === CARRIAGE_RETURN) special = true;
            } else if (c === QUOTE || c === COMMA) special = true;
            out[o++] = c;
          }
          if (kind === PADDED) while (o > begin && out[o - 1] === SPACE) o--;
          if (o === begin) o = writeEmpty(out, o);
          else if (special) o = quote(out, begin, o);
        } else if (kind === BOOL) {
          const word = text[p] === LOWER_T ? TRUE : FALSE;
          for (let j = 0; j < word.length; j++) out[o++] = word[j] as number;
          p += 2;
        } else {
          do c = text[p++] as number;
          while (c !== TAB && c !== NEWLINE);
          continue;
        }
        if (i < last) out[o++] = COMMA;
      }
      out[o++] = CARRIAGE_RETURN;
      out[o++] = NEWLINE;
    }
    return o;
  }

  /** Makes room for `capacity` bytes, keeping the first `written`. */
  #reserve(capacity: number, written: number): void {
    if (capacity <= this.#scratch.length) return;
    const bytes = Buffer.allocUnsafe(Math.max(capacity, this.#scratch.length * 2));
    this.#scratch.copy(bytes, 0, 0, written);
    this.#scratch = bytes;
  }
}

function kindOf(oid: number): number {
  const type = pgTypeName(oid);
  if (type === "bool") return BOOL;
  return type === "bpchar" ? PADDED : TEXT;
}

function writeEmpty(out: Buffer, at: number): number {
  out[at] = QUOTE;
  out[at + 1] = QUOTE;
  return at + 2;
}

/** Quotes what stands in `out` from `begin` to `end`, in place; returns the new end. */
function quote(out: Buffer, begin: number, end: number): number {
  let quotes = 0;
  for (let p = begin; p < end; p++) if (out[p] === QUOTE) quotes++;
  const newEnd = end + quotes + 2;
  let to = newEnd;
  out[--to] = QUOTE;
  for (let p = end - 1; p >= begin; p--) {
    const c = out[p] as number;
    out[--to] = c;
    if (c === QUOTE) out[--to] = QUOTE;
  }
  out[begin] = QUOTE;
  return newEnd;
}
