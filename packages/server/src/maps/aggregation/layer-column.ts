import { quoteIdent } from "../../db/identifier.ts";
import type { LayerFacts, TileColumn, TileLayer } from "../tiles/tile.ts";
import type { AggregatedColumn, Dimension } from "./aggregation.ts";
import { timeGroupSql } from "./time-group.ts";

const NUMBERS: ReadonlySet<number> = new Set([20, 21, 23, 700, 701, 1700]);
const TEXTS: ReadonlySet<number> = new Set([18, 19, 25, 705, 1042, 1043]);
const INT2 = 21;
const INT4 = 23;
const INT8 = 20;
const FLOAT4 = 700;
const FLOAT8 = 701;
const TEXT = 25;

/** Whether a type is a number. */
export const isNumber = (oid: number | undefined): boolean => oid !== undefined && NUMBERS.has(oid);

/** Whether a type is text. */
export const isText = (oid: number | undefined): boolean => oid !== undefined && TEXTS.has(oid);

/** A value that a cell has: its name, its SQL and the OID of its type; undefined where vector tiles can't hold it. */
export interface CellColumn {
  name: string;
  sql: string;
  oid: number | undefined;
}

/**
 * The column that a MapConfig means by a name, quoted.
 *
 * Names were SQL once: they may be in quotes, and those that are not may be in other case than the column.
 */
export function columnSql(name: string, { allColumns }: LayerFacts): string {
  return quoteIdent(findColumn(name, allColumns));
}

function findColumn(name: string, columns: readonly string[]): string {
  const unquoted = /^"(.*)"$/s.exec(name)?.[1]?.replaceAll('""', '"');
  const found = [name, unquoted, name.toLowerCase()].find((one) => one !== undefined && columns.includes(one));
  return found ?? unquoted ?? name;
}

/** Columns of a row of the layer that vector tiles can hold, in the query's order; dates where they are numbers. */
export function rowColumns({ layer, facts }: TileLayer): readonly TileColumn[] {
  if (!layer.datesAsNumbers) return facts.columns;
  const oids = new Map(facts.columns.map(({ name, oid }) => [name, oid]));
  for (const name of facts.dateColumns) oids.set(name, FLOAT8);
  return facts.allColumns.flatMap((name) => {
    const oid = oids.get(name);
    return oid === undefined ? [] : [{ name, oid }];
  });
}

function oidOf(name: string, layer: TileLayer): number | undefined {
  const found = findColumn(name, layer.facts.allColumns);
  return rowColumns(layer).find((column) => column.name === found)?.oid;
}

/** An aggregate of a layer's column, which `input` is the SQL of. */
export function aggregateColumn(column: AggregatedColumn, input: string, layer: TileLayer): CellColumn {
  const { name, of } = column;
  const oid = oidOf(of, layer);
  switch (column.function) {
    case "count":
      return { name, sql: `count(${of === "*" ? "*" : input})`, oid: INT8 };
    case "mode":
      return { name, sql: `mode() WITHIN GROUP (ORDER BY ${input})`, oid };
    case "min":
    case "max":
      return { name, sql: `${column.function}(${input})`, oid };
    case "avg":
      return { name, ...asFloat(`avg(${input})`, isNumber(oid)) };
    case "sum":
      if (oid === INT2 || oid === INT4) return { name, sql: `sum(${input})`, oid: INT8 };
      if (oid === FLOAT4) return { name, sql: `sum(${input})`, oid };
      return { name, ...asFloat(`sum(${input})`, isNumber(oid)) };
  }
}

/** Vector tiles hold numeric as text, which no style can do anything with. */
function asFloat(sql: string, isNumeric: boolean): Omit<CellColumn, "name"> {
  return isNumeric ? { sql: `${sql}::float8`, oid: FLOAT8 } : { sql, oid: undefined };
}

/** A dimension as an expression on a row of the layer's query. */
export function dimensionColumn({ name, column, time }: Dimension, tile: TileLayer): CellColumn {
  const { layer, facts } = tile;
  const value = columnSql(column, facts);
  if (time === undefined) return { name, sql: value, oid: oidOf(column, tile) };
  const isDate = facts.dateColumns.includes(findColumn(column, facts.allColumns)) && !layer.datesAsNumbers;
  const sql = timeGroupSql(time, isDate ? `${value}::timestamptz` : `to_timestamp(${value})`);
  return { name, sql, oid: { cyclic: FLOAT8, serial: INT4, iso: TEXT }[time.form] };
}
