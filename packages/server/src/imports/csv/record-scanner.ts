import type { Rejections } from "../rejections.ts";
import type { RowNumbers } from "../row-numbers.ts";
import { countLineEnds, endOfLine, LF, LINE_ENDS, lengthOf, lineEndAt } from "./line-end.ts";
import { type Field, parseRecord, withoutExtra } from "./record-parser.ts";
import { areEmpty, byteFlaw, countFlaw, isBlank, isBroken, wholeCharacters } from "./row-check.ts";
import { RowOutput, writeRecord } from "./row-output.ts";
import type { TextWindow } from "./text-source.ts";

// Not imported: in these loops loading imported bindings would take a good part of the time.
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;

// What `#split` returns instead of a position.
const INCOMPLETE = -1;
const ODD = -2;

/** What ends a COPY before PostgreSQL 18, and how it is a value. */
const MARKER = Buffer.from("\\.");
const QUOTED_MARKER = Buffer.from('"\\."');

/** Bytes that a record may have: all of it is in memory at once. */
export const MAX_RECORD_BYTES: number = 16 * 1024 ** 2;

const UNCLOSED = "its quote is never closed";
const UNPAIRED = "its quotes do not pair";
const TOO_LONG = `it is longer than ${MAX_RECORD_BYTES / 1024 ** 2} MB`;

/** What sees each row that is taken, before it is handed on; it may change bytes in place. */
export interface RowVisitor {
  /** @param ends Where its fields end, by column; each begins behind the end of the one before, the first at `from`. */
  onRow(bytes: Buffer, from: number, ends: Int32Array): void;
}

/** What a scanner works with. */
export interface ScannerOptions {
  columns: number;
  /** Byte between fields. */
  delimiter: number;
  /** Line that the first record begins in. */
  line: number;
  /** WHATWG's name of the encoding that the text was read in. */
  encoding: string;
  visitor: RowVisitor;
  rejections: Rejections;
  /** Takes the line of each row. */
  lines: RowNumbers;
}

/** Finds the records in a file's text and hands on those that COPY can take, in the file's own bytes where it can. */
export class RecordScanner {
  readonly #options: ScannerOptions;
  readonly #columns: number;
  readonly #delimiter: number;
  readonly #output = new RowOutput();
  /** Where the fields of the record at hand end. */
  readonly #ends: Int32Array;
  /** 1 for bytes that end an unquoted field, or make it odd. */
  readonly #stops = new Uint8Array(256);
  /** 1 for bytes that matter within quotes. */
  readonly #inQuotes = new Uint8Array(256);
  #window: TextWindow = { bytes: Buffer.alloc(1), end: 0, last: false };
  #bytes: Buffer = this.#window.bytes;
  #line: number;
  /** Fields of the record at hand. */
  #fields = 0;
  /** Line ends within the quotes of the record at hand. */
  #breaks = 0;
  /** How the rows that are handed on end: as the first of them; -1 before it. */
  #lineEnd = -1;
  /** Where the rows begin that can be handed on as they are. */
  #run = 0;
  /** Whether each row of the window must be looked at. */
  #isSuspect = false;
  /** Whether the rest of a line is being passed over. */
  #skipping = false;

  constructor(options: ScannerOptions) {
    this.#options = options;
    this.#columns = options.columns;
    this.#delimiter = options.delimiter;
    this.#line = options.line;
    this.#ends = new Int32Array(options.columns);
    for (const byte of [LINE_FEED, CARRIAGE_RETURN, QUOTE]) this.#stops[byte] = this.#inQuotes[byte] = 1;
    this.#stops[options.delimiter] = 1;
  }

  /** Scans from `from` on and returns where the first record begins that has no end yet. */
  scan(window: TextWindow, from: number): number {
    this.#window = window;
    this.#bytes = window.bytes;
    this.#probe(from);
    let at = this.#skipping ? this.#skipLine(from) : from;
    this.#run = at;
    while (at < window.end) {
      const next = this.#record(at);
      if (next < 0) break;
      at = next;
    }
    this.#cut(at, at);
    return at;
  }

