import type { FeatureReader } from "./feature-reader.ts";
import { BREAKS, ESCAPES, type JsonScanner, NESTED, NULL, STRING, UNICODE_ESCAPES } from "./json-scanner.ts";
import { ID_SLOT } from "./slots.ts";
import { compactJson, escapeCopy, mendText, parseString, writeJson, writeUnescaped } from "./text.ts";
import { TypeGuess } from "./type-guess.ts";

const TAB = 0x09;
const NEWLINE = 0x0a;
const BACKSLASH = 0x5c;
const UPPER_N = 0x4e;

/** Values up to here are copied byte by byte: that is faster than a call. */
const SHORT = 48;
/** Bytes from which on a chunk should be taken. */
const FULL = 256 * 1024;
/** Bytes of a new chunk: room for the row that fills it. */
const CHUNK_BYTES = FULL + 64 * 1024;

/**
 * Writes rows as COPY text, a text per value: the geometry and the feature's own id where the rows are features, then
 * those properties that have a column, then a JSON object of the others' texts.
 */
export class StagingRows {
  /** Rows written so far. */
  rows = 0;
  /** What the values of each slot were. */
  readonly types: TypeGuess = new TypeGuess();
  readonly #scanner: JsonScanner;
  readonly #reader: FeatureReader;
  #out = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  #at = 0;

  constructor(scanner: JsonScanner, reader: FeatureReader) {
    this.#scanner = scanner;
    this.#reader = reader;
  }

  /** Whether something was written since the last {@link take}. */
  get hasSome(): boolean {
    return this.#at > 0;
  }

  /** Whether what was written is enough for a chunk. */
  get isFull(): boolean {
    return this.#at >= FULL;
  }

  /** Writes the row that was read last. @param length Bytes that it has in the file. */
  write(length: number): void {
    const { slots, shape, marks } = this.#reader;
    const { columns } = slots;
    this.#reserve(((marks & ESCAPES) === 0 ? length : 2 * length) + 3 * (columns + 3));
    if (shape === "features") {
      this.#writeGeometry();
      this.#writeValue(ID_SLOT);
    }
    for (let slot = 0; slot < columns; slot++) this.#writeValue(slot);
    this.#writeOthers();
    this.#out[this.#at - 1] = NEWLINE;
    this.rows++;
  }

  /** Hands out what was written since the last time; the buffer is the caller's. */
  take(): Buffer {
    const chunk = this.#out.subarray(0, this.#at);
    this.#out = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    this.#at = 0;
    return chunk;
  }

  #reserve(length: number): void {
    const wanted = this.#at + length;
    if (wanted <= this.#out.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(wanted, 2 * this.#at));
    this.#out.copy(grown, 0, 0, this.#at);
    this.#out = grown;
  }

  #writeGeometry(): void {
    const { geometryStart, geometryEnd, geometryMarks } = this.#reader;
    if (geometryStart < 0) this.#writeNull();
    else this.#writeJson(geometryStart, geometryEnd, geometryMarks);
  }

  #writeValue(slot: number): void {
    const { slots } = this.#reader;
    const kind = slots.kindOf(slot);
    if (kind === NULL) {
      if (slots.has(slot)) this.types.addNull(slot);
      this.#writeNull();
      return;
    }
    const start = slots.starts[slot] as number;
    const end = slots.ends[slot] as number;
    this.types.add(slot, slots, this.#scanner.bytes);
    if (kind === STRING) this.#writeString(start + 1, end - 1, slots.marks[slot] as number);
    else if (kind === NESTED) this.#writeJson(start, end, slots.marks[slot] as number);
    else this.#copy(start, end);
  }

  #writeNull(): void {
    const out = this.#out;
    const at = this.#at;
    out[at] = BACKSLASH;
    out[at + 1] = UPPER_N;
    out[at + 2] = TAB;
    this.#at = at + 3;
  }

  #writeString(start: number, end: number, marks: number): void {
    if ((marks & UNICODE_ESCAPES) === 0) this.#copy(start, end);
    else this.#end(writeUnescaped(this.#scanner.bytes, { start, end }, { out: this.#out, at: this.#at }));
  }

  #writeJson(start: number, end: number, marks: number): void {
    if ((marks & (BREAKS | ESCAPES)) === 0) this.#copy(start, end);
    else this.#end(writeJson(this.#scanner.bytes, { start, end }, { out: this.#out, at: this.#at }));
  }

  #end(at: number): void {
    this.#out[at] = TAB;
    this.#at = at + 1;
  }

  #copy(start: number, end: number): void {
    const { bytes } = this.#scanner;
    const out = this.#out;
    let at = this.#at;
    if (end - start > SHORT) at += bytes.copy(out, at, start, end);
    else for (let p = start; p < end; p++) out[at++] = bytes[p] as number;
    this.#end(at);
  }

  /** Few files have properties that their first features don't have, so this may take its time. */
  #writeOthers(): void {
    const { slots, keys } = this.#reader;
    const members: string[] = [];
    for (const slot of slots.others) {
      if (slots.kindOf(slot) === NULL) {
        this.types.addNull(slot);
        continue;
      }
      this.types.add(slot, slots, this.#scanner.bytes);
      members.push(`${JSON.stringify(keys.names[slot])}:${JSON.stringify(this.#textOf(slot))}`);
    }
    if (members.length === 0) {
      this.#writeNull();
      return;
    }
    const json = Buffer.from(escapeCopy(`{${members.join(",")}}`));
    this.#reserve(json.length + 1);
    this.#end(this.#at + json.copy(this.#out, this.#at));
  }

  #textOf(slot: number): string {
    const { slots } = this.#reader;
    const { bytes } = this.#scanner;
    const start = slots.starts[slot] as number;
    const end = slots.ends[slot] as number;
    if (slots.kindOf(slot) === STRING) return mendText(parseString(bytes.subarray(start + 1, end - 1)));
    return compactJson(bytes, start, end);
  }
}
