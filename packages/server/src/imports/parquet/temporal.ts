const DAY_MS = 86_400_000;
const DAY_MICROS = 86_400_000_000n;
const MICROS = 1_000_000n;

/** Days since 1970 as PostgreSQL writes a date. @throws Error for a day that JavaScript has no name for */
export function dateText(days: number): string {
  const date = new Date(days * DAY_MS);
  if (Number.isNaN(date.getTime())) throw new Error(`it has a date ${days} days from 1970`);
  const year = date.getUTCFullYear();
  const day = `${pad(date.getUTCMonth() + 1, 2)}-${pad(date.getUTCDate(), 2)}`;
  return year > 0 ? `${pad(year, 4)}-${day}` : `${pad(1 - year, 4)}-${day} BC`;
}

/** Microseconds since 1970 as PostgreSQL reads a timestamp in UTC. @throws as {@link dateText} */
export function timestampText(micros: bigint): string {
  const ofDay = ((micros % DAY_MICROS) + DAY_MICROS) % DAY_MICROS;
  const [date = "", era] = dateText(Number((micros - ofDay) / DAY_MICROS)).split(" ");
  return `${date} ${timeText(ofDay)}+00${era ? ` ${era}` : ""}`;
}

/** Microseconds since midnight as a time of day. */
export function timeText(micros: bigint): string {
  const seconds = Number(micros / MICROS);
  const fraction = Number(micros % MICROS);
  const [hours, minutes] = [Math.trunc(seconds / 3600), Math.trunc(seconds / 60) % 60];
  const text = `${pad(hours, 2)}:${pad(minutes, 2)}:${pad(seconds % 60, 2)}`;
  return fraction === 0 ? text : `${text}.${pad(fraction, 6)}`;
}

const pad = (value: number, digits: number): string => String(value).padStart(digits, "0");
