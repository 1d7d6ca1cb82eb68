import type { MapDataview } from "@carto-ts/protocol";
import type { Session, StatementOptions } from "../../db/engine.ts";
import type { NodeRows } from "../analyses/analysis-node.ts";
import { readJsonRows, TooManyRowsError } from "../json-rows.ts";
import type { Layergroup } from "../layergroup/layergroup.ts";
import { worldSql } from "../layergroup/world-query.ts";
import type { Applied } from "../map-config/source-queries.ts";
import { aggregation, searchCategories } from "./aggregation.ts";
import { type DataviewParts, type DataviewQuery, type DataviewRow, dataviewError } from "./dataview.ts";
import { formula } from "./formula.ts";
import { histogram } from "./histogram.ts";
import type { AskedDataview } from "./read-request.ts";
import { rowsWithin, type SpatialFilter } from "./spatial-filter.ts";

/** Bytes of a dataview's rows at most. */
const MOST_BYTES = 16 * 1024 ** 2;

const KINDS: ReadonlyMap<string, (parts: DataviewParts) => DataviewQuery> = new Map([
  ["formula", formula],
  ["aggregation", aggregation],
  ["histogram", histogram],
]);

/** The dataview of a name. @throws MapError 400 where the map has none */
export function findDataview({ config: { dataviews } }: Pick<Layergroup, "config">, name: string): MapDataview {
  const found = Object.hasOwn(dataviews, name) ? dataviews[name] : undefined;
  if (found) return found;
  throw dataviewError(`Dataview '${name}' does not exist`);
}

/** Writes the query of a dataview. @throws MapError for options that are wrong, or a type that there isn't */
export function dataviewQuery(map: Layergroup, name: string, asked: AskedDataview): DataviewQuery {
  const { type, source, options } = findDataview(map, name);
  const kind = kindOf(type);
  const { request, noFilters, place } = asked;
  const applied: Applied = noFilters ? "none" : request.ownFilter ? "all" : { butOf: name };
  return kind({ options, rows: rowsOf(map, source.id, { applied, place }), request });
}

/** Writes the query for the categories of a dataview with a text in them; undefined where it has no categories. */
export function searchQuery(
  map: Layergroup,
  name: string,
  { text, ownFilter, place }: { text: string; ownFilter: boolean; place: SpatialFilter | undefined },
): DataviewQuery | undefined {
  const { type, source, options } = findDataview(map, name);
  kindOf(type);
  if (type !== "aggregation") return undefined;
  const applied: Applied = ownFilter ? "all" : { butOf: name };
  return searchCategories({ options, rows: rowsOf(map, source.id, { applied, place }) }, text);
}

function kindOf(type: string): (parts: DataviewParts) => DataviewQuery {
  const kind = KINDS.get(type);
  if (kind) return kind;
  throw dataviewError(`Invalid dataview type: "${type}"`);
}

function rowsOf(
  { sources }: Layergroup,
  id: string,
  { applied, place }: { applied: Applied; place: SpatialFilter | undefined },
): NodeRows {
  const shown = sources.shown(id, applied);
  const rows = { ...shown, sql: worldSql(shown.sql) };
  return place === undefined ? rows : rowsWithin(rows, place);
}

/** Asks the database, in the role of `session`. @throws MapError for an answer that is too large */
export async function askDataview(
  { sql, toAnswer }: DataviewQuery,
  session: Session,
  options: StatementOptions,
): Promise<object> {
  try {
    const rows = await readJsonRows(await session.runOne(sql, options), MOST_BYTES);
    return toAnswer(rows.map((row) => JSON.parse(row) as DataviewRow));
  } catch (error) {
    if (!(error instanceof TooManyRowsError)) throw error;
    throw dataviewError("The dataview is larger than 16 MB: ask for fewer categories or larger bins");
  }
}
