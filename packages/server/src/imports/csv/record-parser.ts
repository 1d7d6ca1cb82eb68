import type { TextWindow } from "./text-source.ts";

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;

/** A field as it is meant: without its quotes. */
export interface Field {
  text: Buffer;
  quoted: boolean;
}

/**
 * A record, ended at `end` by a line end or the text's; or that there is no end of it yet, or that a quote never closes.
 *
 * `certain` is false when quotes were found where none may be and a reading had to be chosen.
 */
export type ParsedRecord =
  | { kind: "record"; fields: Field[]; end: number; certain: boolean }
  | { kind: "incomplete" }
  | { kind: "unclosed" };

// What there may be instead of a closing quote.
const INCOMPLETE = -1;
const UNCLOSED = -2;
/** The opening quote is a character like others. */
const NO_OPENING = -3;

/**
 * Reads the record at `from` field by field: the way for records whose quotes aren't where they should be.
 *
 * A quote within an unquoted field stands for itself (`5" pipe`). Blanks around a quoted field are dropped. A quote
 * within a quoted one that neither is doubled nor ends it stands for itself, if the one that ends it follows in the
 * same line (`"he said "no" again"`); a field that begins with a quoted word is taken as it is (`"Foo" Ltd.`).
 */
export function parseRecord(text: TextWindow, from: number, delimiter: number): ParsedRecord {
  return new RecordParser(text, delimiter).parse(from);
}

/** Fields without empty ones beyond `columns`; all of them where one of these has a value. */
export function withoutExtra(fields: readonly Field[], columns: number): readonly Field[] {
  return fields.slice(columns).every(({ text }) => text.length === 0) ? fields.slice(0, columns) : fields;
}

class RecordParser {
  readonly #bytes: Buffer;
  readonly #end: number;
  readonly #last: boolean;
  readonly #delimiter: number;
  #at = 0;
  #certain = true;
  /** Before here no quote closes a field: lines of many quotes would otherwise be searched for each of them. */
  #openUntil = 0;

  constructor({ bytes, end, last }: TextWindow, delimiter: number) {
    this.#bytes = bytes;
    this.#end = end;
    this.#last = last;
    this.#delimiter = delimiter;
  }

  parse(from: number): ParsedRecord {
    this.#at = from;
    const fields: Field[] = [];
    for (;;) {
      const field = this.#field();
      if (typeof field === "string") return { kind: field };
      fields.push(field);
      if (this.#at >= this.#end && !this.#last) return { kind: "incomplete" };
      if (this.#at >= this.#end || this.#bytes[this.#at] !== this.#delimiter) {
        return { kind: "record", fields, end: this.#at, certain: this.#certain };
      }
      this.#at++;
    }
  }

  #field(): Field | "incomplete" | "unclosed" {
    const opening = this.#skipBlanks(this.#at);
    if (opening >= this.#end || this.#bytes[opening] !== QUOTE) return this.#plainField();
    const indented = opening > this.#at;
    const closing = this.#closing(opening, indented);
    if (closing === INCOMPLETE) return "incomplete";
    if (closing === UNCLOSED) return "unclosed";
    if (closing < 0) {
      this.#certain = false;
      return this.#plainField();
    }
    this.#at = this.#skipBlanks(closing + 1);
    return { text: unquoted(this.#bytes.subarray(opening + 1, closing)), quoted: true };
  }

  #plainField(): Field {
    const start = this.#at;
    while (this.#at < this.#end && !this.#isBoundary(this.#at)) this.#at++;
    return { text: this.#bytes.subarray(start, this.#at), quoted: false };
  }

  /** Finds the quote that closes the one at `opening`. @param oneLine Whether it must be in the same line. */
  #closing(opening: number, oneLine: boolean): number {
    if (opening < this.#openUntil) return NO_OPENING;
    const bytes = this.#bytes;
    let odd = false;
    let lines = false;
    for (let p = opening + 1; p < this.#end; p++) {
      const byte = bytes[p] as number;
      if (byte === LINE_FEED || byte === CARRIAGE_RETURN) {
        if (odd || oneLine) return this.#noOpening(p);
        lines = true;
      }
      if (byte !== QUOTE) continue;
      const next = this.#skipBlanks(p + 1);
      if (next >= this.#end && !this.#last) return INCOMPLETE;
      if (bytes[p + 1] === QUOTE && p + 1 < this.#end) {
        p++;
      } else if (next >= this.#end || this.#isBoundary(next)) {
        this.#certain &&= !odd;
        return p;
      } else {
        if (lines) return UNCLOSED;
        // It opens a field of its own.
        if (bytes[p - 1] === this.#delimiter) return NO_OPENING;
        odd = true;
      }
    }
    if (!this.#last) return INCOMPLETE;
    return odd || oneLine ? this.#noOpening(this.#end) : UNCLOSED;
  }

  #noOpening(until: number): number {
    this.#openUntil = until;
    return NO_OPENING;
  }

  #skipBlanks(from: number): number {
    let p = from;
    while (
      p < this.#end &&
      (this.#bytes[p] === SPACE || this.#bytes[p] === TAB) &&
      this.#bytes[p] !== this.#delimiter
    ) {
      p++;
    }
    return p;
  }

  #isBoundary(p: number): boolean {
    const byte = this.#bytes[p];
    return byte === this.#delimiter || byte === LINE_FEED || byte === CARRIAGE_RETURN;
  }
}

function unquoted(text: Buffer): Buffer {
  if (!text.includes(QUOTE)) return text;
  return Buffer.from(text.toString("latin1").replaceAll('""', '"'), "latin1");
}
