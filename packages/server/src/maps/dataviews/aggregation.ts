import { quoteLiteral } from "../../db/identifier.ts";
import { findColumn, finiteSql, infiniteSql, isFloat, nanSql } from "../analyses/column-name.ts";
import { AGGREGATES } from "../analyses/kind.ts";
import {
  type DataviewParts,
  type DataviewQuery,
  type DataviewRow,
  dataviewError,
  fromRows,
  numberOr0,
} from "./dataview.ts";

/** Categories that are told, one of them being all others. */
const CATEGORIES = 6;
const MOST_CATEGORIES = 2 ** 31 - 1;

interface Aggregation {
  aggregation: string;
  /** SQL of the category. */
  category: string;
  /** SQL of what is aggregated, and the type's OID where it may be NaN or infinite; undefined to count rows. */
  value: { sql: string; oid: number | undefined } | undefined;
}

/** How many rows there are of each value of a column, or what another column comes to. @throws MapError for wrong options */
export function aggregation(parts: DataviewParts): DataviewQuery {
  const read = readOptions(parts);
  const { ownFilter } = parts.request;
  const sql = `WITH _cdb_grouped AS (${groupedSql(parts, read)}), _cdb_summary AS (
SELECT sum(rows) AS count, sum(rows) FILTER (WHERE category IS NULL) AS nulls, sum(nans) AS nans, sum(infinities) AS infinities,
  count(*) AS total, min(value) FILTER (WHERE counts) AS least, max(value) FILTER (WHERE counts) AS most FROM _cdb_grouped
) SELECT * FROM _cdb_summary LEFT JOIN (
${ownFilter ? ranked("") : firstSql(read, limitOf(parts))}
) AS _cdb_told ON true ORDER BY agg, place`;
  return { sql, toAnswer: (rows) => toAnswer(read.aggregation, rows) };
}

function readOptions({ options, rows: { columns } }: Pick<DataviewParts, "options" | "rows">): Aggregation {
  const { column, aggregation, aggregationColumn } = options;
  if (typeof column !== "string") throw dataviewError("Aggregation expects 'column' in dataview options");
  if (typeof aggregation !== "string") {
    throw dataviewError("Aggregation expects 'aggregation' operation in dataview options");
  }
  if (!AGGREGATES.some((known) => known === aggregation)) {
    throw dataviewError(`Aggregation does not support '${aggregation}' operation`);
  }
  const category = findColumn(column, columns).sql;
  const value = typeof aggregationColumn === "string" ? findColumn(aggregationColumn, columns) : undefined;
  // Whatever a value is, it counts.
  if (aggregation === "count") return { aggregation, category, value: value && { sql: value.sql, oid: undefined } };
  if (value) return { aggregation, category, value };
  throw dataviewError(`Aggregation '${aggregation}' is missing some options: aggregationColumn`);
}

function limitOf({ request: { categories } }: DataviewParts): number {
  return categories !== undefined && categories > 0 ? Math.min(Math.ceil(categories), MOST_CATEGORIES) : CATEGORIES;
}

/**
 * The categories, in one pass over the rows. One without any value, or for counts the one of rows without a category,
 * doesn't count.
 */
function groupedSql({ rows }: DataviewParts, { aggregation, category, value }: Aggregation): string {
  const isCount = aggregation === "count";
  const special = !isCount && value !== undefined && isFloat(value.oid);
  const finite = special ? ` FILTER (WHERE ${finiteSql(value.sql, value.oid)})` : "";
  const specials = special
    ? `count(*) FILTER (WHERE ${nanSql(value.sql)}) AS nans, count(*) FILTER (WHERE ${infiniteSql(value.sql, value.oid)}) AS infinities`
    : "0 AS nans, 0 AS infinities";
  const total = value ? `${aggregation}(${value.sql})${finite}` : "count(*)";
  const counts = isCount || !value ? `${category} IS NOT NULL` : `count(${value.sql})${finite} > 0`;
  return `SELECT ${category} AS category, count(*) AS rows, ${specials}, ${total} AS value, ${counts} AS counts
${fromRows(rows)} GROUP BY ${category}`;
}

/** Categories with their places, from 1 on. */
const ranked = (condition: string): string =>
  `SELECT category, value, false AS agg, row_number() OVER (ORDER BY value DESC NULLS LAST, category) AS place FROM _cdb_grouped${condition}`;

/** The first categories, and the others as one. */
function firstSql({ aggregation }: Aggregation, limit: number): string {
  const places = `(${ranked(" WHERE counts")}) AS _cdb_ranked`;
  const folded = aggregation === "count" ? "sum" : aggregation;
  return `SELECT category, value, agg, place FROM ${places} WHERE place < ${limit}
UNION ALL SELECT NULL, ${folded}(value), true, NULL FROM ${places} WHERE place >= ${limit} HAVING count(*) > 0`;
}

function toAnswer(aggregation: string, rows: readonly DataviewRow[]): object {
  const [{ count, nulls, nans, infinities, least, most, total } = {} as DataviewRow] = rows;
  const told = rows.filter(({ agg }) => typeof agg === "boolean");
  return {
    aggregation,
    count: numberOr0(count),
    nulls: numberOr0(nulls),
    nans: numberOr0(nans),
    infinities: numberOr0(infinities),
    min: least ?? 0,
    max: most ?? 0,
    categoriesCount: numberOr0(total),
    categories: told.map(({ category, value, agg }) => ({ category: agg ? "Other" : category, value, agg })),
    type: "aggregation",
  };
}

/** The categories with a text in them, in any case. @throws MapError for wrong options */
export function searchCategories(parts: Pick<DataviewParts, "options" | "rows">, text: string): DataviewQuery {
  const { aggregation, category, value } = readOptions(parts);
  const total = value && aggregation !== "count" ? `${aggregation}(${value.sql})` : "count(*)";
  const pattern = quoteLiteral(`%${text.replace(/[\\%_]/g, "\\$&")}%`);
  return {
    sql: `SELECT category, value FROM (SELECT ${category} AS category, ${total} AS value ${fromRows(parts.rows)}
WHERE (${category})::text ILIKE ${pattern} GROUP BY ${category}) AS _cdb_found ORDER BY value DESC NULLS LAST, category`,
    toAnswer: (rows) => ({
      type: "aggregation",
      categories: rows.map(({ category: found, value: worth }) => ({ category: found, value: worth ?? 0 })),
    }),
  };
}
