import { quoteLiteral } from "../../db/identifier.ts";
import type { FilterItem, NodeRows } from "./analysis-node.ts";
import { findColumn, isDate } from "./column-name.ts";

/** Rows whose column has one of some values, and none of others. */
export interface CategoryFilter {
  type: "category";
  column: string;
  /** Empty: no row passes. */
  accept: readonly FilterItem[] | null;
  /** Empty: every row passes. */
  reject: readonly FilterItem[] | null;
}

/** Rows whose column is between bounds; dates are compared by their seconds since 1970. */
export interface RangeFilter {
  type: "range";
  column: string;
  /** SQL operators with the numbers to compare with. */
  bounds: readonly (readonly [operator: ">" | ">=" | "<" | "<=", bound: number])[];
}

/** The first rows by a column's value, or all but those. */
export interface RankFilter {
  type: "rank";
  column: string;
  rank: "top" | "bottom";
  limit: number;
  action: "show" | "hide";
}

/** Rows by their place within their group; they get a column `rank` with it. */
export interface GroupedRankFilter {
  type: "grouped-rank";
  column: string;
  rank: "top" | "bottom";
  group: string;
  min: number | null;
  max: number | null;
}

/** What keeps some of an analysis' rows. */
export type RowFilter = CategoryFilter | RangeFilter | RankFilter | GroupedRankFilter;

const DIRECTIONS = { top: "DESC", bottom: "ASC" } as const;

/** The query of the rows that pass a filter. */
export function filterRows(filter: RowFilter, rows: NodeRows): string {
  const { sql } = rows;
  const column = findColumn(filter.column, rows.columns);
  const of = `FROM (${sql}\n) AS _cdb_filtered`;
  switch (filter.type) {
    case "category":
      return `SELECT * ${of} WHERE ${categorySql(filter, column.sql)}`;
    case "range":
      return `SELECT * ${of} WHERE ${rangeSql(filter, isDate(column.oid) ? epochOf(column.sql) : column.sql)}`;
    case "rank": {
      const part = `${filter.action === "hide" ? "OFFSET" : "LIMIT"} ${wholeNumber(filter.limit)}`;
      return `SELECT * ${of} ORDER BY ${column.sql} ${DIRECTIONS[filter.rank]} ${part}`;
    }
    case "grouped-rank": {
      const group = findColumn(filter.group, rows.columns).sql;
      const place = `rank() OVER (PARTITION BY ${group} ORDER BY ${column.sql} ${DIRECTIONS[filter.rank]}) AS rank`;
      const { min, max } = filter;
      const bounds = [...(min === null ? [] : [`rank >= (${min})`]), ...(max === null ? [] : [`rank <= (${max})`])];
      return `SELECT * FROM (SELECT *, ${place} ${of}) AS _cdb_ranked WHERE ${bounds.join(" AND ")}`;
    }
  }
}

/** Seconds since 1970 of a date. */
export const epochOf = (expression: string): string => `date_part('epoch', ${expression})`;

const wholeNumber = (number: number): number => Math.min(Math.max(0, Math.trunc(number)), 2 ** 31);

function categorySql({ accept, reject }: CategoryFilter, column: string): string {
  const conditions: string[] = [];
  if (accept) conditions.push(accept.length === 0 ? "false" : isAmong(accept, column));
  if (reject && reject.length > 0) conditions.push(isNoneOf(reject, column));
  return conditions.length === 0 ? "true" : conditions.join(" AND ");
}

/** Values are literals without a type, so that they take the column's. */
const listOf = (items: readonly FilterItem[]): string =>
  items
    .filter((item) => item !== null)
    .map((item) => quoteLiteral(String(item)))
    .join(", ");

function isAmong(items: readonly FilterItem[], column: string): string {
  const list = listOf(items);
  const ways = [
    ...(list === "" ? [] : [`${column} IN (${list})`]),
    ...(items.includes(null) ? [`${column} IS NULL`] : []),
  ];
  return `(${ways.join(" OR ")})`;
}

/** Rows without a value are none of the others, but SQL says that it doesn't know. */
function isNoneOf(items: readonly FilterItem[], column: string): string {
  const list = listOf(items);
  if (list === "") return `${column} IS NOT NULL`;
  return `${column} NOT IN (${list})`;
}

const rangeSql = ({ bounds }: RangeFilter, value: string): string =>
  bounds.map(([operator, bound]) => `${value} ${operator} (${bound})`).join(" AND ");
