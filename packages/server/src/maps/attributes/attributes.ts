import type { Session } from "../../db/engine.ts";
import { quoteIdent, quoteLiteral } from "../../db/identifier.ts";
import { aggregateSql, isWholeRows } from "../aggregation/aggregate-sql.ts";
import { isNumber } from "../aggregation/layer-column.ts";
import { worldTile } from "../aggregation/world-tile.ts";
import { readJsonRows } from "../json-rows.ts";
import { mapError } from "../map-error.ts";
import type { TileLayer } from "../tiles/tile.ts";

/** A feature whose attributes are asked for. */
export interface AttributesRequest {
  layer: TileLayer;
  /** The layer's query, with its tokens filled and dates as numbers where it says so. */
  source: string;
  /** Value of the layer's id column, as the address has it. */
  id: string;
}

/** Features of one id that are looked at. */
const MOST_FEATURES = 100;
const MOST_BYTES = 16 * 1024 * 1024;
const NUMBER = /^[+-]?\d+(\.\d+)?$/;

/**
 * Reads a feature's attributes, as JSON, in the role of `session`.
 *
 * Several features of one id are answered where they are all the same. Where a layer is aggregated by columns of its
 * own, its attributes are those of cells.
 *
 * @throws MapError 400 where the layer has none, 404 for no feature, 400 for several.
 */
export async function readAttributes(request: AttributesRequest, session: Session): Promise<string> {
  const { layer, source, id } = request;
  const { attributes, index } = layer.layer;
  if (attributes === undefined) throw mapError(`Layer ${index} has no exposed attributes`, { status: 400 });
  const rows = isWholeRows(layer) ? source : aggregateSql(layer, worldTile(layer, source, 0));
  const columns = attributes.columns.map(quoteIdent).join(", ");
  const result = await session.runOne(
    `SELECT ${columns} FROM (${rows}\n) AS _cdb_feature WHERE ${quoteIdent(attributes.id)} = ${idSql(layer, attributes.id, id)} LIMIT ${MOST_FEATURES}`,
    { harmless: true },
  );
  const features = await readJsonRows(result, MOST_BYTES);
  const [first] = features;
  if (first !== undefined && features.every((feature) => feature === first)) return first;
  const message = `Multiple features (${features.length}) identified by '${attributes.id}' = ${id} in layer ${index}`;
  throw mapError(message, { status: first === undefined ? 404 : 400 });
}

/** Numbers are compared as numbers, whatever width they have: what is too large is no feature, rather than an error. */
function idSql({ facts }: TileLayer, column: string, id: string): string {
  const oid = facts.columns.find(({ name }) => name === column)?.oid;
  return isNumber(oid) && NUMBER.test(id) ? `(${id})` : quoteLiteral(id);
}
