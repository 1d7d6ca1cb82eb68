import { PgError } from "../../db/pg-error.ts";
import type { MapConfig, QueryLayer } from "../map-config/map-config.ts";
import { mapError } from "../map-error.ts";

/** SQLSTATE classes that tell of the database, not of the query: connections, resources, somebody stopped it. */
const OF_DATABASE = /^(?:08|53|57|58)/;
const NO_SUCH_COLUMN = "42703";

/** What a vector tile's query was made for. */
export type QueryStep = "PgMvtFactory" | "PgMvtRenderer";

/** An error of a layer's query in the form that clients know; other errors as they are. */
export function queryError(
  error: unknown,
  { config, layer, step }: { config: MapConfig; layer: QueryLayer | undefined; step: QueryStep },
): unknown {
  if (!isOfQuery(error)) return error;
  if (!config.vectorOnly && layer) return styledError(error.message, layer);
  const status = error.code === NO_SUCH_COLUMN && isOfGeometry(error, layer) ? { status: 400 } : {};
  return mapError(`${step}: ${error.message}`, status);
}

/** Whether an error is the query's own, not one of the database, of the time, or of the connection. */
export const isOfQuery = (error: unknown): error is PgError =>
  error instanceof PgError && !OF_DATABASE.test(error.code);

/** An error of a query that is drawn: with the words of Mapnik's plugin, and which layer it is. */
export const styledError = (message: string, layer: QueryLayer): Error =>
  mapError(`Postgis Plugin: ERROR:  ${message}`, {
    type: "layer",
    subtype: "query",
    layer: { id: layer.id, index: layer.index, type: "mapnik" },
  });

/** A query that isn't one of a map is a wrong request, whereas tables and columns that are gone are not found. */
const isOfGeometry = ({ message }: PgError, layer: QueryLayer | undefined): boolean =>
  layer !== undefined && message.includes(`"${layer.geomColumn}"`);
