import { toField } from "@carto-ts/protocol";
import type { Session } from "../../db/engine.ts";
import type { Column } from "../../db/result.ts";
import { aggregateSql } from "../aggregation/aggregate-sql.ts";
import { isObject } from "../aggregation/json-object.ts";
import { layerError } from "../aggregation/layer-error.ts";
import { worldTile } from "../aggregation/world-tile.ts";
import { readJsonRows, TooManyRowsError } from "../json-rows.ts";
import type { TileLayer } from "../tiles/tile.ts";
import { columnStats, dimensionStats, type Rows } from "./column-stats.ts";
import { sample } from "./sample.ts";

/** A layer that facts are asked of. */
export interface StatsRequest {
  layer: TileLayer;
  /** The layer's query, with its tokens filled and dates as numbers where it says so. */
  source: string;
  /** Names of the spatial types by OID. */
  spatialTypes: ReadonlyMap<number, string>;
}

/** Bytes of JSON that a layer's stats may have: more would stand in every answer to an instantiation. */
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * What `meta.stats` says of a layer: `estimatedFeatureCount`, and what the layer's `metadata` asks for.
 *
 * One statement follows the other, in the role of `session` and each within its time.
 *
 * @throws PgError of a statement. MapError 400 where there is more to say than 4 MB.
 */
export async function layerStats(request: StatsRequest, session: Session): Promise<Record<string, unknown>> {
  const { layer, source } = request;
  const { metadata, index } = layer.layer;
  const stats: Record<string, unknown> = { estimatedFeatureCount: layer.facts.estimatedRows };
  let left = MOST_BYTES;
  const rows: Rows = async (q) => {
    const texts = await readJsonRows(await session.runOne(q, { harmless: true }), left);
    left -= texts.reduce((sum, text) => sum + text.length, 0);
    return texts.map((text) => JSON.parse(text) as Record<string, unknown>);
  };
  try {
    if (metadata.sample) stats["sample"] = await sample(layer, source, rows);
    if (metadata.featureCount) stats["featureCount"] = await count(source, rows);
    if (isZoom(metadata.aggrFeatureCount)) {
      stats["aggrFeatureCount"] = await count(aggregatedSource(request, metadata.aggrFeatureCount), rows);
    }
    if (metadata.geometryType && layer.facts.geometryType !== undefined) {
      stats["geometryType"] = layer.facts.geometryType;
    }
    Object.assign(stats, await statsOfColumns(request, session, rows));
    return stats;
  } catch (error) {
    if (!(error instanceof TooManyRowsError)) throw error;
    const message = `The metadata of layer ${index} is larger than 4 MB: ask for fewer topCategories, or for a smaller sample`;
    throw layerError(layer.layer, message);
  }
}

const isZoom = (value: unknown): value is number => typeof value === "number" && value >= 0 && value <= 30;

async function count(source: string, rows: Rows): Promise<unknown> {
  const [row] = await rows(`SELECT count(*) AS "rows" FROM (${source}\n) AS _cdb_counted`);
  return row?.["rows"];
}

function aggregatedSource({ layer, source }: StatsRequest, zoom: number): string {
  return layer.aggregated ? aggregateSql(layer, worldTile(layer, source, zoom)) : source;
}

async function statsOfColumns(
  { layer, source, spatialTypes }: StatsRequest,
  session: Session,
  rows: Rows,
): Promise<Record<string, unknown>> {
  const { columns, columnStats: asked, dimensions } = layer.layer.metadata;
  const stats: Record<string, unknown> = {};
  if (columns || asked) {
    const all = unique(await session.describe(`SELECT * FROM (${source}\n) AS _cdb_described`));
    const known = asked ? await columnStats({ columns: all, source, asked: isObject(asked) ? asked : {} }, rows) : {};
    // Without a prototype, for a column may be called __proto__.
    const told: Record<string, object> = Object.create(null);
    for (const { name, ...type } of all) told[name] = { type: toField(type, spatialTypes).type, ...known[name] };
    stats["columns"] = told;
  }
  if (dimensions && layer.layer.aggregation) stats["dimensions"] = await dimensionStats(layer, source, rows);
  return stats;
}

/** Of several columns of one name none can be asked for. */
const unique = (columns: readonly Column[]): readonly Column[] =>
  columns.filter(({ name }) => columns.filter((other) => other.name === name).length === 1);
