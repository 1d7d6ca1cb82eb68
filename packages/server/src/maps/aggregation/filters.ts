import { quoteLiteral } from "../../db/identifier.ts";
import { isObject } from "./json-object.ts";
import type { Refuse } from "./layer-error.ts";

/** A value that cells are compared with. */
export type FilterValue = string | number | boolean;

/** One comparison. */
export interface Comparison {
  operator: string;
  /** One, but for `IN` and `NOT IN`. */
  values: readonly FilterValue[];
}

/** Which cells are kept, by a column of theirs: those that satisfy all comparisons of one alternative. */
export interface Filter {
  name: string;
  alternatives: readonly (readonly Comparison[])[];
}

/** Filters that a cell must pass, every one. */
export type Filters = readonly Filter[];

const OPERATORS: ReadonlyMap<string, string> = new Map([
  ["less_than", "<"],
  ["less_than_or_equal_to", "<="],
  ["greater_than", ">"],
  ["greater_than_or_equal_to", ">="],
  ["equal", "="],
  ["not_equal", "<>"],
  ["in", "IN"],
  ["not_in", "NOT IN"],
]);

/** Reads the filters of an aggregation. `names` are those of its columns and dimensions. */
export function readFilters(asked: unknown, names: readonly string[], refuse: Refuse): Filters {
  if (asked === undefined || asked === null) return [];
  if (!isObject(asked)) throw refuse("Invalid filters, should be an object of columns and conditions");
  return Object.entries(asked).map(([name, given]) => {
    if (!names.includes(name)) throw refuse(`Invalid filtered column: ${name}`);
    const alternatives = Array.isArray(given) ? given : [given];
    return { name, alternatives: alternatives.map((one: unknown) => readComparisons(one, name, refuse)) };
  });
}

function readComparisons(asked: unknown, name: string, refuse: Refuse): Comparison[] {
  if (!isObject(asked)) throw refuse(`Invalid filter of ${name}, should be an object`);
  return Object.entries(asked).flatMap(([parameter, value]) => {
    const operator = OPERATORS.get(parameter);
    if (operator === undefined) throw refuse(`Invalid filter parameter name: ${parameter}`);
    if (value === null) return [];
    const isList = parameter === "in" || parameter === "not_in";
    const values: readonly unknown[] = isList ? asList(value) : [value];
    if (!values.every(isFilterValue)) throw refuse(`Invalid value of filter parameter ${parameter} of ${name}`);
    return [{ operator, values }];
  });
}

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

function isFilterValue(value: unknown): value is FilterValue {
  return typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
}

/** SQL that is true where the value of the expression passes. `isText` tells that it is text, which no number equals. */
export function filterSql({ alternatives }: Filter, expression: string, isText: boolean): string {
  const literal = (value: FilterValue): string =>
    typeof value === "number" && !isText ? `(${value})` : quoteLiteral(String(value));
  const compare = ({ operator, values }: Comparison): string => {
    if (!operator.endsWith("IN")) return `${expression} ${operator} ${values.map(literal).join("")}`;
    // `IN ()` is no SQL.
    if (values.length === 0) return operator === "IN" ? "false" : "true";
    return `${expression} ${operator} (${values.map(literal).join(", ")})`;
  };
  const any = alternatives.map((all) => (all.length === 0 ? "true" : all.map(compare).join(" AND ")));
  return any.length === 0 ? "true" : `(${any.map((one) => `(${one})`).join(" OR ")})`;
}
