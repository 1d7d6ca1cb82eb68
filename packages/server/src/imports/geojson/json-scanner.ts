// Not from formats/ascii.ts: in these loops loading imported bindings takes a good part of the time.
const TAB = 0x09;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const LOWER_E = 0x65;
const LOWER_F = 0x66;
const LOWER_N = 0x6e;
const LOWER_T = 0x74;
const LOWER_U = 0x75;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const TRUE = Buffer.from("true");
const FALSE = Buffer.from("false");
const NULL_WORD = Buffer.from("null");

/** Letters that may follow a backslash, besides `u` and its digits. */
const isEscape = byteSet('"\\/bfnrt');
const isHex = byteSet("0123456789abcdefABCDEF");

/** Kinds of values. */
export const NULL = 0;
/** `true` or `false`. */
export const BOOLEAN = 1;
/** A number without fraction and exponent. */
export const INTEGER = 2;
/** Any other number. */
export const REAL = 3;
/** A string, its quotes included. */
export const STRING = 4;
/** An object or an array. */
export const NESTED = 5;

/** Mark of a value with line breaks or tabs between its tokens. */
export const BREAKS = 1;
/** Mark of a value with backslashes in its strings. */
export const ESCAPES = 2;
/** Mark of a value with `\u` in its strings. */
export const UNICODE_ESCAPES = 4;
/** Mark of a value whose strings hold other bytes than ASCII's; whether they are UTF-8 was not looked at. */
export const BEYOND_ASCII = 8;

/** Mark of a value with a number that has an exponent. */
export const EXPONENT = 16;

/** Objects and arrays that may lie in each other. */
const MAX_DEPTH = 100;

/** Something else than JSON allows, or the end of the bytes, at a position. */
export class Unexpected extends Error {
  override readonly name = "Unexpected";
  /** Index of the byte. */
  readonly at: number;
  /** What JSON wants there, for people. */
  readonly expected: string;

  constructor(at: number, expected: string) {
    super(`expected ${expected}`);
    this.at = at;
    this.expected = expected;
  }
}

/**
 * Walks over JSON in bytes and checks its grammar, without making values of it.
 *
 * Every method takes a position and returns the one behind what it walked over. A NUL must follow the last byte: it
 * fits nowhere, so that no loop has to look for the end, and an {@link Unexpected} at its position says that more bytes
 * are needed.
 */
export class JsonScanner {
  /** The bytes, with a NUL behind the last. */
  bytes: Buffer = Buffer.alloc(1);
  /** Kind of the value walked over last. */
  kind: number = NULL;
  /** Marks of what was walked over since {@link nextMarks}. */
  marks = 0;
  /** Marks of what was walked over before that. */
  earlierMarks = 0;

  /** Begins to gather the marks of one value. */
  nextMarks(): void {
    this.earlierMarks |= this.marks;
    this.marks = 0;
  }

  /** Walks over whitespace. */
  skipSpace(start: number): number {
    const bytes = this.bytes;
    let p = start;
    for (let c = bytes[p] as number; c <= SPACE; c = bytes[++p] as number) {
      if (c === SPACE) continue;
      if (c !== NEWLINE && c !== CARRIAGE_RETURN && c !== TAB) break;
      this.marks |= BREAKS;
    }
    return p;
  }

  /** Walks over a string. @param start Position behind its first quote. @returns Position of its last quote. */
  skipString(start: number): number {
    const bytes = this.bytes;
    let seen = 0;
    let p = start;
    for (let c = bytes[p] as number; c !== QUOTE; c = bytes[p] as number) {
      if (c === BACKSLASH) p = this.#skipEscape(p + 1);
      else if (c < SPACE) throw new Unexpected(p, "the rest of a string and its closing quote");
      else p++;
      seen |= c;
    }
    if (seen >= 0x80) this.marks |= BEYOND_ASCII;
    return p;
  }

  /** Walks over the colon behind a member's name, and the whitespace around it. */
  skipColon(start: number): number {
    const p = this.skipSpace(start);
    if (this.bytes[p] !== COLON) throw new Unexpected(p, '":"');
    return this.skipSpace(p + 1);
  }

