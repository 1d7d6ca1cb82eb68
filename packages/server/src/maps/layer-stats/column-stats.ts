import { quoteIdent } from "../../db/identifier.ts";
import type { Column } from "../../db/result.ts";
import { readAggregation } from "../aggregation/aggregation.ts";
import { dimensionColumn, isNumber, isText } from "../aggregation/layer-column.ts";
import type { TimeGroup } from "../aggregation/time-group.ts";
import type { TileLayer } from "../tiles/tile.ts";

/** Runs one SELECT and resolves with its rows. */
export type Rows = (q: string) => Promise<Record<string, unknown>[]>;

/** What of columns is asked for. */
export interface ColumnStatsRequest {
  columns: readonly Column[];
  source: string;
  /** Categories of a column at most, and whether NULL is one of them. */
  asked: { topCategories?: unknown; includeNulls?: unknown };
}

const TOP_CATEGORIES = 1024;
/** As many as any client asks for. */
const MOST_CATEGORIES = 32_768;
/** OIDs of date, time, timestamp, timestamptz and timetz. */
const DATES: ReadonlySet<number> = new Set([1082, 1083, 1114, 1184, 1266]);

/** Facts of columns by name: `min`, `max`, `avg` and `sum` of numbers, `min` and `max` of dates, `categories` of text. */
export async function columnStats(request: ColumnStatsRequest, rows: Rows): Promise<Record<string, object>> {
  const { columns, source } = request;
  const wanted = columns.flatMap(({ name, oid }) => functionsOf(oid).map((aggregate) => ({ name, aggregate })));
  const list = wanted.map(({ name, aggregate }, at) => `${aggregate}(${quoteIdent(name)}) AS _${at}`);
  const [values] = list.length > 0 ? await rows(`SELECT ${list.join(", ")} FROM (${source}\n) AS _cdb_stats`) : [];
  const stats: Record<string, Record<string, unknown>> = Object.create(null);
  for (const [at, { name, aggregate }] of wanted.entries()) {
    stats[name] = { ...stats[name], [aggregate]: values?.[`_${at}`] };
  }
  for (const { name, oid } of columns) {
    if (isText(oid)) stats[name] = { categories: await rows(categoriesSql(name, request)) };
  }
  return stats;
}

function functionsOf(oid: number): readonly string[] {
  if (isNumber(oid)) return ["min", "max", "avg", "sum"];
  return DATES.has(oid) ? ["min", "max"] : [];
}

function categoriesSql(name: string, { source, asked }: ColumnStatsRequest): string {
  const column = quoteIdent(name);
  const top = Math.trunc(Number(asked.topCategories)) || TOP_CATEGORIES;
  const where = asked.includeNulls === false ? ` WHERE ${column} IS NOT NULL` : "";
  const limit = Math.max(0, Math.min(top, MOST_CATEGORIES));
  return `SELECT ${column} AS "category", count(*) AS "frequency" FROM (${source}\n) AS _cdb_stats${where} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${limit}`;
}

/** Facts of a layer's dimensions by name: of times how they are grouped, the lowest and the highest group. */
export async function dimensionStats(layer: TileLayer, source: string, rows: Rows): Promise<Record<string, object>> {
  const { dimensions } = readAggregation(layer.layer);
  const times = dimensions.flatMap((dimension) => (dimension.time ? [dimension] : []));
  const list = times.flatMap((dimension, at) => {
    const { sql } = dimensionColumn(dimension, layer);
    return [`min(${sql}) AS _min${at}`, `max(${sql}) AS _max${at}`];
  });
  const [values] = times.length > 0 ? await rows(`SELECT ${list.join(", ")} FROM (${source}\n) AS _cdb_stats`) : [];
  const stats: Record<string, object> = Object.create(null);
  for (const dimension of dimensions) {
    const at = times.indexOf(dimension);
    const { time, column } = dimension;
    if (!time) stats[dimension.name] = { type: null };
    else {
      const type = time.form === "iso" ? "string" : "number";
      stats[dimension.name] = {
        params: paramsOf(column, time),
        min: values?.[`_min${at}`],
        max: values?.[`_max${at}`],
        type,
      };
    }
  }
  return stats;
}

function paramsOf(column: string, { units, count, timezone, starting, form }: TimeGroup): object {
  const params = { time: `to_timestamp(${quoteIdent(column)})`, units, count, timezone };
  if (form === "serial") return { ...params, starting };
  return form === "iso" ? { ...params, format: "iso" } : params;
}
