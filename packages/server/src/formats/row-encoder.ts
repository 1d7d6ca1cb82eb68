import { BOOL, JSON_TEXT, NUMBER, SKIP, STRING, TIMESTAMP } from "./codec.ts";
import { COPY_ESCAPES, fieldEnd, unescapeCopy } from "./copy-text.ts";
import { expandedLength, JsonWriter, type ValueEncoder } from "./json-writer.ts";
import type { RowLayout } from "./row-layout.ts";
import { encodeJson } from "./scalar.ts";

// Not from ascii.ts: in these loops loading imported bindings would take a sixth to a third of the time.
const TAB = 0x09;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const PLUS = 0x2b;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const UPPER_N = 0x4e;
const BACKSLASH = 0x5c;
const LOWER_T = 0x74;
const LOWER_V = 0x76;

const HEX = Buffer.from("0123456789abcdef");
const TRUE = Buffer.from("true");
const FALSE = Buffer.from("false");
const MIDNIGHT = Buffer.from('T00:00:00Z"');
const VERTICAL_TAB = Buffer.from("\\u000b");

/** Most bytes of JSON that a byte of text becomes, as `\u0001` from a control character. */
const EXPANSION = 6;
/** Outputs above it are handed out in the buffer they were written into, smaller ones copied out of it. */
const COPY_LIMIT = 1 << 20;

/** Turns rows of COPY text into rows of JSON, by one layout. */
export class RowEncoder {
  /** Rows written so far. */
  rows = 0;
  readonly #layout: RowLayout;
  readonly #out: JsonWriter;

  constructor(layout: RowLayout) {
    this.#layout = layout;
    this.#out = new JsonWriter(layout.nonFinite);
  }

  /**
   * Encodes whole rows, each ended by a newline.
   *
   * @returns The objects, each with `open`'s separator before it. The buffer is the caller's.
   */
  encode(text: Buffer): Buffer {
    const out = this.#out;
    out.at = 0;
    out.reserve(Math.min(text.length * EXPANSION, COPY_LIMIT));
    this.#scan(text);
    if (out.at > out.bytes.length) throw new RangeError("row outgrew the space reserved for it");
    if (out.at <= COPY_LIMIT) return Buffer.from(out.bytes.subarray(0, out.at));
    const result = out.bytes.subarray(0, out.at);
    out.bytes = Buffer.alloc(0);
    return result;
  }

  // One function, since this is the server's hottest loop: 3.5 M rows/s of five columns, 2.3 × the time of a loop that
  // only copies (bench/encode.mjs). COPY's escapes are JSON's but for \v, so strings need no more than quotes and control
  // characters escaped; bytes of UTF-8 pass as they are. `continue` is behind a value written here, `break` leaves it to
  // its codec.
  #scan(text: Buffer): void {
    const { kinds, encoders, keys, nulls, open, close, lead, fixed } = this.#layout;
    const writer = this.#out;
    const columns = kinds.length;
    const end = text.length;
    let out = writer.bytes;
    let capacity = out.length;
    let o = 0;
    let p = 0;
    let c = 0;

