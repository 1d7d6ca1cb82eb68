import { quoteIdent } from "../../db/identifier.ts";
import type { TileColumn, TileLayer } from "../tiles/tile.ts";
import { type Aggregation, DEFAULT_AGGREGATION, type Placement, readAggregation } from "./aggregation.ts";
import { filterSql } from "./filters.ts";
import { aggregateColumn, type CellColumn, columnSql, dimensionColumn, isText, rowColumns } from "./layer-column.ts";

/** A tile as rows are aggregated for it. All but the resolution is SQL; parameters in it are the caller's. */
export interface AggregatedTile {
  /** The query whose rows are aggregated: the layer's, with its tokens filled and dates as numbers where it says so. */
  source: string;
  /** Geometry of a row of {@link source}, in EPSG:3857. */
  geometry: string;
  /** Whether a row of {@link source} is within {@link bounds}, by an index if there is one; it may let in a few more. */
  within: string;
  /** The tile and its buffer in EPSG:3857, of type float8. */
  bounds: { xmin: string; ymin: string; xmax: string; ymax: string };
  /** Metres that a pixel of a 256 pixel tile is wide, of type float8; it may be off by rounding. */
  pixelSize: string;
  /** Side of a cell in pixels. @defaultValue {@link resolutionOf} */
  resolutionPixels?: number;
}

/** Metres that a pixel is wide at zoom 0. */
const WORLD_PIXEL = "(40075016.685578488::float8 / 256)";
/** Zoom whose pixel a cell has at least; beyond, cells can't be told apart. */
const DEEPEST_ZOOM = 38;
/** Part of a cell that a whole one may lack: what rounding takes from the edges of a tile. */
const SLACK = 1e-3;
const ID = "cartodb_id";
const COUNT: CellColumn = { name: "_cdb_feature_count", sql: "count(*)", oid: 20 };

/** How a layer's rows are aggregated: as it says where it is aggregated, else whole rows, for a tile that is too large. */
const aggregationOf = ({ layer, aggregated }: TileLayer): Aggregation =>
  aggregated ? readAggregation(layer) : DEFAULT_AGGREGATION;

/** Whether a layer's tiles have its own rows, all columns of them, be they aggregated or not. */
export const isWholeRows = (layer: TileLayer): boolean => aggregationOf(layer).whole;

/** Side of a layer's cells in pixels of a 256 pixel tile, as it says itself. */
export const resolutionOf = (layer: TileLayer): number => aggregationOf(layer).resolution;

/** Whether a layer may have more than one row a cell. */
export const hasDimensions = (layer: TileLayer): boolean => aggregationOf(layer).dimensions.length > 0;

/**
 * Cells that a tile has at most. Each may have several rows where the layer has dimensions.
 *
 * @param resolutionPixels Side of a cell. @param bufferPixels Pixels around the tile that belong to it.
 */
export function cellsAtMost(resolutionPixels: number, bufferPixels: number): number {
  return Math.floor((256 + 2 * bufferPixels) / resolutionPixels + 2 * SLACK) ** 2;
}

/** Columns that {@link aggregateSql} has for vector tiles, in its order; the geometry is not one of them. */
export function aggregatedColumns(layer: TileLayer): readonly TileColumn[] {
  const aggregation = aggregationOf(layer);
  const id = rowColumns(layer)
    .filter(({ name }) => name === ID)
    .slice(0, 1);
  const { made, own } = columnsOf(layer, aggregation);
  return [...id, ...made, ...own].flatMap(({ name, oid }) => (oid === undefined ? [] : [{ name, oid }]));
}

/**
 * A SELECT of one row a cell, and dimension values: `cartodb_id`, the columns of {@link aggregatedColumns}, and under
 * the name of the layer's geometry column the point, in EPSG:3857.
 *
 * Cells are counted from 0, 0 of EPSG:3857, and there are only those that are in the bounds as a whole: neighbouring
 * tiles agree on them. The text is the same for all tiles of a layer. Where there are parameters in it, the planner
 * must see their values (`plan_cache_mode = force_custom_plan`): else it reads all of a table through its index.
 */
