import { quoteIdent } from "../../db/identifier.ts";
import { aggregatedColumns } from "../aggregation/aggregate-sql.ts";
import type { TileColumn, TileLayer } from "../tiles/tile.ts";

const NUMERIC = 1700;
const FLOAT8 = 701;
const TEXT = 25;

/** What Mapnik knows a layer by: ids may be anything. */
export const layerName = (index: number): string => `layer${index}`;

/** The first of the columns that a layer's rows do not have, one a cell where they are aggregated. */
export function missingColumn(tile: TileLayer, columns: readonly string[]): string | undefined {
  const { facts, layer } = tile;
  const names = tile.aggregated ? aggregatedColumns(tile).map(({ name }) => name) : facts.allColumns;
  return columns.find((name) => name !== layer.geomColumn && !names.includes(name));
}

/** Whether a column of a type that is neither for vector tiles nor a date is read as text. */
export const hasForeignText = ({ facts }: TileLayer, columns: readonly string[]): boolean =>
  columns.some((name) => !facts.columns.some((column) => column.name === name) && !facts.dateColumns.includes(name));

/**
 * A layer as pictures are made of it: with the columns alone that its style reads, and numbers as such.
 *
 * `numeric` is text in vector tiles, with which a style's numbers can't be compared; dates and the like are none at all.
 * What is aggregated has all its columns, for those that are read may be made of any.
 */
export function rasterLayer(tile: TileLayer, columns: readonly string[]): TileLayer {
  const { layer, facts, aggregated, style } = tile;
  const wanted = aggregated ? facts.allColumns : columns;
  const isOne = (name: string): boolean => facts.allColumns.indexOf(name) === facts.allColumns.lastIndexOf(name);
  const read = facts.allColumns.filter((name) => wanted.includes(name) && name !== layer.geomColumn && isOne(name));
  const picked = read.map((name) => pick(name, tile, columns.includes(name)));
  const list = [quoteIdent(layer.geomColumn), ...picked.map(({ sql }) => sql)].join(", ");
  return {
    layer: {
      ...layer,
      id: layerName(layer.index),
      // The tile that is made need not be of the zoom that it is shown at.
      minzoom: 0,
      maxzoom: Number.POSITIVE_INFINITY,
      sql: `SELECT ${list} FROM (${layer.sql}\n) AS _cdb_styled`,
    },
    facts: {
      ...facts,
      columns: picked.flatMap(({ column }) => column ?? []),
      allColumns: [layer.geomColumn, ...read],
      dateColumns: facts.dateColumns.filter((name) => read.includes(name)),
    },
    aggregated,
    ...(style ? { style } : {}),
  };
}

/** A column as pictures have it; undefined for one that only aggregation sees, and for a date that becomes a number. */
function pick(
  name: string,
  { facts, layer, aggregated }: TileLayer,
  isRead: boolean,
): { sql: string; column: TileColumn | undefined } {
  const quoted = quoteIdent(name);
  const column = facts.columns.find((one) => one.name === name);
  if (column?.oid === NUMERIC) return { sql: `${quoted}::float8 AS ${quoted}`, column: { name, oid: FLOAT8 } };
  if (column) return { sql: quoted, column };
  // Aggregation groups dates as they are.
  const isDate = facts.dateColumns.includes(name) && (layer.datesAsNumbers || aggregated);
  if (isDate || !isRead) return { sql: quoted, column: undefined };
  return { sql: `${quoted}::text AS ${quoted}`, column: { name, oid: TEXT } };
}
