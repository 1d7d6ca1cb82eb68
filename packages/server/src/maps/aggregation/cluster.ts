import type { Session } from "../../db/engine.ts";
import { quoteIdent } from "../../db/identifier.ts";
import type { Encoding } from "../../formats/format.ts";
import { encodeRowsAndFields } from "../json-rows.ts";
import type { MapConfig, QueryLayer } from "../map-config/map-config.ts";
import { type MapError, mapError } from "../map-error.ts";
import type { TileLayer } from "../tiles/tile.ts";
import { isConsidered } from "./aggregated.ts";
import { type AggregatedColumn, isAggregateFunction, readAggregation } from "./aggregation.ts";
import { isObject } from "./json-object.ts";
import { aggregateColumn, columnSql } from "./layer-column.ts";
import type { Refuse } from "./layer-error.ts";
import { mercator, pixelSizeAt, withinEnvelope } from "./world-tile.ts";

/** A cell whose rows are asked for, as the address says. */
export interface ClusterRequest {
  /** Hash of the map, for errors. */
  mapId: string;
  config: MapConfig;
  layer: TileLayer;
  /** The layer's query, with its tokens filled and dates as numbers where it says so. */
  source: string;
  zoom: string;
  /** `cartodb_id` of a row of the cell. */
  clusterId: string;
  /** `?aggregation=`: how the rows are grouped, as JSON. */
  aggregation: string | undefined;
}

/** How rows of a cell are grouped. */
interface Grouping {
  columns: readonly string[];
  expressions: readonly AggregatedColumn[];
}

/** Zoom whose pixel a cell has at least. */
const DEEPEST_ZOOM = 38;
/** Columns that are geometries wherever they are. */
const GEOMETRIES = ["the_geom", "the_geom_webmercator"];

/**
 * Rows of the cell that a row is in at a zoom, as `{"rows":[…],"fields":[…]}`: all but the geometries, or grouped.
 *
 * They are read while the encoding is, in the role of `session`.
 *
 * @throws MapError 400 where the layer is not to be aggregated, and for what is not right in the address.
 */
export async function clusterFeatures(request: ClusterRequest, session: Session): Promise<Encoding> {
  const { config, layer, mapId } = request;
  const refuse = (message: string): MapError => clusterError(layer.layer, message);
  if (!isConsidered(config, layer.layer)) {
    throw refuse(`Map ${mapId} has no aggregation defined for layer ${layer.layer.index}`);
  }
  const grouping = readGrouping(request.aggregation, refuse);
  const zoom = readInteger(request.zoom, "zoom", refuse);
  const id = readInteger(request.clusterId, "cluster id", refuse);
  if (zoom < 0n) throw refuse(`Invalid zoom ${zoom}, should be an integer from 0 on`);
  const rows = clusterSql(request, Math.min(Number(zoom), DEEPEST_ZOOM), id);
  const q = grouping ? groupedSql(rows, grouping, layer) : rows;
  return encodeRowsAndFields(await session.runOne(q, { harmless: true }));
}

function clusterError({ index, givenType }: QueryLayer, message: string): MapError {
  const layer = { index: String(index), type: givenType };
  return mapError(message, { type: "layer", subtype: "aggregation", layer, status: 400 });
}

function readInteger(text: string, what: string, refuse: Refuse): bigint {
  if (/^[+-]?\d{1,18}$/.test(text)) return BigInt(text.replace("+", ""));
  throw refuse(`Invalid ${what} ${JSON.stringify(text)}, should be an integer`);
}

function readGrouping(text: string | undefined, refuse: Refuse): Grouping | undefined {
  if (text === undefined) return undefined;
  const asked = parseJson(text, refuse);
  const { columns, expressions = {} } = isObject(asked) ? asked : {};
  const isNames = Array.isArray(columns) && columns.length > 0 && columns.every((name) => typeof name === "string");
  if (!isNames) throw refuse("Invalid aggregation input, columns should be and array of column names");
  if (!isObject(expressions)) throw refuse(INVALID_EXPRESSIONS);
  return {
    columns,
    expressions: Object.entries(expressions).map(([name, made]) => readExpression(name, made, refuse)),
  };
}

const INVALID_EXPRESSIONS = "Invalid aggregation input, expressions should be and object with valid functions";

function readExpression(name: string, made: unknown, refuse: Refuse): AggregatedColumn {
  const { aggregated_column: of, aggregate_function: aggregate } = isObject(made) ? made : {};
  if (typeof of !== "string") throw refuse("Invalid aggregation input, aggregated column should be an string");
  if (typeof aggregate !== "string") throw refuse("Invalid aggregation input, aggregate function should be an string");
  if (!isAggregateFunction(aggregate) || name === "") throw refuse(INVALID_EXPRESSIONS);
  return { name, function: aggregate, of };
}

function parseJson(text: string, refuse: Refuse): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refuse("Invalid aggregation input, should be a a valid JSON");
  }
}

function clusterSql({ layer, source }: ClusterRequest, zoom: number, id: bigint): string {
  const { allColumns } = layer.facts;
  const skipped = [layer.layer.geomColumn, ...GEOMETRIES];
  const names = allColumns.filter((name, at) => !skipped.includes(name) && allColumns.indexOf(name) === at);
  const size = `(${readAggregation(layer.layer).resolution * pixelSizeAt(zoom)})::float8`;
  const cell = (axis: string): string => `floor(ST_${axis}(${mercator(layer)}) / ${size})`;
  const corner = (steps: number): string => `(_cdb_x + ${steps}) * ${size}, (_cdb_y + ${steps}) * ${size}`;
  const envelope = `ST_MakeEnvelope(${corner(0)}, ${corner(1)}, 3857)`;
  return `SELECT ${names.map(quoteIdent).join(", ")} FROM (${source}\n) AS _cdb_source,
(SELECT ${cell("X")} AS _cdb_x, ${cell("Y")} AS _cdb_y FROM (${source}\n) AS _cdb_source WHERE "cartodb_id" = (${id}) LIMIT 1) AS _cdb_cell
WHERE ${withinEnvelope(layer, envelope)} AND ${cell("X")} = _cdb_x AND ${cell("Y")} = _cdb_y`;
}

function groupedSql(rows: string, { columns, expressions }: Grouping, layer: TileLayer): string {
  const groups = columns.map((name) => columnSql(name, layer.facts));
  const made = expressions.map((expression) => {
    const { sql, name } = aggregateColumn(expression, columnSql(expression.of, layer.facts), layer);
    return `${sql} AS ${quoteIdent(name)}`;
  });
  return `SELECT ${['count(*) AS "_cdb_feature_count"', ...groups, ...made].join(", ")}
FROM (${rows}) AS _cdb_cluster GROUP BY ${groups.join(", ")}`;
}
