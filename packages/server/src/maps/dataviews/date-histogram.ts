import { quoteLiteral } from "../../db/identifier.ts";
import { findColumn } from "../analyses/column-name.ts";
import {
  type DataviewParts,
  type DataviewQuery,
  type DataviewRow,
  dataviewError,
  fromRows,
  numberOr0,
} from "./dataview.ts";

/** A unit of time: so many months, or so many seconds. */
interface Unit {
  months: number;
  seconds: number;
  /** SQL of how many of them a span of `seconds` has, of which `days` are whole days, roughly. */
  count: string;
}

/** In the order in which one is preferred where as many of another fit. */
const UNITS: Readonly<Record<string, Unit>> = {
  millennium: { months: 12_000, seconds: 0, count: "round(days / 365243)" },
  century: { months: 1_200, seconds: 0, count: "round(days / 36525)" },
  decade: { months: 120, seconds: 0, count: "round(days / 3652)" },
  year: { months: 12, seconds: 0, count: "round(days / 365)" },
  quarter: { months: 3, seconds: 0, count: "round(days / 91)" },
  month: { months: 1, seconds: 0, count: "round(days / 30)" },
  week: { months: 0, seconds: 604_800, count: "round(days / 7)" },
  day: { months: 0, seconds: 86_400, count: "days" },
  hour: { months: 0, seconds: 3_600, count: "floor(seconds / 3600)" },
  minute: { months: 0, seconds: 60, count: "floor(seconds / 60)" },
  second: { months: 0, seconds: 1, count: "seconds" },
};
const NAMES = Object.keys(UNITS);
/** As errors list them. */
const AGGREGATIONS = ["auto", ...[...NAMES].reverse()];
/** Bins that are chosen at most where nobody says of which unit they are. */
const MOST_BINS = 100;
const TIMESTAMP = 1114;
const DATE = 1082;

/** How many rows there are in each unit of time. @throws MapError for a unit that is none */
export function dateHistogram(parts: DataviewParts, column: string, asked: string): DataviewQuery {
  if (!AGGREGATIONS.includes(asked)) {
    throw dataviewError(`Invalid aggregation value. Valid ones: ${AGGREGATIONS.join(", ")}`);
  }
  const offset = parts.request.offset ?? numberOr0(parts.options["offset"]);
  const sql = dateHistogramSql(parts, { time: timeSql(parts, column), asked, offset });
  return { sql, toAnswer: (rows) => toAnswer(rows, { asked, offset }) };
}

/** The column's value as a timestamp in UTC. */
function timeSql({ rows }: DataviewParts, column: string): string {
  const { sql, oid } = findColumn(column, rows.columns);
  return oid === TIMESTAMP || oid === DATE ? `(${sql})::timestamp` : `timezone('UTC', (${sql})::timestamptz)`;
}

interface DateBins {
  time: string;
  asked: string;
  /** Seconds east of Greenwich. */
  offset: number;
}

function dateHistogramSql({ rows, request }: DataviewParts, { time, asked, offset }: DateBins): string {
  const { start, end } = request;
  const at = (seconds: number): string => `timezone('UTC', to_timestamp((${seconds})::float8))`;
  const within = [
    ...(start === undefined ? [] : [`t >= ${at(start)}`]),
    ...(end === undefined ? [] : [`t <= ${at(end)}`]),
  ];
  const bin = (moment: string): string => `date_trunc(unit, ${moment} + zone)`;
  const first = start === undefined ? "(SELECT min(b) FROM _cdb_filled)" : bin(at(start));
  const last = end === undefined ? "(SELECT max(b) FROM _cdb_filled)" : bin(at(end));
  return `WITH _cdb_times AS (SELECT ${time} AS t ${fromRows(rows)}),
_cdb_finite AS (SELECT t FROM _cdb_times WHERE isfinite(t)),
_cdb_unit AS (${unitSql(asked, offset)}),
_cdb_filled AS (
  SELECT ${bin("t")} AS b, count(*) AS freq FROM _cdb_finite CROSS JOIN _cdb_unit
  WHERE ${within.length === 0 ? "true" : within.join(" AND ")} GROUP BY 1
),
_cdb_frame AS (SELECT *, ${first} AS first, ${last} AS last FROM _cdb_unit)
SELECT unit, nulls, ${utcEpoch("first")} AS first, width, ${steps("last")} + 1 AS bins,
  ${steps("b")} AS bin, ${utcEpoch("b")} AS timestamp, freq
FROM _cdb_frame CROSS JOIN (SELECT count(*) FILTER (WHERE t IS NULL) AS nulls FROM _cdb_times) AS _cdb_counts
LEFT JOIN _cdb_filled ON true ORDER BY b`;
}