    while (p < end) {
      if (lead >= 0) {
        writer.at = o;
        this.#writeLead(text, p);
        o = writer.at;
        out = writer.bytes;
        capacity = out.length;
      }
      // Nearly always enough is left for all of the text, and the end of the row need not be looked for.
      if (o + fixed + EXPANSION * (end - p) > capacity) {
        out = this.#reserveRow(text, p, o);
        capacity = out.length;
      }
      if (lead < 0) for (let j = 0; j < open.length; j++) out[o++] = open[j] as number;
      if (columns === 0) p++;
      this.rows++;

      for (let i = 0; i < columns; i++) {
        if (text[p] === BACKSLASH && text[p + 1] === UPPER_N) {
          const key = nulls[i] as Buffer;
          for (let j = 0; j < key.length; j++) out[o++] = key[j] as number;
          p += 3;
          continue;
        }
        const key = keys[i] as Buffer;
        for (let j = 0; j < key.length; j++) out[o++] = key[j] as number;

        switch (kinds[i]) {
          case STRING:
            for (;;) {
              c = text[p++] as number;
              if (c > QUOTE) {
                out[o++] = c;
                if (c === BACKSLASH) {
                  c = text[p++] as number;
                  if (c === LOWER_V) for (let j = 1; j < 6; j++) out[o++] = VERTICAL_TAB[j] as number;
                  else out[o++] = c;
                }
              } else if (c === TAB || c === NEWLINE) break;
              else if (c === QUOTE) {
                out[o++] = BACKSLASH;
                out[o++] = QUOTE;
              } else if (c >= SPACE) out[o++] = c;
              else {
                for (let j = 0; j < 4; j++) out[o++] = VERTICAL_TAB[j] as number;
                out[o++] = HEX[c >> 4] as number;
                out[o++] = HEX[c & 15] as number;
              }
            }
            out[o++] = QUOTE;
            continue;

          case NUMBER:
            c = text[p] as number;
            if (c > NINE || (c === MINUS && (text[p + 1] as number) > NINE)) break;
            for (;;) {
              c = text[p++] as number;
              if (c === TAB || c === NEWLINE) break;
              out[o++] = c;
            }
            continue;

          case BOOL:
            if (text[p] === LOWER_T) for (let j = 0; j < 4; j++) out[o++] = TRUE[j] as number;
            else for (let j = 0; j < 5; j++) out[o++] = FALSE[j] as number;
            p += 2;
            continue;

          case JSON_TEXT:
            for (;;) {
              c = text[p++] as number;
              if (c === BACKSLASH) {
                c = COPY_ESCAPES[text[p++] as number] as number;
                out[o++] = c === NEWLINE || c === TAB || c === CARRIAGE_RETURN ? SPACE : c;
              } else if (c === TAB || c === NEWLINE) break;
              else out[o++] = c;
            }
            continue;

          case TIMESTAMP: {
            // An infinity, or a year of more than four digits.
            if (text[p + 4] !== MINUS) break;
            let q = p + 10;
            const timed = text[q] === SPACE;
            if (timed) {
              q += 9;
              if (text[q] === DOT) {
                do c = text[++q] as number;
                while (c >= ZERO && c <= NINE);
              }
              if (text[q] === PLUS && text[q + 1] === ZERO && text[q + 2] === ZERO) q += 3;
            }
            c = text[q] as number;
            if (c !== TAB && c !== NEWLINE) break;
            out[o++] = QUOTE;
            for (let j = 0; j < 10; j++) out[o++] = text[p + j] as number;
            for (let j = 0; j < 11; j++) out[o++] = MIDNIGHT[j] as number;
            if (timed) for (let j = 11; j < 19; j++) out[o + j - 21] = text[p + j] as number;
            p = q + 1;
            continue;
          }

          case SKIP:
            do c = text[p++] as number;
            while (c !== TAB && c !== NEWLINE);
            continue;
        }

        writer.at = o;
        p = this.#writeValue(text, p, encoders[i] as ValueEncoder) + 1;
        o = writer.at;
        out = writer.bytes;
        if (o + fixed + EXPANSION * (end - p) > out.length) out = this.#reserveRow(text, p, o);
        capacity = out.length;
      }
      for (let j = 0; j < close.length; j++) out[o++] = close[j] as number;
    }
    writer.at = o;
  }

  /** Writes the field at `start` by a function; returns where it ends. */
  #writeValue(text: Buffer, start: number, encode: ValueEncoder): number {
    let end = start;
    let escaped = false;
    for (let c = text[end] as number; c !== TAB && c !== NEWLINE; c = text[++end] as number) {
      if (c === BACKSLASH) escaped = true;
    }
    if (!escaped) encode(text, start, end, this.#out);
    else {
      const value = unescapeCopy(text, start, end);
      encode(value, 0, value.length, this.#out);
    }
    return end;
  }

  /** Writes what comes ahead of the members of the row at `start`. */
  #writeLead(text: Buffer, start: number): void {
    const { open, lead, leadOpen } = this.#layout;
    const out = this.#out;
    out.copy(open, 0, open.length);
    let p = start;
    for (let i = 0; i < lead; i++) p = fieldEnd(text, p) + 1;
    if (text[p] === BACKSLASH && text[p + 1] === UPPER_N) out.ascii("null");
    else this.#writeValue(text, p, encodeJson);
    out.copy(leadOpen, 0, leadOpen.length);
  }

  /** Makes room for what the row has from `start` on, behind the `written` bytes. Returns where to write now. */
  #reserveRow(text: Buffer, start: number, written: number): Buffer {
    const out = this.#out;
    const newline = text.indexOf(NEWLINE, start);
    out.at = written;
    out.reserve(this.#layout.fixed + (newline < 0 ? 0 : expandedLength(text, start, newline)));
    return out.bytes;
  }
}