export function aggregateSql(layer: TileLayer, tile: AggregatedTile): string {
  const aggregation = aggregationOf(layer);
  const { made, own } = columnsOf(layer, aggregation);
  const geometry = quoteIdent(layer.layer.geomColumn);
  const cells = cellsSql(layer, aggregation, tile);
  if (aggregation.placement !== "point-sample") return cells;
  const names = own.map(({ name }) => quoteIdent(name));
  // The condition once more: where the source is no table, not all of it need be made to find a few of its rows.
  const rows = `SELECT ${[quoteIdent(ID), ...names].join(", ")}, ${tile.geometry} AS _cdb_point
FROM (${tile.source}\n) AS _cdb_source WHERE ${tile.within}`;
  const columns = [
    `_cdb_row.${quoteIdent(ID)}`,
    ...made.map(({ name }) => `_cdb_cell.${quoteIdent(name)}`),
    ...names.map((name) => `_cdb_row.${name}`),
    `_cdb_row._cdb_point AS ${geometry}`,
  ];
  const groups = groupsOf(aggregation).map((name) => `_cdb_cell.${name}`);
  const once = layer.facts.uniqueId ? "" : `DISTINCT ON (${groups.join(", ")}) `;
  return `SELECT ${once}${columns.join(", ")} FROM (${cells}) AS _cdb_cell
JOIN (${rows}) AS _cdb_row ON _cdb_row.${quoteIdent(ID)} = _cdb_cell.${quoteIdent(ID)}`;
}

/** What the rows of a cell have in common. */
const groupsOf = ({ dimensions }: Aggregation): string[] => [
  "_cdb_cell_x",
  "_cdb_cell_y",
  ...dimensions.map((_, at) => `_cdb_d${at}`),
];

/** Columns besides `cartodb_id`: those made of a cell's rows, and those of the row that stands for it. */
function columnsOf(
  layer: TileLayer,
  { whole, columns, dimensions }: Aggregation,
): { made: CellColumn[]; own: readonly TileColumn[] } {
  const {
    layer: { geomColumn },
    facts,
  } = layer;
  const taken = [ID, geomColumn];
  const all = [
    COUNT,
    ...columns.map((column, at) => aggregateColumn(column, `_cdb_a${at}`, layer)),
    ...dimensions.map((dimension, at) => ({ ...dimensionColumn(dimension, layer), sql: `_cdb_d${at}` })),
  ];
  const made = all.filter(
    ({ name, oid }, at) =>
      oid !== undefined && !taken.includes(name) && all.findIndex((other) => other.name === name) === at,
  );
  const isOwn = ({ name }: TileColumn): boolean =>
    ![...taken, COUNT.name].includes(name) && facts.allColumns.indexOf(name) === facts.allColumns.lastIndexOf(name);
  return { made, own: whole ? rowColumns(layer).filter(isOwn) : [] };
}

/** One row a cell: `cartodb_id`, what is made of its rows, and the point where that is made of them too. */
function cellsSql(layer: TileLayer, aggregation: Aggregation, tile: AggregatedTile): string {
  const size = cellSize(tile, aggregation);
  const columns = columnsOf(layer, aggregation).made.map(({ name, sql }) => `${sql} AS ${quoteIdent(name)}`);
  const point = pointSql(aggregation.placement, size);
  if (point) columns.push(`${point} AS ${quoteIdent(layer.layer.geomColumn)}`);
  const groups = groupsOf(aggregation);
  // Whoever joins them to rows tells them apart by their groups.
  if (aggregation.placement === "point-sample" && !layer.facts.uniqueId) columns.push(...groups);
  return `SELECT min(_cdb_id) AS ${quoteIdent(ID)}, ${columns.join(", ")}
FROM (SELECT *, floor(_cdb_x / ${size})::int8 AS _cdb_cell_x, floor(_cdb_y / ${size})::int8 AS _cdb_cell_y
FROM (${pointsSql(layer, aggregation, tile)}) AS _cdb_points) AS _cdb_gridded
GROUP BY ${groups.join(", ")}
HAVING ${[isWhole(tile.bounds, size), ...filtersSql(layer, aggregation)].join(" AND ")}`;
}

