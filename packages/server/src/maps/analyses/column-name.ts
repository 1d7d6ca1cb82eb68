import { quoteIdent } from "../../db/identifier.ts";
import type { NodeColumn } from "./analysis-node.ts";

/** OIDs of the types that have NaN and infinities: float4, float8, numeric. */
const FLOATS = new Set([700, 701, 1700]);
const NUMERIC = 1700;
/** OIDs of date, timestamp and timestamptz. */
const DATES = new Set([1082, 1114, 1184]);

/** A column that a name means. */
export interface FoundColumn {
  /** The name, quoted. */
  sql: string;
  /** OID of its type; undefined where there is no such column, as the database will say. */
  oid: number | undefined;
}

/**
 * The column that is meant by a name.
 *
 * Names were SQL once: they may be in quotes, and those that are not may be in other case than the column.
 */
export function findColumn(name: string, columns: readonly NodeColumn[]): FoundColumn {
  const unquoted = /^"(.*)"$/s.exec(name)?.[1]?.replaceAll('""', '"');
  const names = [name, unquoted, name.toLowerCase()];
  for (const candidate of names) {
    const found = columns.find((column) => column.name === candidate);
    if (found) return { sql: quoteIdent(found.name), oid: found.oid };
  }
  return { sql: quoteIdent(unquoted ?? name), oid: undefined };
}

/** Whether a type has NaN and infinities. */
export const isFloat = (oid: number | undefined): boolean => oid !== undefined && FLOATS.has(oid);

/** Whether a type is a date, with or without a time. */
export const isDate = (oid: number | undefined): boolean => oid !== undefined && DATES.has(oid);

/** SQL that is true where the value is a number and neither NaN nor infinite; `expression` is of a type with those. */
export const finiteSql = (expression: string, oid: number | undefined): string =>
  // Before PostgreSQL 14, numeric had no infinity to compare with.
  oid === NUMERIC
    ? `(${expression})::text NOT IN ('NaN', 'Infinity', '-Infinity')`
    : `(${expression} > '-Infinity' AND ${expression} < 'Infinity')`;

/** SQL that is true where the value is NaN, of a type that has it. */
export const nanSql = (expression: string): string => `${expression} = 'NaN'`;

/** SQL that is true where the value is infinite, of a type that may be so. */
export const infiniteSql = (expression: string, oid: number | undefined): string =>
  oid === NUMERIC ? `(${expression})::text IN ('Infinity', '-Infinity')` : `${expression} IN ('Infinity', '-Infinity')`;
