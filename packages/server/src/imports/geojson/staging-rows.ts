import { CopyBuffer } from "./copy-buffer.ts";
import type { FeatureReader } from "./feature-reader.ts";
import { BREAKS, ESCAPES, type JsonScanner, NESTED, NULL, STRING, UNICODE_ESCAPES } from "./json-scanner.ts";
import { OtherProperties } from "./other-properties.ts";
import { ID_SLOT } from "./slots.ts";
import { writeJson, writeUnescaped } from "./text.ts";
import { TypeGuess } from "./type-guess.ts";

const TAB = 0x09;
const NEWLINE = 0x0a;
const BACKSLASH = 0x5c;
const UPPER_N = 0x4e;

/** Bytes of a NULL and of what divides it from the next value. */
const NULL_BYTES = 3;

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
  readonly #others: OtherProperties;
  readonly #out = new CopyBuffer();

  constructor(scanner: JsonScanner, reader: FeatureReader) {
    this.#scanner = scanner;
    this.#reader = reader;
    this.#others = new OtherProperties(scanner, reader, this.types);
  }

  /** Whether something was written since the last {@link take}. */
  get hasSome(): boolean {
    return this.#out.at > 0;
  }

  /** Whether what was written is enough for a chunk. */
  get isFull(): boolean {
    return this.#out.isFull;
  }

  /** Hands out what was written since the last time; the buffer is the caller's. */
  take(): Buffer {
    return this.#out.take();
  }

  /** Writes the row that was read last. @param length Bytes that it has in the file. */
  write(length: number): void {
    const { slots, shape, marks } = this.#reader;
    const { staged } = slots;
    const out = this.#out;
    out.reserve(((marks & ESCAPES) === 0 ? length : 2 * length) + NULL_BYTES * (staged.length + 3));
    if (shape === "features") {
      this.#writeGeometry();
      this.#writeValue(ID_SLOT);
    }
    for (let i = 0; i < staged.length; i++) this.#writeValue(staged[i] as number);
    if (this.#others.write(out)) out.push(TAB);
    else this.#writeNull();
    out.bytes[out.at - 1] = NEWLINE;
    this.rows++;
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
    out.push(BACKSLASH);
    out.push(UPPER_N);
    out.push(TAB);
  }

  #writeString(start: number, end: number, marks: number): void {
    if ((marks & UNICODE_ESCAPES) === 0) {
      this.#copy(start, end);
      return;
    }
    const out = this.#out;
    out.at = writeUnescaped(this.#scanner.bytes, { start, end }, { out: out.bytes, at: out.at });
    out.push(TAB);
  }

  #writeJson(start: number, end: number, marks: number): void {
    if ((marks & (BREAKS | ESCAPES)) === 0) {
      this.#copy(start, end);
      return;
    }
    const out = this.#out;
    out.at = writeJson(this.#scanner.bytes, { start, end }, { out: out.bytes, at: out.at });
    out.push(TAB);
  }

  #copy(start: number, end: number): void {
    this.#out.copy(this.#scanner.bytes, start, end);
    this.#out.push(TAB);
  }
}
