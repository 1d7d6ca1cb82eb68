import type { ValueType } from "../reader.ts";
import { BOOLEAN, EXPONENT, INTEGER, REAL, STRING } from "./json-scanner.ts";
import { SLOTS, type Slots } from "./slots.ts";
import { DATE, TIME, TIMESTAMP, temporalKind } from "./temporal.ts";

// What a column was seen to hold, as bits of one number.
const SEEN_BOOLEAN = 1;
const SEEN_INTEGER = 2;
const SEEN_BIGINT = 4;
/** Integers that a bigint can hold, but not a double. */
const SEEN_WIDE = 8;
/** Integers that no bigint can hold. */
const SEEN_HUGE = 16;
const SEEN_REAL = 32;
const SEEN_DATE = 64;
const SEEN_TIMESTAMP = 128;
const SEEN_TIME = 256;
const SEEN_TEXT = 512;
const SEEN_NULL = 1024;

const NUMBERS = SEEN_INTEGER | SEEN_BIGINT | SEEN_WIDE | SEEN_HUGE | SEEN_REAL;
const DATES = SEEN_DATE | SEEN_TIMESTAMP;

const MINUS = 0x2d;
const ZERO = 0x30;
const MAX_INTEGER = 2_147_483_647;
/** Digits that an integer may have and still be a number here; PostgreSQL's numeric ends at 131,072. */
const MAX_DIGITS = 1_000;
/** Shorter numbers without exponent are within a double's range. */
const SAFE_LENGTH = 300;

/** Finds the type that fits all values of each column. */
export class TypeGuess {
  readonly #seen = new Uint16Array(SLOTS);

  /** Takes note of the value in a slot, which must not be null. */
  add(slot: number, slots: Slots, bytes: Buffer): void {
    const seen = this.#seen[slot] as number;
    if ((seen & SEEN_TEXT) === 0) this.#seen[slot] = seen | bitOf(slot, slots, bytes);
  }

  /** Takes note of a null. */
  addNull(slot: number): void {
    this.#seen[slot] = (this.#seen[slot] as number) | SEEN_NULL;
  }

  /** Whether there was a value, be it null. */
  isUsed(slot: number): boolean {
    return this.#seen[slot] !== 0;
  }

  /** The type; text for a column of nulls. */
  typeOf(slot: number): ValueType {
    const seen = (this.#seen[slot] as number) & ~SEEN_NULL;
    if (seen === 0) return "text";
    if (seen === SEEN_BOOLEAN) return "boolean";
    if ((seen & ~NUMBERS) === 0) return numberType(seen);
    if (seen === SEEN_DATE) return "date";
    if ((seen & ~DATES) === 0) return "timestamp with time zone";
    return seen === SEEN_TIME ? "time without time zone" : "text";
  }
}

function bitOf(slot: number, slots: Slots, bytes: Buffer): number {
  const start = slots.starts[slot] as number;
  const end = slots.ends[slot] as number;
  const exponent = ((slots.marks[slot] as number) & EXPONENT) !== 0;
  switch (slots.kindOf(slot)) {
    case INTEGER:
      return integerBit(bytes, start, end);
    case REAL:
      return !exponent && end - start < SAFE_LENGTH ? SEEN_REAL : wildBit(bytes.toString("latin1", start, end));
    case BOOLEAN:
      return SEEN_BOOLEAN;
    case STRING:
      return temporalBit(temporalKind(bytes, start + 1, end - 1));
    default:
      return SEEN_TEXT;
  }
}

function integerBit(bytes: Buffer, start: number, end: number): number {
  const first = bytes[start] === MINUS ? start + 1 : start;
  const digits = end - first;
  if (digits < 10) return SEEN_INTEGER;
  if (digits < 17) {
    const value = integerOf(bytes, first, end);
    if (value <= MAX_INTEGER) return SEEN_INTEGER;
    return value <= Number.MAX_SAFE_INTEGER ? SEEN_BIGINT : SEEN_WIDE;
  }
  if (digits < 19) return SEEN_WIDE;
  if (digits > MAX_DIGITS) return SEEN_TEXT;
  const exact = BigInt(bytes.toString("latin1", start, end));
  return BigInt.asIntN(64, exact) === exact ? SEEN_WIDE : SEEN_HUGE;
}

/** The value of up to 16 digits, exact as far as doubles are. */
function integerOf(bytes: Buffer, start: number, end: number): number {
  let value = 0;
  for (let p = start; p < end; p++) value = value * 10 + ((bytes[p] as number) - ZERO);
  return value;
}

/** What PostgreSQL would not take as a double, as `1e400` and `1e-400`, stays as it is written. */
function wildBit(text: string): number {
  const value = Number(text);
  const isZero = /^[-0.]+(?:e|$)/i.test(text);
  return Number.isFinite(value) && (value !== 0 || isZero) ? SEEN_REAL : SEEN_TEXT;
}

function temporalBit(kind: number): number {
  if (kind === DATE) return SEEN_DATE;
  if (kind === TIMESTAMP) return SEEN_TIMESTAMP;
  return kind === TIME ? SEEN_TIME : SEEN_TEXT;
}

function numberType(seen: number): ValueType {
  if ((seen & SEEN_HUGE) !== 0) return "numeric";
  if ((seen & SEEN_REAL) !== 0) return (seen & SEEN_WIDE) === 0 ? "double precision" : "numeric";
  return seen === SEEN_INTEGER ? "integer" : "bigint";
}
