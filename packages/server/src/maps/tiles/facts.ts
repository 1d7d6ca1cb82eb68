import type { Session } from "../../db/engine.ts";
import { quoteIdent } from "../../db/identifier.ts";
import { PgError } from "../../db/pg-error.ts";
import type { Column } from "../../db/result.ts";
import type { QueryLayer } from "../map-config/map-config.ts";
import { fillTokens, WORLD_TOKENS } from "../map-config/tokens.ts";
import { estimate } from "./explain.ts";
import type { LayerFacts } from "./tile.ts";
import { from } from "./tile-sql.ts";

/** OIDs of the types that vector tiles hold: bool, int8, int2, int4, text, float4, float8, unknown, char(n), varchar, numeric. */
const TILE_TYPES = new Set([16, 20, 21, 23, 25, 700, 701, 705, 1042, 1043, 1700]);
/** OIDs of date, time, timestamp, timestamptz and timetz. */
const DATE_TYPES = new Set([1082, 1083, 1114, 1184, 1266]);

/** What a statement with parameters ends with when it gets none. */
const PROTOCOL_VIOLATION = "08P01";

/**
 * Finds out what a layer's query gives, in the role of `session`.
 *
 * Neither describing nor planning runs it; the type of its first geometry is a run up to the first row that has one.
 *
 * @throws PgError of the query: what doesn't exist, may not be read, or isn't SQL.
 */
export async function readLayerFacts(layer: QueryLayer, session: Session): Promise<LayerFacts> {
  const source = from(fillTokens(layer.sql, WORLD_TOKENS));
  const all = await session.describe(`SELECT * FROM ${source}`);
  const geometry = quoteIdent(layer.geomColumn);
  const names = all.map(({ name }) => name);
  // Of two columns of one name neither can be selected.
  const isUnique = ({ name }: Column): boolean => names.indexOf(name) === names.lastIndexOf(name);
  const columns = all
    .filter((column) => column.name !== layer.geomColumn && TILE_TYPES.has(column.oid) && isUnique(column))
    .map(({ name, oid }) => ({ name, oid }));
  const selected = columns.map(({ name }) => quoteIdent(name)).join(", ");
  const { rows, width } = await estimate(session, `SELECT ${selected} FROM ${source}`).catch(refuseParameters);
  const geometries = await estimate(session, `SELECT ${geometry} FROM ${source}`);
  const type = await session.value(
    `SELECT convert_to(ST_GeometryType(${geometry}), 'UTF8') FROM ${source} WHERE ${geometry} IS NOT NULL LIMIT 1`,
    [],
  );
  return {
    columns,
    allColumns: names,
    dateColumns: all.filter((column) => DATE_TYPES.has(column.oid) && isUnique(column)).map(({ name }) => name),
    geometryType: type?.toString(),
    estimatedRows: rows,
    rowBytes: width,
    geometryBytes: geometries.width,
  };
}

/** Tiles' statements have parameters of their own, which a query's would be taken for. @throws */
function refuseParameters(error: unknown): never {
  if (!(error instanceof PgError) || error.code !== PROTOCOL_VIOLATION) throw error;
  throw new PgError({ severity: "ERROR", code: "42P02", message: "there is no parameter $1" });
}
