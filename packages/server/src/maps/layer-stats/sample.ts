import { isObject } from "../aggregation/json-object.ts";
import { columnSql } from "../aggregation/layer-column.ts";
import type { TileLayer } from "../tiles/tile.ts";
import type { Rows } from "./column-stats.ts";

const ROWS = 100;
const MOST_ROWS = 5_000;
/** Ids that are drawn for a row where many are missing. */
const MOST_DRAWS = 10;

/** Rows of a layer by random ids; an empty object where it has none. */
export async function sample(layer: TileLayer, source: string, rows: Rows): Promise<object> {
  const asked: unknown = layer.layer.metadata.sample;
  const { num_rows: wanted = asked, include_columns: columns } = isObject(asked) ? asked : {};
  const limit = Math.min(positive(wanted) ?? ROWS, MOST_ROWS);
  const [ids] = await rows(
    `SELECT min("cartodb_id") AS "low", max("cartodb_id") AS "high" FROM (${source}\n) AS _cdb_sampled`,
  );
  const { low, high } = ids ?? {};
  if (typeof low !== "number" || typeof high !== "number") return {};
  const names = Array.isArray(columns) ? columns.filter((name) => typeof name === "string") : [];
  const list = names.length > 0 ? names.map((name) => columnSql(name, layer.facts)).join(", ") : "*";
  const drawn = whereDrawn(low, high, { limit, estimatedRows: layer.facts.estimatedRows });
  return rows(`SELECT ${list} FROM (${source}\n) AS _cdb_sampled${drawn} ORDER BY random() LIMIT ${limit}`);
}

/** Numbers that aren't whole, or too large to count by, can't be drawn: all rows are looked at then. */
function whereDrawn(
  low: number,
  high: number,
  { limit, estimatedRows }: { limit: number; estimatedRows: number },
): string {
  const span = high - low + 1;
  if (![low, high, span].every(Number.isSafeInteger)) return "";
  const draws = Math.ceil(limit * Math.min(MOST_DRAWS, Math.max(1, span / Math.max(1, estimatedRows))));
  return ` WHERE "cartodb_id" IN (${drawIds(low, span, draws).join(", ")})`;
}

function positive(value: unknown): number | undefined {
  return typeof value === "number" && value >= 1 ? Math.trunc(value) : undefined;
}

/** Different ids; all of them where that is not more than asked for. */
function drawIds(low: number, span: number, count: number): number[] {
  if (span <= count) return Array.from({ length: span }, (_, at) => low + at);
  const ids = new Set<number>();
  while (ids.size < count) ids.add(low + Math.floor(Math.random() * span));
  return [...ids];
}
