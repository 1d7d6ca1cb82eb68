import { DATE, TIME, TIMESTAMP } from "./kinds.ts";

const TAB = 0x09;
const SPACE = 0x20;
const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const UPPER_T = 0x54;
const UPPER_Z = 0x5a;

/** The kind of what is none of them. */
const NEITHER = 0;

const DAYS = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** Hours that PostgreSQL lets a zone be away from UTC. */
const MAX_ZONE_HOURS = 15;
/** Digits of a second's fraction. */
const MAX_FRACTION = 9;

/**
 * Tells whether a value that begins with four digits and `-` or `/` is a day (`2024-02-29`, `2024/2/9`), or one with a
 * time behind a `T` or a space (`10:00`, `10:00:00.5`, then maybe `Z`, `+02`, `+0200`, `+02:00` or ` UTC`).
 *
 * @returns the bit of a date or of a timestamp, or 0. Only days that there are count, of the years 1 to 9999.
 */
export function dateKind(bytes: Uint8Array, from: number, to: number): number {
  const year = twoDigits(bytes, from) * 100 + twoDigits(bytes, from + 2);
  const separator = bytes[from + 4];
  const month = shortNumber(bytes, from + 5);
  const second = from + 5 + shortLength(bytes, from + 5);
  if (bytes[second] !== separator) return NEITHER;
  const day = shortNumber(bytes, second + 1);
  const p = second + 1 + shortLength(bytes, second + 1);
  if (p > to || year === 0 || !isDay(year, month, day)) return NEITHER;
  if (p === to) return DATE;
  const between = bytes[p] as number;
  if ((between & ~0x20) !== UPPER_T && between !== SPACE) return NEITHER;
  const zone = timeEnd(bytes, p + 1, to);
  return zone !== 0 && isZone(bytes, zone, to) ? TIMESTAMP : NEITHER;
}

/** Tells whether a value is a time of day: `9:30`, `09:30:00`, `09:30:00.25`. @returns its bit, or 0 */
export function timeKind(bytes: Uint8Array, from: number, to: number): number {
  return timeEnd(bytes, from, to) === to ? TIME : NEITHER;
}

function isDay(year: number, month: number, day: number): boolean {
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 1 : 0;
  return day >= 1 && day <= (DAYS[month] ?? 0) + leap;
}

/** Where the time that begins at `from` ends; 0 where none begins. */
function timeEnd(bytes: Uint8Array, from: number, to: number): number {
  let p = from + shortLength(bytes, from);
  if (p === from || shortNumber(bytes, from) > 23 || bytes[p] !== COLON) return 0;
  if (!isSixty(bytes, p + 1)) return 0;
  p += 3;
  if (p < to && bytes[p] === COLON) {
    if (!isSixty(bytes, p + 1)) return 0;
    p += 3;
    if (p < to && bytes[p] === POINT) {
      const fraction = ++p;
      while (p < to && isDigit(bytes[p])) p++;
      if (p === fraction || p - fraction > MAX_FRACTION) return 0;
    }
  }
  return p <= to ? p : 0;
}

/** Whether what is left of a timestamp is its zone, or nothing. */
function isZone(bytes: Uint8Array, from: number, to: number): boolean {
  let p = from;
  if (p === to) return true;
  if (((bytes[p] as number) & ~0x20) === UPPER_Z) return p + 1 === to;
  while (p < to && (bytes[p] === SPACE || bytes[p] === TAB)) p++;
  if (p > from && to - p === 3) return Buffer.from(bytes.subarray(p, to)).toString("latin1") === "UTC";
  if (bytes[p] !== PLUS && bytes[p] !== MINUS) return false;
  if (!isDigit(bytes[p + 1]) || !isDigit(bytes[p + 2]) || twoDigits(bytes, p + 1) > MAX_ZONE_HOURS) return false;
  p += 3;
  if (p === to) return true;
  if (bytes[p] === COLON) p++;
  return isSixty(bytes, p) && p + 2 === to;
}

/** Whether there are two digits below 60. */
const isSixty = (bytes: Uint8Array, p: number): boolean =>
  isDigit(bytes[p]) && isDigit(bytes[p + 1]) && twoDigits(bytes, p) < 60;

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= ZERO && byte <= ZERO + 9;

const twoDigits = (bytes: Uint8Array, p: number): number =>
  ((bytes[p] as number) - ZERO) * 10 + ((bytes[p + 1] as number) - ZERO);

/** Digits at `p`: 0, 1 or 2. */
const shortLength = (bytes: Uint8Array, p: number): number => (isDigit(bytes[p]) ? (isDigit(bytes[p + 1]) ? 2 : 1) : 0);

/** The number of one or two digits at `p`; -1 where there is none. */
function shortNumber(bytes: Uint8Array, p: number): number {
  if (!isDigit(bytes[p])) return -1;
  return isDigit(bytes[p + 1]) ? twoDigits(bytes, p) : (bytes[p] as number) - ZERO;
}
