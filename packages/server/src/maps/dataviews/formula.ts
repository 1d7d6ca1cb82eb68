import { findColumn, finiteSql, infiniteSql, isFloat, nanSql } from "../analyses/column-name.ts";
import { AGGREGATES } from "../analyses/kind.ts";
import { type DataviewParts, type DataviewQuery, dataviewError, fromRows, numberOr0 } from "./dataview.ts";

/** One number of all rows. @throws MapError for options that are wrong */
export function formula({ options, rows }: DataviewParts): DataviewQuery {
  const { operation, column } = options;
  if (typeof operation !== "string") throw dataviewError("Formula expects 'operation' in dataview options");
  if (!AGGREGATES.some((known) => known === operation)) {
    throw dataviewError(`Formula does not support '${operation}' operation`);
  }
  const isNamed = typeof column === "string" && column !== "";
  if (!isNamed && operation !== "count") throw dataviewError("Formula expects 'column' in dataview options");
  const { sql, oid } = isNamed && column !== "*" ? findColumn(column, rows.columns) : { sql: "1", oid: undefined };
  const special = isFloat(oid);
  const selected = [
    special ? `${operation}(${sql}) FILTER (WHERE ${finiteSql(sql, oid)}) AS result` : `${operation}(${sql}) AS result`,
    `count(*) FILTER (WHERE ${sql} IS NULL) AS nulls`,
    ...(special
      ? [
          `count(*) FILTER (WHERE ${nanSql(sql)}) AS nans`,
          `count(*) FILTER (WHERE ${infiniteSql(sql, oid)}) AS infinities`,
        ]
      : []),
  ];
  return {
    sql: `SELECT ${selected.join(", ")} ${fromRows(rows)}`,
    toAnswer([row = {}]) {
      const { result = null, nulls, nans, infinities } = row;
      const specials = special ? { nans: numberOr0(nans), infinities: numberOr0(infinities) } : {};
      return { operation, result, nulls: numberOr0(nulls), ...specials, type: "formula" };
    },
  };
}
