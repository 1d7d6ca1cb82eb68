import type { Session } from "../../db/engine.ts";
import { quoteIdent } from "../../db/identifier.ts";
import { PgError } from "../../db/pg-error.ts";
import type { Column } from "../../db/result.ts";
import type { QueryLayer } from "../map-config/map-config.ts";
import { fillTokens, WORLD_TOKENS } from "../map-config/tokens.ts";
import { explain, isOneTable, nodesOf } from "./explain.ts";
import type { LayerFacts, TileColumn, ValueFacts } from "./tile.ts";
import { from } from "./tile-sql.ts";

/** OIDs of the types that vector tiles hold: bool, int8, int2, int4, text, float4, float8, unknown, char(n), varchar, numeric. */
const TILE_TYPES = new Set([16, 20, 21, 23, 25, 700, 701, 705, 1042, 1043, 1700]);
/** OIDs of date, time, timestamp, timestamptz and timetz. */
const DATE_TYPES = new Set([1082, 1083, 1114, 1184, 1266]);

/** Columns whose values the planner is asked about, at most. */
const ASKED_COLUMNS = 40;
/** How many different values the planner expects of what it knows nothing about. */
const UNKNOWN_DISTINCT = 200;
/** Part of the rows that have an id of their own where the planner only rounds. */
const UNIQUE = 0.999;
/** Rows among which arcs are looked for. */
const PROBED_ROWS = 100;
const CURVES = ["CircularString", "CompoundCurve", "CurvePolygon", "MultiCurve", "MultiSurface"];

/** What a statement with parameters ends with when it gets none. */
const PROTOCOL_VIOLATION = "08P01";

/**
 * Finds out what a layer's query gives, in the role of `session`.
 *
 * Neither describing nor planning runs it; the types of its first geometries are a run up to the first
 * hundred rows that have one.
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
  const plan = await explain(session, `SELECT ${selected} FROM ${source}`).catch(refuseParameters);
  const geometries = await explain(session, `SELECT ${geometry} FROM ${source}`);
  const values = await readValues(columns.slice(0, ASKED_COLUMNS), source, session);
  const rows = plan["Plan Rows"];
  return {
    columns,
    allColumns: names,
    dateColumns: all.filter((column) => DATE_TYPES.has(column.oid) && isUnique(column)).map(({ name }) => name),
    ...(await probeGeometries(geometry, source, session)),
    estimatedRows: rows,
    rowBytes: plan["Plan Width"],
    geometryBytes: geometries["Plan Width"],
    values,
    uniqueId: isOneTable(plan) && (values["cartodb_id"]?.distinct ?? 0) >= UNIQUE * rows,
  };
}

/** What the planner expects of the columns' values, all in one plan. */
async function readValues(
  columns: readonly TileColumn[],
  source: string,
  session: Session,
): Promise<Record<string, ValueFacts>> {
  if (columns.length === 0) return {};
  const aliases = new Map(columns.map(({ name }, at) => [`_cdb_values${at}`, name]));
  const parts = [...aliases].map(
    ([alias, name]) => `SELECT 1 FROM (SELECT DISTINCT ${quoteIdent(name)} FROM ${source} OFFSET 0) AS ${alias}`,
  );
  const nodes = nodesOf(await explain(session, parts.join(" UNION ALL ")));
  return Object.fromEntries(
    nodes.flatMap(({ Alias, Plans }): [string, ValueFacts][] => {
      const name = aliases.get(Alias ?? "");
      const inner = Plans?.[0];
      if (name === undefined || !inner || inner["Plan Rows"] === UNKNOWN_DISTINCT) return [];
      return [[name, { bytes: inner["Plan Width"], distinct: inner["Plan Rows"] }]];
    }),
  );
}

/** Reads the type of the first geometry, and whether one of the first few has arcs; their vertices are not read. */
async function probeGeometries(
  geometry: string,
  source: string,
  session: Session,
): Promise<Pick<LayerFacts, "geometryType" | "curved">> {
  const curves = CURVES.map((name) => `'ST_${name}'`).join(", ");
  const first = `SELECT ST_GeometryType(${geometry}) AS type FROM ${source} WHERE ${geometry} IS NOT NULL LIMIT ${PROBED_ROWS}`;
  const found = await session.value(
    `SELECT convert_to(concat_ws(' ', (array_agg(type))[1], bool_or(type IN (${curves}))), 'UTF8') FROM (${first}) AS _cdb_first`,
    [],
  );
  const [type, curved] = found?.toString().split(" ") ?? [];
  return { geometryType: type || undefined, curved: curved === "t" };
}

/** Tiles' statements have parameters of their own, which a query's would be taken for. @throws */
function refuseParameters(error: unknown): never {
  if (!(error instanceof PgError) || error.code !== PROTOCOL_VIOLATION) throw error;
  throw new PgError({ severity: "ERROR", code: "42P02", message: "there is no parameter $1" });
}
