import type { ValueType } from "../reader.ts";

/** What a value may be, as bits, so that a column's values are summed up by OR. An integer that fits `integer`. */
export const INTEGER = 0x01;
/** An integer that fits `bigint`, and a double exactly. */
export const BIGINT = 0x02;
/** An integer that fits `bigint`, but no double exactly. */
export const LONG = 0x04;
/** An integer beyond `bigint`. */
export const HUGE = 0x08;
/** A number with a point or an exponent. */
export const REAL = 0x10;
/** A number with a decimal comma. */
export const COMMA = 0x20;
/** A word that means true or false. */
export const BOOLEAN = 0x40;
/** A day. */
export const DATE = 0x80;
/** A day and a time of it. */
export const TIMESTAMP = 0x100;
/** A time of day. */
export const TIME = 0x200;
/** Anything else. */
export const TEXT = 0x400;

/** Every kind of number that is one anywhere. */
export const NUMBER: number = INTEGER | BIGINT | LONG | HUGE | REAL;

/**
 * The type for a column that holds values of these kinds: all of them can be cast to it once their commas are points.
 *
 * Fractions beside integers that a double would round become `numeric`.
 */
export function valueType(kinds: number, { decimalComma }: { decimalComma: boolean }): ValueType {
  if (kinds === 0) return "text";
  if (isOnly(kinds, INTEGER)) return "integer";
  if (isOnly(kinds, INTEGER | BIGINT | LONG)) return "bigint";
  if (isOnly(kinds, INTEGER | BIGINT | LONG | HUGE)) return "numeric";
  // `1.234` and `5,6` in one column: what the point means can't be told.
  const mark = decimalComma && (kinds & REAL) === 0 ? COMMA : REAL;
  if (isOnly(kinds, INTEGER | BIGINT | mark)) return "double precision";
  if (isOnly(kinds, INTEGER | BIGINT | LONG | HUGE | mark)) return "numeric";
  if (kinds === BOOLEAN) return "boolean";
  if (kinds === DATE) return "date";
  if (isOnly(kinds, DATE | TIMESTAMP)) return "timestamp with time zone";
  return kinds === TIME ? "time without time zone" : "text";
}

const isOnly = (kinds: number, allowed: number): boolean => (kinds & ~allowed) === 0;