  /** Walks over a value. @param depth Objects and arrays that it lies in. */
  skipValue(start: number, depth: number): number {
    const c = this.bytes[start] as number;
    let end: number;
    if (c === QUOTE) {
      end = this.skipString(start + 1) + 1;
      this.kind = STRING;
    } else if (c === MINUS || (c >= ZERO && c <= NINE)) {
      end = this.#skipNumber(start);
    } else if (c === OPEN_BRACKET || c === OPEN_BRACE) {
      if (depth >= MAX_DEPTH) throw new Unexpected(start, `no more than ${MAX_DEPTH} levels of nesting`);
      end = c === OPEN_BRACKET ? this.#skipArray(start + 1, depth + 1) : this.#skipObject(start + 1, depth + 1);
      this.kind = NESTED;
    } else end = this.#skipWord(start, c);
    return end;
  }

  /**
   * Walks over what follows a value in an object or array.
   *
   * @returns Position of the next value or name, or -1 - the position behind `close` where that ended it.
   */
  skipSeparator(start: number, close: number): number {
    const p = this.skipSpace(start);
    const c = this.bytes[p] as number;
    if (c === COMMA) return this.skipSpace(p + 1);
    if (c === close) return -2 - p;
    throw new Unexpected(p, `"," or "${String.fromCharCode(close)}"`);
  }

  #skipArray(start: number, depth: number): number {
    let p = this.skipSpace(start);
    if (this.bytes[p] === CLOSE_BRACKET) return p + 1;
    while (p >= 0) p = this.skipSeparator(this.skipValue(p, depth), CLOSE_BRACKET);
    return -1 - p;
  }

  #skipObject(start: number, depth: number): number {
    let p = this.skipSpace(start);
    if (this.bytes[p] === CLOSE_BRACE) return p + 1;
    while (p >= 0) {
      if (this.bytes[p] !== QUOTE) throw new Unexpected(p, "a member's name in quotes");
      const value = this.skipColon(this.skipString(p + 1) + 1);
      p = this.skipSeparator(this.skipValue(value, depth), CLOSE_BRACE);
    }
    return -1 - p;
  }

  #skipNumber(start: number): number {
    const bytes = this.bytes;
    let p = start;
    this.kind = INTEGER;
    if (bytes[p] === MINUS) p++;
    if (bytes[p] === ZERO) p++;
    else p = this.#skipDigits(p);
    if (bytes[p] === DOT) {
      this.kind = REAL;
      p = this.#skipDigits(p + 1);
    }
    if (((bytes[p] as number) | 0x20) === LOWER_E) {
      this.kind = REAL;
      this.marks |= EXPONENT;
      const sign = bytes[p + 1];
      p = this.#skipDigits(sign === MINUS || sign === 0x2b ? p + 2 : p + 1);
    }
    return p;
  }

  #skipDigits(start: number): number {
    const bytes = this.bytes;
    let p = start;
    for (let c = bytes[p] as number; c >= ZERO && c <= NINE; c = bytes[++p] as number);
    if (p === start) throw new Unexpected(p, "a digit");
    return p;
  }

  #skipWord(start: number, first: number): number {
    this.kind = first === LOWER_N ? NULL : BOOLEAN;
    if (first === LOWER_N) return this.#match(start, NULL_WORD);
    if (first === LOWER_T) return this.#match(start, TRUE);
    if (first === LOWER_F) return this.#match(start, FALSE);
    throw new Unexpected(start, "a value");
  }

  #match(start: number, word: Buffer): number {
    for (let i = 1; i < word.length; i++) {
      if (this.bytes[start + i] !== word[i]) throw new Unexpected(start + i, `"${word.toString()}"`);
    }
    return start + word.length;
  }

  #skipEscape(start: number): number {
    const bytes = this.bytes;
    this.marks |= ESCAPES;
    if (isEscape[bytes[start] as number] === 1) return start + 1;
    if (bytes[start] !== LOWER_U) throw new Unexpected(start, "an escape such as \\n or \\u00e9");
    this.marks |= UNICODE_ESCAPES;
    for (let p = start + 1; p < start + 5; p++) {
      if (isHex[bytes[p] as number] !== 1) throw new Unexpected(p, "a hexadecimal digit");
    }
    return start + 5;
  }
}

function byteSet(characters: string): Uint8Array {
  const set = new Uint8Array(256);
  for (const character of characters) set[character.charCodeAt(0)] = 1;
  return set;
}
