import { dateKind, timeKind } from "./calendar.ts";
import { BIGINT, BOOLEAN, COMMA, HUGE, INTEGER, LONG, REAL, TEXT } from "./kinds.ts";

const SPACE = 0x20;
const TAB = 0x09;
const PLUS = 0x2b;
const COMMA_SIGN = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const SLASH = 0x2f;
const ZERO = 0x30;
const COLON = 0x3a;
const LOWER_E = 0x65;

const MAX_INTEGER = Buffer.from("2147483647");
const MAX_EXACT = Buffer.from("9007199254740992");
const MAX_BIGINT = Buffer.from("9223372036854775807");
/** Digits that an integer may have: more are no number of anybody's. */
const MAX_DIGITS = 1_000;
/** Characters of a number without a long exponent that surely fits a double. */
const SURE_LENGTH = 300;

/** How a value goes on, by its first byte. */
const NUMERIC = 1;
const WORD = 2;
const STARTS = new Uint8Array(256);
for (const byte of Buffer.from("0123456789+-.")) STARTS[byte] = NUMERIC;
for (const byte of Buffer.from("tTfFyYnN")) STARTS[byte] = WORD;

/**
 * Tells what the value in `bytes` from `start` to `end` is; one of the bits of kinds.ts, spaces around it aside.
 *
 * Whatever is not {@link TEXT} can be cast by PostgreSQL to the type that `valueType` gives for it.
 */
export function kindOf(bytes: Uint8Array, start: number, end: number): number {
  let from = start;
  let to = end;
  while (from < to && isBlank(bytes[from] as number)) from++;
  while (to > from && isBlank(bytes[to - 1] as number)) to--;
  if (from === to) return TEXT;
  switch (STARTS[bytes[from] as number]) {
    case NUMERIC:
      return numericKind(bytes, from, to);
    case WORD:
      return to - from <= 5 && isBooleanWord(bytes, from, to) ? BOOLEAN : TEXT;
    default:
      return TEXT;
  }
}

const isBlank = (byte: number): boolean => byte === SPACE || byte === TAB;

/** Whether a value of one to five letters means true or false, the first being one that such words begin with. */
function isBooleanWord(bytes: Uint8Array, from: number, to: number): boolean {
  const word = BOOLEAN_WORDS[to - from] as Uint8Array;
  // A letter differs from its capital in one bit.
  for (let i = 0; i < word.length; i++) if (((bytes[from + i] as number) | 0x20) !== word[i]) return false;
  return true;
}

/** The words by their length; a single letter was looked at before. */
const BOOLEAN_WORDS: readonly Uint8Array[] = ["", "", "no", "yes", "true", "false"].map((word) => Buffer.from(word));

/** A value that begins with a digit, a sign or a point: a number, a date or a time. */
function numericKind(bytes: Uint8Array, from: number, to: number): number {
  const sign = bytes[from] as number;
  const digits = sign === MINUS || sign === PLUS ? from + 1 : from;
  let p = digits;
  while (p < to && isDigit(bytes[p] as number)) p++;
  if (p === to) return integerKind(bytes, digits, to, sign === MINUS);
  const next = bytes[p] as number;
  if (next === POINT || (next | 0x20) === LOWER_E) return realKind(bytes, from, p, to);
  if (next === COMMA_SIGN) return p > digits && areDigits(bytes, p + 1, to) ? COMMA : TEXT;
  if (digits !== from) return TEXT;
  if ((next === MINUS || next === SLASH) && p - from === 4) return dateKind(bytes, from, to) || TEXT;
  if (next === COLON && p - from <= 2) return timeKind(bytes, from, to) || TEXT;
  return TEXT;
}

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= ZERO + 9;

function areDigits(bytes: Uint8Array, from: number, to: number): boolean {
  for (let p = from; p < to; p++) if (!isDigit(bytes[p] as number)) return false;
  return from < to;
}

function integerKind(bytes: Uint8Array, from: number, to: number, negative: boolean): number {
  if (from === to) return TEXT;
  if (to - from < 10) return INTEGER;
  let first = from;
  while (first < to - 1 && bytes[first] === ZERO) first++;
  const length = to - first;
  if (length < 10 || fits(bytes, first, length, MAX_INTEGER, negative)) return INTEGER;
  if (length < 16 || fits(bytes, first, length, MAX_EXACT, false)) return BIGINT;
  if (length < 19 || fits(bytes, first, length, MAX_BIGINT, negative)) return LONG;
  return length <= MAX_DIGITS ? HUGE : TEXT;
}

/** Whether digits are at most `limit`, or one more when they are `negative`. */
function fits(bytes: Uint8Array, first: number, length: number, limit: Uint8Array, negative: boolean): boolean {
  if (length !== limit.length) return length < limit.length;
  const last = length - 1;
  for (let i = 0; i < length; i++) {
    const difference = (bytes[first + i] as number) - (limit[i] as number);
    if (difference !== 0) return difference < 0 || (i === last && negative && difference === 1);
  }
  return true;
}

/** A number whose digits before `p`, at a point or an exponent, are known to be such. */
function realKind(bytes: Uint8Array, from: number, point: number, to: number): number {
  let p = point;
  let digits = point - from - (isDigit(bytes[from] as number) || bytes[from] === POINT ? 0 : 1);
  if (bytes[p] === POINT) {
    p++;
    for (; p < to && isDigit(bytes[p] as number); p++) digits++;
  }
  if (digits === 0) return TEXT;
  if (p === to) return to - from <= SURE_LENGTH ? REAL : rangedKind(bytes, from, to);
  if (((bytes[p] as number) | 0x20) !== LOWER_E) return TEXT;
  p++;
  if (bytes[p] === PLUS || bytes[p] === MINUS) p++;
  if (!areDigits(bytes, p, to)) return TEXT;
  return to - p <= 2 && to - from <= SURE_LENGTH / 2 ? REAL : rangedKind(bytes, from, to);
}

/** A number that may be too large for a double, or so small that PostgreSQL refuses to make it zero. */
function rangedKind(bytes: Uint8Array, from: number, to: number): number {
  if (to - from > MAX_DIGITS) return TEXT;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString("latin1");
  const value = Number(text);
  const vanished = value === 0 && /[1-9]/.test(text.split(/e/i, 1)[0] ?? "");
  return Number.isFinite(value) && !vanished ? REAL : TEXT;
}
