import type { CopyBuffer } from "./copy-buffer.ts";
import type { FeatureReader } from "./feature-reader.ts";
import { type JsonScanner, NESTED, NULL, STRING, UNICODE_ESCAPES } from "./json-scanner.ts";
import { compactJson, escapeCopy, mendText, parseString, writeJson } from "./text.ts";
import type { TypeGuess } from "./type-guess.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Bytes around a value. */
const AROUND = 8;

/** Writes the properties that have no column of their own as one JSON object of their texts. */
export class OtherProperties {
  readonly #scanner: JsonScanner;
  readonly #reader: FeatureReader;
  readonly #types: TypeGuess;
  /** The names as members begin with them, by slot. */
  readonly #keys: Buffer[] = [];

  constructor(scanner: JsonScanner, reader: FeatureReader, types: TypeGuess) {
    this.#scanner = scanner;
    this.#reader = reader;
    this.#types = types;
  }

  /** Writes the object of the row that was read last, unless it would be empty. @returns Whether it was not. */
  write(out: CopyBuffer): boolean {
    const { slots } = this.#reader;
    let before = OPEN_BRACE;
    for (const slot of slots.others) {
      if (slots.kindOf(slot) === NULL) {
        this.#types.addNull(slot);
        continue;
      }
      this.#types.add(slot, slots, this.#scanner.bytes);
      const key = this.#keyOf(slot);
      out.reserve(key.length + AROUND);
      out.push(before);
      out.copy(key, 0, key.length);
      this.#writeText(slot, out);
      before = COMMA;
    }
    if (before === OPEN_BRACE) return false;
    out.push(CLOSE_BRACE);
    return true;
  }

  #writeText(slot: number, out: CopyBuffer): void {
    const { slots } = this.#reader;
    const { bytes } = this.#scanner;
    const kind = slots.kindOf(slot);
    const start = slots.starts[slot] as number;
    const end = slots.ends[slot] as number;
    const hasUnicode = ((slots.marks[slot] as number) & UNICODE_ESCAPES) !== 0;
    if (kind === NESTED || hasUnicode) {
      const isText = kind === STRING;
      const text = isText ? mendText(parseString(bytes.subarray(start + 1, end - 1))) : compactJson(bytes, start, end);
      const value = Buffer.from(escapeCopy(JSON.stringify(text)));
      out.reserve(value.length + AROUND);
      out.copy(value, 0, value.length);
      return;
    }
    out.reserve(2 * (end - start) + AROUND);
    if (kind === STRING) out.at = writeJson(bytes, { start, end }, { out: out.bytes, at: out.at });
    else {
      out.push(QUOTE);
      out.copy(bytes, start, end);
      out.push(QUOTE);
    }
  }

  #keyOf(slot: number): Buffer {
    const known = this.#keys[slot];
    if (known !== undefined) return known;
    const key = Buffer.from(escapeCopy(`${JSON.stringify(this.#reader.keys.names[slot])}:`));
    this.#keys[slot] = key;
    return key;
  }
}
