import type { MapAggregation, MapLayerMetadataOptions } from "@carto-ts/protocol";
import { sourceQuery } from "../analyses/analysis-node.ts";
import type { Analyses } from "./analyses.ts";
import { type Fields, idOf, integerOf, isFields, isNothing, numberOf, shown, textsOf } from "./fields.ts";
import { layerError } from "./layer-error.ts";
import type { QueryLayer } from "./map-config.ts";
import { cleanSql, wrappedLength, wrapSql } from "./sql-text.ts";
import type { Style } from "./styles.ts";

const DEFAULT_SRID = 3857;
/** The largest that PostGIS takes. */
const MAX_SRID = 999_999;
const MAX_ZOOM = 30;
/** Characters of a query that is wrapped. */
const MAX_WRAPPED = 2 * 1024 ** 2;

/** A layer that is a query, as it was given. */
export interface GivenQueryLayer {
  id: string;
  index: number;
  givenType: string;
  options: Fields;
}

/** Reads a layer that is a query. @throws MapError 400 of the type `layer` */
export function readQueryLayer(given: GivenQueryLayer, style: Style | undefined, analyses: Analyses): QueryLayer {
  const { id, index, givenType, options } = given;
  const interactivity = readInteractivity(given);
  checkGeometryType(given, interactivity);
  const metadata = options["metadata"];
  return {
    kind: "query",
    index,
    id,
    givenType,
    ...readQuery(given, analyses),
    widgets: readWidgets(given),
    cartocss: style?.cartocss,
    cartocssVersion: style?.version,
    interactivity,
    attributes: readAttributes(given),
    geomColumn: readGeomColumn(given),
    srid: readSrid(given),
    minzoom: readZoom(given, "minzoom") ?? 0,
    maxzoom: readZoom(given, "maxzoom") ?? MAX_ZOOM,
    aggregation: readAggregationOption(given),
    datesAsNumbers: options["dates_as_numbers"] === true,
    metadata: isFields(metadata) ? (metadata as MapLayerMetadataOptions) : {},
    affectedTables: textsOf(options["affected_tables"]) ?? [],
  };
}

function readQuery(given: GivenQueryLayer, { byId }: Analyses): Pick<QueryLayer, "sql" | "source"> {
  const { index, options } = given;
  const { source: asked } = options;
  const wrap = readWrap(given);
  if (isNothing(asked)) {
    const sql = typeof options["sql"] === "string" ? cleanSql(options["sql"]) : "";
    if (sql === "") throw layerError(given, `Missing sql for layer ${index} options`);
    return { sql: wrapped(given, sql, wrap), source: undefined };
  }
  const id = isFields(asked) ? idOf(asked["id"]) : undefined;
  const node = id === undefined ? undefined : byId.get(id);
  if (id === undefined || !node) {
    throw layerError(given, `Missing analysis node.id="${shown(id)}" for layer=${index}`);
  }
  const sql = sourceQuery(node);
  if (sql === "") throw layerError(given, `Missing sql for layer ${index} options`);
  return { sql: sql === undefined ? "" : wrapped(given, sql, wrap), source: { node: id, wrap } };
}

function readWrap(given: GivenQueryLayer): string | undefined {
  const { sql_wrap: wrap } = given.options;
  if (isNothing(wrap) || wrap === "") return undefined;
  if (typeof wrap === "string") return wrap;
  throw layerError(given, `The sql_wrap of layer ${given.index} must be a string`);
}

/** The query within its wrap, if there is one. @throws MapError where that makes it too long */
export function wrapped(layer: Pick<QueryLayer, "id" | "index">, sql: string, wrap: string | undefined): string {
  if (wrap === undefined) return sql;
  if (wrappedLength(wrap, sql) <= MAX_WRAPPED) return wrapSql(wrap, sql);
  throw layerError(layer, `The sql_wrap of layer ${layer.index} makes it too long`);
}

/** What is wrong with them is told as of dataviews. */
function readWidgets({ options: { widgets } }: GivenQueryLayer): Record<string, string> {
  if (!isFields(widgets)) return {};
  return Object.fromEntries(
    Object.entries(widgets).map(([name, widget]) => [name, isFields(widget) ? String(widget["type"]) : ""]),
  );
}

function readInteractivity(given: GivenQueryLayer): string[] {
  const { interactivity } = given.options;
  if (isNothing(interactivity)) return [];
  const columns = typeof interactivity === "string" ? interactivity.split(",") : textsOf(interactivity);
  if (columns) return columns.map((column) => column.trim()).filter((column) => column !== "");
  const message = `Invalid interactivity of layer ${given.index}: it must be a string of columns or an array of strings`;
  throw layerError(given, message);
}

function checkGeometryType(given: GivenQueryLayer, interactivity: readonly string[]): void {
  const { geom_type: type } = given.options;
  if (isNothing(type) || type === "" || type === "geometry") return;
  if (type !== "raster") {
    throw layerError(given, `Unsupported geometry column type for layer ${given.index}: ${shown(type)}`);
  }
  if (interactivity.length > 0) throw layerError(given, "Mapnik raster layers do not support interactivity");
  throw layerError(
    given,
    `Layer ${given.index} is of a raster column, which this server doesn't offer: use a geometry`,
  );
}

/** Without any column there is nothing to ask for. */
function readAttributes(given: GivenQueryLayer): QueryLayer["attributes"] {
  const { attributes } = given.options;
  if (isNothing(attributes)) return undefined;
  const { id, columns } = isFields(attributes) ? attributes : {};
  const names = textsOf(columns);
  if (typeof id === "string" && id !== "" && names) return names.length > 0 ? { id, columns: names } : undefined;
  const message = `Invalid attributes of layer ${given.index}: give a column's name as "id" and an array of names as "columns"`;
  throw layerError(given, message);
}

function readGeomColumn(given: GivenQueryLayer): string {
  const { geom_column: column } = given.options;
  if (isNothing(column) || column === "") return "the_geom_webmercator";
  if (typeof column === "string") return column;
  throw layerError(given, `Invalid geom_column of layer ${given.index}: it must be a string`);
}

function readSrid(given: GivenQueryLayer): number {
  const { srid } = given.options;
  if (isNothing(srid)) return DEFAULT_SRID;
  const read = integerOf(srid, 1, MAX_SRID);
  if (read !== undefined) return read;
  throw layerError(given, `Invalid srid of layer ${given.index}: it must be a number from 1 to ${MAX_SRID}`);
}

function readZoom(given: GivenQueryLayer, name: "minzoom" | "maxzoom"): number | undefined {
  const zoom = given.options[name];
  if (isNothing(zoom)) return undefined;
  const read = numberOf(zoom);
  if (read !== undefined) return read;
  throw layerError(given, `Invalid ${name} of layer ${given.index}: it must be a number`);
}

/** What is in it is read where it is known whether points are aggregated at all. */
function readAggregationOption(given: GivenQueryLayer): MapAggregation | boolean | undefined {
  const { aggregation } = given.options;
  if (isNothing(aggregation)) return undefined;
  if (typeof aggregation === "boolean" || isFields(aggregation)) return aggregation;
  throw layerError(given, `Invalid aggregation of layer ${given.index}: it must be true, false or an object`);
}