/** Seconds since 1970 of a local time. */
const utcEpoch = (local: string): string => `date_part('epoch', ${local} - zone)`;

/** Units from the first one to that of a local time. */
function steps(local: string): string {
  const part = (name: string): string => `(date_part('${name}', ${local}) - date_part('${name}', first))`;
  return `CASE WHEN months > 0 THEN (12 * ${part("year")} + ${part("month")}) / months
ELSE date_part('epoch', ${local} - first) / seconds END`;
}

/** One row: the unit, what it is made of, its width in seconds, and the zone's distance from UTC. */
function unitSql(asked: string, offset: number): string {
  const hours = Math.max(-1_000, Math.min(1_000, Math.ceil(offset / 3_600)));
  const zone = `make_interval(hours => CASE WHEN unit IN ('hour', 'minute') THEN 0 ELSE ${hours} END)`;
  const width = "date_part('epoch', make_interval(months => months, secs => seconds))";
  const row = (name: string, place: number): string => {
    const { months, seconds, count } = UNITS[name] ?? { months: 0, seconds: 0, count: "0" };
    return `(${quoteLiteral(name)}, ${months}, ${seconds}, (${asked === "auto" ? count : "0"})::float8, ${place})`;
  };
  const values = (asked === "auto" ? NAMES : [asked]).map(row);
  const spans = `(SELECT extract(epoch FROM max(t) - min(t))::float8 AS seconds, floor(extract(epoch FROM max(t) - min(t)) / 86400)::float8 AS days FROM _cdb_finite) AS _cdb_span, LATERAL `;
  const chosen = `SELECT unit, months, of_seconds AS seconds
FROM ${asked === "auto" ? spans : ""}(VALUES ${values.join(", ")}) AS _cdb_units (unit, months, of_seconds, fits, place)
WHERE ${asked === "auto" ? `fits <= ${MOST_BINS} OR unit = 'day'` : "true"}
ORDER BY coalesce(fits, 0) > ${MOST_BINS}, fits IS NULL AND unit <> 'day', fits DESC NULLS LAST, place LIMIT 1`;
  return `SELECT unit, months, seconds, ${width} AS width, ${zone} AS zone FROM (${chosen}) AS _cdb_chosen`;
}

function toAnswer(rows: readonly DataviewRow[], { asked, offset }: Pick<DateBins, "asked" | "offset">): object {
  const [{ unit, nulls, first, width, bins: count } = {} as DataviewRow] = rows;
  const bins = rows.flatMap(({ bin, timestamp, freq }) =>
    typeof bin === "number" ? [{ bin, min: timestamp, max: timestamp, avg: timestamp, freq, timestamp }] : [],
  );
  return {
    aggregation: unit ?? asked,
    offset,
    ...(typeof first === "number" ? { timestamp_start: first } : {}),
    bin_width: numberOr0(width),
    bins_count: numberOr0(count),
    ...(bins[0] ? { bins_start: bins[0].timestamp } : {}),
    nulls: numberOr0(nulls),
    bins,
    type: "histogram",
  };
}
