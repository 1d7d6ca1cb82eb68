import { type AnalysisKind, inputOf, NODE, type NodeParts, NUMBER, optional, STRING } from "./kind.ts";
import { readRowFilter } from "./read-filter.ts";
import { filterRows, type RowFilter } from "./row-filter.ts";

const RANKS = { type: "enum", values: ["top", "bottom"] } as const;
const ITEMS = { type: "items" } as const;

/** An analysis that lets some rows through, as filters of maps do. */
function filtering(type: RowFilter["type"], params: AnalysisKind["params"]): AnalysisKind {
  const filterOf = (given: NodeParts["params"]): RowFilter | string => readRowFilter(type, given);
  return {
    params: { source: NODE, column: STRING, ...params },
    keepsGeometry: true,
    check(given) {
      const filter = filterOf(given);
      return typeof filter === "string" ? filter : undefined;
    },
    sql(parts) {
      const filter = filterOf(parts.params);
      if (typeof filter === "string") throw new Error(filter);
      return filterRows(filter, inputOf(parts, "source"));
    },
  };
}

/** Rows whose column has one of some values, or none of others. */
export const filterCategory: AnalysisKind = filtering("category", {
  accept: optional(ITEMS),
  reject: optional(ITEMS),
});

/** Rows whose column is within all bounds. */
export const filterRange: AnalysisKind = filtering("range", {
  min: optional(NUMBER),
  max: optional(NUMBER),
  greater_than: optional(NUMBER),
  greater_than_or_equal: optional(NUMBER),
  less_than: optional(NUMBER),
  less_than_or_equal: optional(NUMBER),
});

/** The first rows by a column, or all but those. */
export const filterRank: AnalysisKind = filtering("rank", {
  rank: RANKS,
  limit: NUMBER,
  action: optional({ type: "enum", values: ["show", "hide"] }, "show"),
});

/** Rows of some places within their group. */
export const filterGroupedRank: AnalysisKind = filtering("grouped-rank", {
  rank: RANKS,
  group: STRING,
  min: optional(NUMBER),
  max: optional(NUMBER),
});