  /** Takes the rows of the windows scanned so far. */
  take(): Buffer | undefined {
    return this.#output.take();
  }

  /** Finds out by fast searches whether rows must be looked at for what is rare. */
  #probe(from: number): void {
    const { bytes, end, last } = this.#window;
    const { encoding } = this.#options;
    const text = bytes.subarray(from, end);
    const whole = last || encoding !== "utf-8" ? text : text.subarray(0, wholeCharacters(text));
    // A lone column may hold what ends a COPY.
    this.#isSuspect = this.#columns === 1 || text.includes(0) || isBroken(whole, encoding);
  }

  /** Takes or leaves the record at `from`. @returns where the next begins, or a negative number if it has no end yet */
  #record(from: number): number {
    this.#breaks = 0;
    const at = this.#split(from);
    if (at === ODD) return this.#odd(from);
    if (at === INCOMPLETE) return this.#unended(from, UNCLOSED);
    if (at >= this.#window.end && !this.#window.last) return this.#unended(from, TOO_LONG);
    const lineEnd = lineEndAt(this.#window, at);
    if (lineEnd < 0) return INCOMPLETE;
    const next = at + lengthOf(lineEnd);
    if (this.#fields !== this.#columns || lineEnd !== this.#lineEnd || this.#isSuspect) {
      this.#irregular(from, at, lineEnd);
    } else {
      this.#options.visitor.onRow(this.#bytes, from, this.#ends);
      this.#options.lines.add(this.#line);
    }
    this.#line += 1 + this.#breaks;
    return next;
  }

  /** Finds the fields of the record at `from`. @returns where it ends, at a line end or the window's, or INCOMPLETE or ODD */
  #split(from: number): number {
    const bytes = this.#bytes;
    const ends = this.#ends;
    const stops = this.#stops;
    const columns = this.#columns;
    const delimiter = this.#delimiter;
    let field = 0;
    let p = from;
    let byte = 0;
    for (;;) {
      byte = bytes[p] as number;
      if (byte === QUOTE) {
        p = this.#closing(p) + 1;
        if (p === 0) return INCOMPLETE;
        byte = bytes[p] as number;
        if (stops[byte] === 0) return ODD;
      } else {
        while (stops[byte] === 0) byte = bytes[++p] as number;
        if (byte === QUOTE) return ODD;
      }
      if (field < columns) ends[field] = p;
      field++;
      if (byte !== delimiter) break;
      p++;
    }
    this.#fields = field;
    return p;
  }

  /** Finds the quote that closes the one at `opening`; INCOMPLETE where there is none. */
  #closing(opening: number): number {
    const bytes = this.#bytes;
    const inQuotes = this.#inQuotes;
    const end = this.#window.end;
    for (let p = opening + 1; ; p++) {
      let byte = bytes[p] as number;
      while (inQuotes[byte] === 0) byte = bytes[++p] as number;
      if (p >= end) return INCOMPLETE;
      if (byte !== QUOTE) {
        if (byte === LINE_FEED || bytes[p + 1] !== LINE_FEED) this.#breaks++;
      } else if (bytes[p + 1] === QUOTE) {
        p++;
      } else {
        return p;
      }
    }
  }

  /** A record that may be other than COPY wants it. */
  #irregular(from: number, at: number, lineEnd: number): void {
    const next = at + lengthOf(lineEnd);
    if (this.#fields === 1 && isBlank(this.#bytes, from, at)) {
      this.#cut(from, next);
      return;
    }
    if (this.#lineEnd < 0) this.#lineEnd = lineEnd || LF;
    const text = this.#bytes.subarray(from, at);
    const fields = this.#fieldsToKeep(at);
    const flaw = byteFlaw(text, this.#options.encoding) ?? countFlaw(fields, this.#columns);
    if (flaw !== undefined) {
      this.#options.rejections.add(this.#line, flaw, text);
      this.#cut(from, next);
      return;
    }
    this.#ends.fill(at, fields);
    this.#accept(this.#bytes, from);
    const isMarker = this.#columns === 1 && text.equals(MARKER);
    if (this.#fields === this.#columns && lineEnd === this.#lineEnd && !isMarker) return;
    this.#cut(from, next);
    this.#output.add(isMarker ? QUOTED_MARKER : this.#bytes.subarray(from, this.#ends[this.#columns - 1]));
    this.#output.add(Buffer.alloc(this.#columns - fields, this.#delimiter));
    this.#output.add(LINE_ENDS[this.#lineEnd] as Buffer);
  }

  /** Fields of the record at hand, which ends at `at`, without empty ones that are too many. */
  #fieldsToKeep(at: number): number {
    const columns = this.#columns;
    if (this.#fields <= columns) return this.#fields;
    const more = this.#bytes.subarray(this.#ends[columns - 1], at);
    return areEmpty(more, this.#delimiter) ? columns : this.#fields;
  }

  /** A record with quotes where there may be none: it is read as it may be meant, and written anew. */
  #odd(from: number): number {
    const record = parseRecord(this.#window, from, this.#delimiter);
    if (record.kind === "incomplete") return this.#unended(from, UNCLOSED);
    if (record.kind === "unclosed") return this.#rejectLine(from, UNCLOSED);
    const lineEnd = lineEndAt(this.#window, record.end);
    if (lineEnd < 0) return INCOMPLETE;
    if (this.#lineEnd < 0) this.#lineEnd = lineEnd || LF;
    const text = this.#bytes.subarray(from, record.end);
    const next = record.end + lengthOf(lineEnd);
    this.#cut(from, next);
    const fields = withoutExtra(record.fields, this.#columns);
    const unpaired = !record.certain && fields.length !== this.#columns ? UNPAIRED : undefined;
    const flaw = byteFlaw(text, this.#options.encoding) ?? unpaired ?? countFlaw(fields.length, this.#columns);
    if (flaw === undefined) this.#write(fields);
    else this.#options.rejections.add(this.#line, flaw, text);
    this.#line += 1 + countLineEnds(text);
    return next;
  }

  #write(fields: readonly Field[]): void {
    const padding = Array<Field>(this.#columns - fields.length).fill({ text: Buffer.alloc(0), quoted: false });
    const bytes = writeRecord([...fields, ...padding], this.#delimiter, this.#ends);
    this.#accept(bytes, 0);
    this.#output.add(bytes);
    this.#output.add(LINE_ENDS[this.#lineEnd] as Buffer);
  }

  #accept(bytes: Buffer, from: number): void {
    this.#options.visitor.onRow(bytes, from, this.#ends);
    this.#options.lines.add(this.#line);
  }

  /** A record without an end in the window: more is to be read, unless there is no more, or too much. */
  #unended(from: number, reason: string): number {
    const { end, last } = this.#window;
    return last || end - from >= MAX_RECORD_BYTES ? this.#rejectLine(from, reason) : INCOMPLETE;
  }

  /** Leaves out the rest of the line, wherever its record may end. @returns where the line ends */
  #rejectLine(from: number, reason: string): number {
    const at = endOfLine(this.#window, from);
    if (lineEndAt(this.#window, at) < 0) return INCOMPLETE;
    this.#options.rejections.add(this.#line, reason, this.#bytes.subarray(from, at));
    this.#cut(from, at);
    this.#skipping = at >= this.#window.end && !this.#window.last;
    return at;
  }

  #skipLine(from: number): number {
    const at = endOfLine(this.#window, from);
    this.#skipping = at >= this.#window.end && !this.#window.last;
    return at;
  }

  /** Hands on the rows before `from`; what is before `next` is not. */
  #cut(from: number, next: number): void {
    this.#output.add(this.#bytes.subarray(this.#run, from));
    this.#run = next;
  }
}