/** Metres of a cell's side. They follow from the zoom alone, so that all tiles of a zoom have the very same cells. */
function cellSize({ pixelSize, resolutionPixels }: AggregatedTile, { resolution }: Aggregation): string {
  const zoom = `least(round(ln(${WORLD_PIXEL} / ${pixelSize}) / ln(2::float8)), ${DEEPEST_ZOOM})`;
  return `((${resolutionPixels ?? resolution})::float8 * ${WORLD_PIXEL} / power(2::float8, ${zoom}))`;
}

/** The rows within the tile, with what is made of them. */
function pointsSql(layer: TileLayer, { columns, dimensions }: Aggregation, tile: AggregatedTile): string {
  const inputs = [
    `${quoteIdent(ID)} AS _cdb_id`,
    `ST_X(${tile.geometry}) AS _cdb_x`,
    `ST_Y(${tile.geometry}) AS _cdb_y`,
    ...columns.flatMap(({ of }, at) => (of === "*" ? [] : [`${columnSql(of, layer.facts)} AS _cdb_a${at}`])),
    ...dimensions.map((dimension, at) => `${dimensionColumn(dimension, layer).sql} AS _cdb_d${at}`),
  ];
  // OFFSET 0 keeps coordinates from being taken anew wherever they are used, and the planner from thinking that there
  // are as many cells as points.
  return `SELECT ${inputs.join(", ")} FROM (${tile.source}\n) AS _cdb_source WHERE ${tile.within} OFFSET 0`;
}

function pointSql(placement: Placement, size: string): string | undefined {
  if (placement === "point-sample") return undefined;
  const at = (axis: string): string =>
    placement === "centroid" ? `avg(_cdb_${axis})` : `(_cdb_cell_${axis} + 0.5::float8) * ${size}`;
  return `ST_SetSRID(ST_MakePoint(${at("x")}, ${at("y")}), 3857)`;
}

/** Whether a cell is in the bounds as a whole. */
function isWhole({ xmin, ymin, xmax, ymax }: AggregatedTile["bounds"], size: string): string {
  const from = (axis: string, bound: string): string => `_cdb_cell_${axis} >= ceil(${bound} / ${size} - ${SLACK})`;
  const to = (axis: string, bound: string): string => `_cdb_cell_${axis} < floor(${bound} / ${size} + ${SLACK})`;
  // The planner takes such a CASE for even odds; of four comparisons it would expect that hardly a cell is left. The
  // count keeps it after the grouping, where it is asked once a cell.
  return `CASE WHEN count(*) > 0 AND ${from("x", xmin)} AND ${to("x", xmax)} AND ${from("y", ymin)} AND ${to("y", ymax)} THEN true ELSE false END`;
}

function filtersSql(layer: TileLayer, { columns, dimensions, filters }: Aggregation): string[] {
  return filters.map((filter) => {
    const columnAt = columns.findIndex(({ name }) => name === filter.name);
    const column = columns[columnAt];
    if (column) {
      const { sql, oid } = aggregateColumn(column, `_cdb_a${columnAt}`, layer);
      return filterSql(filter, sql, isText(oid));
    }
    const at = dimensions.findIndex(({ name }) => name === filter.name);
    const dimension = dimensions[at];
    return dimension ? filterSql(filter, `_cdb_d${at}`, isText(dimensionColumn(dimension, layer).oid)) : "true";
  });
}
