import type { JsonWriter } from "./json-writer.ts";

const DAY = 86_400;
const ISO_STYLE =
  /^(\d{4,})-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:([+-])(\d\d)(?::(\d\d)(?::(\d\d))?)?)?)?( BC)?$/;

/**
 * Writes a date, timestamp or timestamptz (DateStyle ISO) as `YYYY-MM-DDTHH:MM:SSZ` in UTC, without its fraction.
 *
 * Years before 0 and after 9999 get ECMAScript's form, a sign and at least six digits: 44 BC is `-000043`. Text of
 * another DateStyle stays a string.
 */
export function encodeTimestamp(text: Buffer, start: number, end: number, out: JsonWriter): void {
  const value = text.toString("latin1", start, end);
  const match = ISO_STYLE.exec(value);
  if (match !== null) out.ascii(`"${toIso(match)}"`);
  else if (value === "infinity") out.nonFinite("Infinity");
  else if (value === "-infinity") out.nonFinite("-Infinity");
  else out.string(text, start, end);
}

function toIso(match: RegExpExecArray): string {
  const part = (group: number) => Number(match[group] ?? 0);
  const offset = (part(8) * 60 + part(9)) * 60 + part(10);
  const east = match[7] === "-" ? -offset : offset;
  const year = match[11] === undefined ? part(1) : 1 - part(1);
  const seconds = toDays(year, part(2), part(3)) * DAY + (part(4) * 60 + part(5)) * 60 + part(6) - east;

  const days = Math.floor(seconds / DAY);
  return `${toDate(days)}T${toTime(seconds - days * DAY)}Z`;
}

/**
 * Days from 1 March of the year 0 to a day of the Gregorian calendar.
 *
 * JavaScript's Date ends in 275760, PostgreSQL's timestamps in 294276 and its dates in 5874897: hence the arithmetic
 * of one's own, in 400-year cycles that begin on 1 March.
 */
export function toDays(year: number, month: number, day: number): number {
  const y = month > 2 ? year : year - 1;
  const cycle = Math.floor(y / 400);
  const yearOfCycle = y - cycle * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return cycle * 146_097 + yearOfCycle * 365 + Math.floor(yearOfCycle / 4) - Math.floor(yearOfCycle / 100) + dayOfYear;
}

function toDate(days: number): string {
  const cycle = Math.floor(days / 146_097);
  const rest = days - cycle * 146_097;
  const leaps = Math.floor(rest / 1460) - Math.floor(rest / 36_524) + Math.floor(rest / 146_096);
  const yearOfCycle = Math.floor((rest - leaps) / 365);
  const dayOfYear = rest - yearOfCycle * 365 - Math.floor(yearOfCycle / 4) + Math.floor(yearOfCycle / 100);
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = ((monthFromMarch + 2) % 12) + 1;
  const year = cycle * 400 + yearOfCycle + (month <= 2 ? 1 : 0);
  return `${toYear(year)}-${pad(month, 2)}-${pad(day, 2)}`;
}

function toYear(year: number): string {
  if (year >= 0 && year <= 9999) return pad(year, 4);
  return `${year < 0 ? "-" : "+"}${pad(Math.abs(year), 6)}`;
}

function toTime(seconds: number): string {
  return `${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}`;
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}
