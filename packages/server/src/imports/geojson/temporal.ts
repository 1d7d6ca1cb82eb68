const DASH = 0x2d;
const SLASH = 0x2f;
const COLON = 0x3a;
const DOT = 0x2e;
const SPACE = 0x20;
const PLUS = 0x2b;
const UPPER_T = 0x54;
const UPPER_Z = 0x5a;

/** Not a point in time. */
export const NO_TIME = 0;
/** `2024-02-29` or `2024/02/29` */
export const DATE = 1;
/** A date, `T` or a space, `12:30` with or without seconds, their fraction and a zone. */
export const TIMESTAMP = 2;
/** `12:30:00`, with or without a fraction. */
export const TIME = 3;

/** Longest text that is looked at. */
const MAX_LENGTH = 40;
const DAYS = Uint8Array.of(31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31);

/** Tells which point in time a text is; only what PostgreSQL can cast to that type counts. */
export function temporalKind(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length < 8 || length > MAX_LENGTH) return NO_TIME;
  if (bytes[start + 2] === COLON) return clockEnd(bytes, start, end, true) === end ? TIME : NO_TIME;
  if (length < 10 || !isDate(bytes, start)) return NO_TIME;
  if (length === 10) return DATE;
  const separator = bytes[start + 10];
  if (separator !== UPPER_T && separator !== SPACE) return NO_TIME;
  const zone = clockEnd(bytes, start + 11, end, false);
  return zone > 0 && isZone(bytes, zone, end) ? TIMESTAMP : NO_TIME;
}

function isDate(bytes: Uint8Array, start: number): boolean {
  const separator = bytes[start + 4];
  if ((separator !== DASH && separator !== SLASH) || bytes[start + 7] !== separator) return false;
  const year = twoDigits(bytes, start) * 100 + twoDigits(bytes, start + 2);
  const month = twoDigits(bytes, start + 5);
  const day = twoDigits(bytes, start + 8);
  if (!(year > 0 && month >= 1 && month <= 12 && day >= 1)) return false;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= (month === 2 && !leap ? 28 : (DAYS[month - 1] as number));
}

/** Where `12:30:00.5` ends, or -1 if there is no such thing. Never behind `end`. */
function clockEnd(bytes: Uint8Array, start: number, end: number, seconds: boolean): number {
  if (start + 5 > end || bytes[start + 2] !== COLON) return -1;
  if (!(twoDigits(bytes, start) < 24 && twoDigits(bytes, start + 3) < 60)) return -1;
  let p = start + 5;
  if (p === end || bytes[p] !== COLON) return seconds ? -1 : p;
  if (p + 3 > end || !(twoDigits(bytes, p + 1) < 60)) return -1;
  p += 3;
  if (p === end || bytes[p] !== DOT) return p;
  const fraction = p + 1;
  do p++;
  while (p < end && isDigit(bytes[p] as number));
  return p === fraction ? -1 : p;
}

/** Whether the rest is nothing, `Z`, `+02`, `+0200` or `+02:00`. */
function isZone(bytes: Uint8Array, start: number, end: number): boolean {
  if (start === end) return true;
  const sign = bytes[start];
  const length = end - start;
  if (sign === UPPER_Z) return length === 1;
  if ((sign !== PLUS && sign !== DASH) || length < 3 || !(twoDigits(bytes, start + 1) < 15)) return false;
  if (length === 3) return true;
  const minutes = bytes[start + 3] === COLON ? start + 4 : start + 3;
  return minutes + 2 === end && twoDigits(bytes, minutes) < 60;
}

/** The number at `start`; NaN where there aren't two digits. */
function twoDigits(bytes: Uint8Array, start: number): number {
  const tens = bytes[start] as number;
  const ones = bytes[start + 1] as number;
  return isDigit(tens) && isDigit(ones) ? (tens - 48) * 10 + ones - 48 : Number.NaN;
}

const isDigit = (c: number): boolean => c >= 48 && c <= 57;
