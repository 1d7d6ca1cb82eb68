import { quoteIdent } from "../../../db/identifier.ts";
import type { Ramp } from "./style.ts";

/** Functions that divide numbers, by the method's name in styles. */
const BINS: Readonly<Record<string, string>> = {
  quantiles: "CDB_QuantileBins",
  equal: "CDB_EqualIntervalBins",
  jenks: "CDB_JenksBins",
  headtails: "CDB_HeadsTailsBins",
};

const CATEGORY = "category";
/** Classes that a style may ask for. */
const MOST_BUCKETS = 100;

/** Why a ramp can't be had whatever the data is; undefined where it can. */
export function refusalOf({ method, buckets }: Ramp): string | undefined {
  if (method !== CATEGORY && !Object.hasOwn(BINS, method)) {
    return `Invalid method "${method}", valid methods: [${[...Object.keys(BINS), CATEGORY].join(",")}]`;
  }
  if (Number.isInteger(buckets) && buckets > 0 && buckets <= MOST_BUCKETS) return undefined;
  return `Invalid number of buckets ${buckets}: it must be from 1 to ${MOST_BUCKETS}`;
}

/**
 * A SELECT of one row that divides a column of `source`: the values as a JSON array, then the least, the largest and the
 * mean value; for categories the most frequent ones, and no more.
 */
export function rampSql({ column, buckets, method }: Ramp, source: string): string {
  const name = quoteIdent(column);
  if (method === CATEGORY) {
    const counted = `SELECT ${name} AS value, count(*) AS times FROM (${source}\n) AS _cdb_query WHERE ${name} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${buckets}`;
    return `SELECT coalesce(json_agg(value ORDER BY times DESC, value), '[]') AS ramp FROM (${counted}) AS _cdb_categories`;
  }
  const numbers = `SELECT ${name}::numeric AS value FROM (${source}\n) AS _cdb_query WHERE ${name} IS NOT NULL AND ${name}::float8 NOT IN ('NaN', 'Infinity', '-Infinity')`;
  const bins = `cartodb.${BINS[method]}(array_agg(value), ${buckets})`;
  return `SELECT to_json(${bins}) AS ramp, min(value)::float8 AS min_val, max(value)::float8 AS max_val, avg(value)::float8 AS avg_val FROM (${numbers}) AS _cdb_values`;
}
