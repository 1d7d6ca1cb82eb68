import type { Fields } from "../map-config/fields.ts";
import type { FilterItem } from "./analysis-node.ts";
import type { RangeFilter, RowFilter } from "./row-filter.ts";

/** Types of {@link RowFilter}. */
export const FILTER_TYPES: readonly RowFilter["type"][] = ["category", "range", "rank", "grouped-rank"];

/** Reads a filter of rows; its column is `column`. @returns what is wrong with it, in the words that clients know, for one that is none */
export function readRowFilter(type: RowFilter["type"], given: Fields): RowFilter | string {
  const { column } = given;
  if (typeof column !== "string" || column === "") return `The ${type} filter expects the name of a column`;
  switch (type) {
    case "category":
      return readCategory(column, given);
    case "range":
      return readRange(column, given);
    case "rank":
      return readRank(column, given);
    case "grouped-rank":
      return readGroupedRank(column, given);
  }
}

const itemsOf = (value: unknown): FilterItem[] | null =>
  Array.isArray(value) ? value.filter((item): item is FilterItem => item === null || typeof item !== "object") : null;

function readCategory(column: string, given: Fields): RowFilter | string {
  const accept = itemsOf(given["accept"]);
  const reject = itemsOf(given["reject"]);
  if (!accept && !reject) return "Category filter expects at least one array in accept or reject params";
  if (accept?.length === 0 && reject?.length === 0) {
    return "Category filter expects one value either in accept or reject params when both are provided";
  }
  return { type: "category", column, accept, reject };
}

const OPERATORS = [
  ["min", ">="],
  ["max", "<="],
  ["greater_than", ">"],
  ["greater_than_or_equal", ">="],
  ["less_than", "<"],
  ["less_than_or_equal", "<="],
] as const;

const finite = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);

function readRange(column: string, given: Fields): RowFilter | string {
  const bounds = OPERATORS.flatMap(([name, operator]): RangeFilter["bounds"][number][] => {
    const bound = finite(given[name]);
    return bound === null ? [] : [[operator, bound]];
  });
  if (bounds.length > 0) return { type: "range", column, bounds };
  return (
    "Range filter expect to have at least one value in greater_than, greater_than_or_equal, less_than, " +
    "less_than_or_equal, min, or max numeric params"
  );
}

const rankOf = (value: unknown): "top" | "bottom" => (value === "bottom" ? "bottom" : "top");

function readRank(column: string, given: Fields): RowFilter | string {
  const limit = finite(given["limit"]);
  if (limit === null) return 'Rank filter expects a number as "limit"';
  const action = given["action"] === "hide" ? "hide" : "show";
  return { type: "rank", column, rank: rankOf(given["rank"]), limit, action };
}

function readGroupedRank(column: string, given: Fields): RowFilter | string {
  const { group } = given;
  if (typeof group !== "string" || group === "") return 'Grouped rank filter expects a column as "group"';
  const min = finite(given["min"]);
  const max = finite(given["max"]);
  if (min === null && max === null) return 'Grouped rank filter expects a number as "min" or "max"';
  return { type: "grouped-rank", column, rank: rankOf(given["rank"]), group, min, max };
}
