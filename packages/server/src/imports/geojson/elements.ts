import { BREAKS, type JsonScanner, Unexpected } from "./json-scanner.ts";
import type { Window } from "./window.ts";

const TAB = 0x09;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const RECORD_SEPARATOR = 0x1e;
const SPACE = 0x20;
const CLOSE_BRACKET = 0x5d;

/** The values that a file's rows are written as, one behind the other. */
export interface Elements {
  /** What people call the row of the value that {@link next} found: its number, or its line; from 1. */
  readonly row: number;
  /** Finds the next value. @returns Its position; or -1 - the position behind the last one. */
  next(at: number): number;
  /** Checks what follows a value that ends at `end`. @returns Position to go on from. */
  close(end: number): number;
  /** Takes the value that {@link next} found. @param marks Those of the value. */
  take(start: number, end: number, marks: number): void;
  /** Where to go on behind a value that is no JSON; undefined if nowhere. */
  recover(start: number): number | undefined;
}

/** The elements of an array. */
export class ArrayElements implements Elements {
  row = 1;
  readonly #scanner: JsonScanner;

  constructor(scanner: JsonScanner) {
    this.#scanner = scanner;
  }

  next(at: number): number {
    const scanner = this.#scanner;
    if (this.row > 1) return scanner.skipSeparator(at, CLOSE_BRACKET);
    const p = scanner.skipSpace(at);
    return scanner.bytes[p] === CLOSE_BRACKET ? -2 - p : p;
  }

  close(end: number): number {
    return end;
  }

  take(): void {
    this.row++;
  }

  recover(): undefined {}
}

/** The only value of a file. */
export class SingleElement implements Elements {
  readonly row = 1;
  #taken = false;

  next(at: number): number {
    return this.#taken ? -1 - at : at;
  }

  close(end: number): number {
    return end;
  }

  take(): void {
    this.#taken = true;
  }

  recover(): undefined {}
}

/**
 * Values that follow each other: one a line, or each behind a record separator (RFC 8142).
 *
 * A value that is no JSON costs its own line only, or what lies before the next separator.
 */
export class SequenceElements implements Elements {
  /** Lines are counted, or texts where separators divide them. */
  row = 1;
  readonly #scanner: JsonScanner;
  readonly #window: Window;
  readonly #separator: number;
  /** Lines, or texts, before the position that was reached. */
  #before = 0;

  /** @param separator A newline or a record separator. */
  constructor(window: Window, separator: number) {
    this.#scanner = window.scanner;
    this.#window = window;
    this.#separator = separator;
  }

  next(at: number): number {
    const { bytes } = this.#scanner;
    let p = at;
    let lines = 0;
    for (let c = bytes[p] as number; isBetween(c); c = bytes[++p] as number) if (c === NEWLINE) lines++;
    this.row = this.#before + 1 + (this.#separator === NEWLINE ? lines : 0);
    if (p < this.#window.end) return p;
    if (!this.#window.ended) throw new Unexpected(p, "a feature");
    return -1 - p;
  }

  close(end: number): number {
    const { bytes } = this.#scanner;
    let p = end;
    while (bytes[p] === SPACE || bytes[p] === TAB || bytes[p] === CARRIAGE_RETURN) p++;
    const isEnd = p >= this.#window.end && this.#window.ended;
    if (isEnd || bytes[p] === NEWLINE || bytes[p] === RECORD_SEPARATOR) return p;
    throw new Unexpected(p, "the end of the line");
  }

  take(start: number, end: number, marks: number): void {
    this.#before = this.row;
    if (this.#separator === RECORD_SEPARATOR) return;
    this.#before--;
    if ((marks & BREAKS) === 0) return;
    const { bytes } = this.#scanner;
    for (let p = bytes.indexOf(NEWLINE, start); p >= 0 && p < end; p = bytes.indexOf(NEWLINE, p + 1)) this.#before++;
  }

  recover(start: number): number {
    const { end, ended } = this.#window;
    const found = this.#scanner.bytes.subarray(start, end).indexOf(this.#separator);
    if (found >= 0) return start + found;
    if (!ended) throw new Unexpected(end, "the end of the line");
    return end;
  }
}

const isBetween = (c: number): boolean =>
  c === NEWLINE || c === SPACE || c === CARRIAGE_RETURN || c === TAB || c === RECORD_SEPARATOR;
