import type { JsonWriter } from "./json-writer.ts";

const POSTGRES_STYLE =
  /^(?:(-?\d+) years? ?)?(?:([+-]?\d+) mons? ?)?(?:([+-]?\d+) days? ?)?(?:([+-]?)(\d+):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?$/;

/**
 * Writes an interval (IntervalStyle postgres) as an object of those parts that aren't zero: `years`, `months`, `days`,
 * `hours`, `minutes`, `seconds`, `milliseconds`. Each has its sign; text of another style stays a string.
 */
export function encodeInterval(text: Buffer, start: number, end: number, out: JsonWriter): void {
  const value = text.toString("latin1", start, end);
  const match = POSTGRES_STYLE.exec(value);
  if (match !== null) out.ascii(JSON.stringify(toParts(match)));
  else if (value === "infinity") out.nonFinite("Infinity");
  else if (value === "-infinity") out.nonFinite("-Infinity");
  else out.string(text, start, end);
}

function toParts(match: RegExpExecArray): Record<string, number> {
  const part = (group: number) => Number(match[group] ?? 0);
  const sign = match[4] === "-" ? -1 : 1;
  const microseconds = Number((match[8] ?? "").padEnd(6, "0"));
  const parts = {
    years: part(1),
    months: part(2),
    days: part(3),
    hours: sign * part(5),
    minutes: sign * part(6),
    seconds: sign * part(7),
    milliseconds: (sign * microseconds) / 1000,
  };
  return Object.fromEntries(Object.entries(parts).filter(([, amount]) => amount !== 0));
}
