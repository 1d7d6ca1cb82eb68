import { findColumn, isDate } from "../analyses/column-name.ts";
import { epochOf } from "../analyses/row-filter.ts";
import {
  type DataviewParts,
  type DataviewQuery,
  type DataviewRequest,
  type DataviewRow,
  dataviewError,
  fromRows,
  numberOr0,
} from "./dataview.ts";
import { dateHistogram } from "./date-histogram.ts";

/** Bins where nobody says how many: between these, as the spread of the values wants it. */
const FEWEST_BINS = 6;
const MOST_BINS = 48;
const MOST_ASKED_BINS = 1_000_000;

/** How many rows there are in each part of a column's range: of numbers, or of times by a unit. @throws MapError for wrong options */
export function histogram(parts: DataviewParts): DataviewQuery {
  const { options, request, rows } = parts;
  const { column } = options;
  if (typeof column !== "string") throw dataviewError("Histogram expects `column` in widget options");
  const asked = request.aggregation ?? options["aggregation"];
  if (typeof asked === "string" && asked !== "") return dateHistogram(parts, column, asked);
  const found = findColumn(column, rows.columns);
  const value = isDate(found.oid) ? epochOf(found.sql) : found.sql;
  return { sql: histogramSql(parts, value), toAnswer: (bins) => toAnswer(bins, request) };
}

/** Both bounds in their order; undefined unless both are given. */
function boundsOf({ start, end }: DataviewRequest): readonly [number, number] | undefined {
  return start === undefined || end === undefined ? undefined : [Math.min(start, end), Math.max(start, end)];
}

function histogramSql({ rows, request }: DataviewParts, value: string): string {
  const [start = 0, end = 0] = boundsOf(request) ?? [];
  const isBound = start < end;
  const within = isBound ? ` AND v >= (${start})::float8 AND v <= (${end})::float8` : "";
  const range = isBound
    ? `(${start})::float8 AS least, (${end})::float8 AS most`
    : `min(v) ${FINITE} AS least, max(v) ${FINITE} AS most`;
  return `WITH _cdb_values AS (SELECT (${value})::float8 AS v ${fromRows(rows)}),
_cdb_range AS (SELECT *, ${binsSql(request.bins)} AS bins FROM (
  SELECT count(*) FILTER (WHERE v IS NULL) AS nulls, count(*) FILTER (WHERE v = 'NaN') AS nans,
    count(*) FILTER (WHERE v IN ('Infinity', '-Infinity')) AS infinities, count(*) ${FINITE} AS n, ${range},
    ${spreadSql(request.bins)} AS spread
  FROM _cdb_values
) AS _cdb_basics),
_cdb_bins AS (
  SELECT CASE WHEN least = most THEN 0 ELSE greatest(1, least(bins, width_bucket(v, least, most, bins))) - 1 END AS bin,
    min(v) AS min, max(v) AS max, avg(v) AS avg, count(*) AS freq
  FROM _cdb_values CROSS JOIN _cdb_range WHERE ${IS_FINITE}${within} GROUP BY 1
) SELECT nulls, nans, infinities, (most - least) / bins AS width, bins, bin, min, max, avg, freq
FROM _cdb_range LEFT JOIN _cdb_bins ON true ORDER BY bin`;
}

/** NaN is greater than infinity. */
const IS_FINITE = "v > '-Infinity' AND v < 'Infinity'";
const FINITE = `FILTER (WHERE ${IS_FINITE})`;

const isAsked = (bins: number | undefined): bins is number => bins !== undefined && bins >= 1;

const binsSql = (bins: number | undefined): string =>
  isAsked(bins)
    ? String(Math.min(Math.trunc(bins), MOST_ASKED_BINS))
    : `CASE WHEN n = 0 OR spread = 0 THEN 1
ELSE greatest(least(${FEWEST_BINS}, n), least(${MOST_BINS}, (most - least) / (2 * spread)))::int END`;

/** The range that half of the values are in; nobody sorts them where the number of bins is given. */
const spreadSql = (bins: number | undefined): string => {
  const part = (share: number): string => `percentile_disc(${share}) WITHIN GROUP (ORDER BY v) ${FINITE}`;
  return isAsked(bins) ? "0" : `${part(0.75)} - ${part(0.25)}`;
};

function toAnswer(rows: readonly DataviewRow[], request: DataviewRequest): object {
  const [{ nulls, nans, infinities, width, bins: count } = {} as DataviewRow] = rows;
  const bins = rows.flatMap(({ bin, min, max, avg, freq }) =>
    typeof bin === "number" ? [{ bin, min, max, avg: numberOr0(avg), freq: numberOr0(freq) }] : [],
  );
  const total = bins.reduce((sum, { freq }) => sum + freq, 0);
  const sum = bins.reduce((before, { avg, freq }) => before + avg * freq, 0);
  return {
    bin_width: numberOr0(width),
    bins_count: total === 0 && typeof width !== "number" ? 0 : numberOr0(count),
    bins_start: boundsOf(request)?.[0] ?? bins[0]?.min ?? 0,
    nulls: numberOr0(nulls),
    infinities: numberOr0(infinities),
    nans: numberOr0(nans),
    avg: total === 0 ? 0 : sum / total,
    bins,
    type: "histogram",
  };
}
