import { quoteLiteral } from "../../db/identifier.ts";
import { isObject } from "./json-object.ts";
import type { Refuse } from "./layer-error.ts";

/** How times are grouped. */
export interface TimeGroup {
  units: string;
  /** Units that are one group; 1 for other forms than `serial`. */
  count: number;
  /** A name, or seconds east of Greenwich. */
  timezone: string | number;
  /** What serial numbers begin at, in the time zone: `YYYY-MM-DDTHH:MM:SS`. */
  starting: string;
  /** `cyclic` numbers come again, `serial` ones go on, `iso` is text. */
  form: "cyclic" | "serial" | "iso";
}

/** $t is the time, a timestamp in the group's time zone. */
const CYCLIC: Readonly<Record<string, string>> = {
  dayOfWeek: "date_part('isodow', $t)",
  dayOfMonth: "date_part('day', $t)",
  dayOfYear: "date_part('doy', $t)",
  hourOfDay: "date_part('hour', $t)",
  monthOfYear: "date_part('month', $t)",
  quarterOfYear: "date_part('quarter', $t)",
  semesterOfYear: "ceil(date_part('month', $t) / 6)",
  trimesterOfYear: "ceil(date_part('month', $t) / 4)",
  weekOfYear: "date_part('week', $t)",
  minuteOfHour: "date_part('minute', $t)",
};

/** Parts of the time that have gone by since the start, $s. */
const span = (part: string): string => `(date_part('${part}', $t) - date_part('${part}', $s))`;
const MONTHS = `(12 * ${span("year")} + ${span("month")})`;

/** Units that have gone by, and the number of the first one. */
const SERIAL: Readonly<Record<string, { elapsed: string; first: 0 | 1 }>> = {
  second: { elapsed: `floor(${span("epoch")})`, first: 0 },
  minute: { elapsed: `floor(${span("epoch")} / 60)`, first: 0 },
  hour: { elapsed: `floor(${span("epoch")} / 3600)`, first: 0 },
  day: { elapsed: `floor(${span("epoch")} / 86400)`, first: 1 },
  week: { elapsed: `floor(${span("epoch")} / 604800)`, first: 1 },
  month: { elapsed: MONTHS, first: 1 },
  quarter: { elapsed: `(4 * ${span("year")} + ${span("quarter")})`, first: 1 },
  semester: { elapsed: `floor(${MONTHS} / 6)`, first: 1 },
  trimester: { elapsed: `floor(${MONTHS} / 4)`, first: 1 },
  year: { elapsed: span("year"), first: 1 },
  // There is no year 0, so that the first decade, counted from the year 1, has nine years.
  decade: { elapsed: `floor((${span("year")} + 1) / 10)`, first: 0 },
  century: { elapsed: `floor(${span("year")} / 100)`, first: 1 },
  millennium: { elapsed: `floor(${span("year")} / 1000)`, first: 1 },
};

const ISO: Readonly<Record<string, string>> = {
  second: `to_char($t, 'YYYY-MM-DD"T"HH24:MI:SS')`,
  minute: `to_char($t, 'YYYY-MM-DD"T"HH24:MI')`,
  hour: `to_char($t, 'YYYY-MM-DD"T"HH24')`,
  day: "to_char($t, 'YYYY-MM-DD')",
  month: "to_char($t, 'YYYY-MM')",
  year: "to_char($t, 'YYYY')",
  week: `to_char($t, 'IYYY-"W"IW')`,
  quarter: `to_char($t, 'YYYY-"Q"Q')`,
  semester: `to_char($t, 'YYYY"S"') || ceil(date_part('month', $t) / 6)`,
  trimester: `to_char($t, 'YYYY"t"') || ceil(date_part('month', $t) / 4)`,
  decade: `to_char(date_part('decade', $t), 'FM"D"999')`,
  century: `to_char($t, '"C"CC')`,
  millennium: `to_char(date_part('millennium', $t), 'FM"M"999')`,
};

const STARTING = /^(\d{4})(?:-?(\d\d)(?:-?(\d\d)(?:[T\s]?(\d\d)(?::?(\d\d)(?::?(\d\d))?)?)?)?)?$/;

/** Reads the `group` and the `format` of a time dimension. */
export function readTimeGroup(asked: unknown, format: unknown, refuse: Refuse): TimeGroup {
  const { units, count = 1, timezone = "utc", starting } = isObject(asked) ? asked : {};
  const form =
    typeof units === "string" && Object.hasOwn(CYCLIC, units) ? "cyclic" : format === "iso" ? "iso" : "serial";
  const known = { cyclic: CYCLIC, iso: ISO, serial: SERIAL }[form];
  const errors: string[] = [];
  if (typeof units !== "string" || !Object.hasOwn(known, units)) {
    errors.push(`Invalid ${form === "serial" ? "grouping units" : "units"} "${String(units)}"`);
  }
  if (typeof count !== "number" || !Number.isFinite(count) || count <= 0)
    errors.push(`Invalid count "${String(count)}"`);
  else if (form === "cyclic" && count > 1) errors.push(`Count ${count} not supported for cyclic ${String(units)}`);
  else if (form === "iso" && count > 1) errors.push("Multiple time units not supported for ISO format");
  if (form === "iso" && starting) errors.push("Parameter 'starting' not supported for ISO format");
  if (typeof timezone !== "string" && !Number.isFinite(timezone)) errors.push(`Invalid timezone "${String(timezone)}"`);
  if (errors.length > 0) throw refuse(`Invalid time dimension:\n${errors.join("\n")}`);
  return {
    units: units as string,
    count: form === "serial" ? (count as number) : 1,
    timezone: timezone as string | number,
    starting: readStarting(starting),
    form,
  };
}

/** Fills up what is left out; what is no time is the year 1. */
function readStarting(starting: unknown): string {
  const [, year = "0001", month = "01", day = "01", hour = "00", minute = "00", second = "00"] =
    STARTING.exec(String(starting ?? "")) ?? [];
  return `${year}-${month}-${day}T${hour}:${minute}:${second}`;
}

/** SQL of the group that a time is in; `time` is the SQL of a timestamptz. */
export function timeGroupSql({ units, count, timezone, starting, form }: TimeGroup, time: string): string {
  const parts: Readonly<Record<string, string>> = {
    $t: `timezone(${zoneSql(timezone)}, ${time})`,
    $s: `timestamp ${quoteLiteral(starting)}`,
  };
  const fill = (sql: string): string => sql.replace(/\$[ts]/g, (part) => parts[part] ?? part);
  if (form === "iso") return fill(ISO[units] ?? "");
  if (form === "cyclic") return fill(CYCLIC[units] ?? "");
  const { elapsed, first } = SERIAL[units] ?? { elapsed: "", first: 0 };
  const number = `(${first} + ${fill(elapsed)})`;
  if (count === 1) return `${number}::int`;
  return `${first === 0 ? "floor" : "ceil"}(${number} / (${count})::float8)::int`;
}

function zoneSql(timezone: string | number): string {
  const seconds = typeof timezone === "number" ? timezone : Number(timezone.trim() || Number.NaN);
  return Number.isFinite(seconds) ? `make_interval(secs => (${seconds})::float8)` : quoteLiteral(timezone as string);
}
