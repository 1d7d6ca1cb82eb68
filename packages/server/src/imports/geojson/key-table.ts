import { isUtf8 } from "node:buffer";
import { BACKSLASH } from "../../formats/ascii.ts";
import { type JsonScanner, Unexpected } from "./json-scanner.ts";
import { mendText, parseString } from "./text.ts";

const QUOTE = 0x22;

/** Bytes that a name may have: more is an attack, or no name. */
const MAX_KEY_BYTES = 10_000;

/**
 * Names of members, each with a number, found by their bytes.
 *
 * Objects of one file mostly have the same members in the same order, so the name that came last behind the previous
 * one is compared first; that costs a tenth of making a string of it and looking that up.
 */
export class KeyTable {
  /** The names by number. */
  readonly names: string[] = [];
  /** Position of the quote behind the name that {@link read} read. */
  end = 0;
  readonly #scanner: JsonScanner;
  readonly #numbers = new Map<string, number>();
  /** The bytes of each name as it was last written without escapes: those must leave their marks. */
  readonly #spellings: (Buffer | undefined)[] = [];
  /** Number of the name that came last behind each, by number + 1; the first is what objects begin with. */
  readonly #followers: number[] = [0];
  readonly #add: ((count: number) => void) | undefined;

  /**
   * @param known Names to begin with.
   * @param add Called before another name gets a number, with how many have one; may throw. Without it, none gets one.
   */
  constructor(scanner: JsonScanner, known: readonly string[], add?: (count: number) => void) {
    this.#scanner = scanner;
    for (const name of known) this.#append(name);
    this.#add = add;
  }

  /**
   * Reads a name.
   *
   * @param start Position behind its first quote.
   * @param previous Number of the name before it in the same object, or -1.
   * @returns Its number, or -1 if it has none, or is not UTF-8.
   */
  read(start: number, previous: number): number {
    const guess = this.#followers[previous + 1] as number;
    const spelling = this.#spellings[guess];
    if (spelling !== undefined && this.#isAt(start, spelling)) {
      this.end = start + spelling.length;
      return guess;
    }
    const end = this.#scanner.skipString(start);
    this.end = end;
    const number = this.#numberOf(start, end);
    if (number >= 0) this.#followers[previous + 1] = number;
    return number;
  }

  #isAt(start: number, spelling: Buffer): boolean {
    const bytes = this.#scanner.bytes;
    const length = spelling.length;
    for (let i = 0; i < length; i++) if (bytes[start + i] !== spelling[i]) return false;
    return bytes[start + length] === QUOTE;
  }

  #numberOf(start: number, end: number): number {
    if (end - start > MAX_KEY_BYTES) throw new Unexpected(start, `a name of at most ${MAX_KEY_BYTES} bytes`);
    const spelling = this.#scanner.bytes.subarray(start, end);
    if (!isUtf8(spelling)) return -1;
    const isEscaped = spelling.includes(BACKSLASH);
    const name = isEscaped ? mendText(parseString(spelling)) : spelling.toString();
    const known = this.#numbers.get(name);
    if (known === undefined && this.#add === undefined) return -1;
    if (known === undefined) this.#add?.(this.names.length);
    const number = known ?? this.#append(name);
    if (!isEscaped) this.#spellings[number] = Buffer.from(spelling);
    return number;
  }

  #append(name: string): number {
    const number = this.names.push(name) - 1;
    this.#numbers.set(name, number);
    this.#spellings.push(undefined);
    this.#followers.push(number + 1);
    return number;
  }
}
