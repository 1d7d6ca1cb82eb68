import { MAP_CONFIG_VERSIONS, type MapConfig as MapConfigJson } from "@carto-ts/protocol";
import { mapError } from "../map-error.ts";
import { readAnalyses } from "./analyses.ts";
import { readBufferSize } from "./buffer.ts";
import { readDataviews } from "./dataviews.ts";
import { readExtents } from "./extents.ts";
import { type Fields, idOf, isFields, isNothing, shown } from "./fields.ts";
import { readFilters } from "./filters.ts";
import { checkJson } from "./json-limits.ts";
import type { Layer, MapConfig, OtherLayer, QueryLayer } from "./map-config.ts";
import { type GivenQueryLayer, readQueryLayer } from "./query-layer.ts";
import { readStyles } from "./styles.ts";
import { fillTokens, WORLD_TOKENS } from "./tokens.ts";
import { withWidgets } from "./widgets.ts";

const MAX_LAYERS = 100;
/** Characters of the SQL of all layers, wrapped and with their tokens filled. */
const MAX_SQL = 2 * 1024 ** 2;
const MAX_STAT_TAG = 256;

/**
 * Reads a MapConfig and sets every default. Reading what {@link MapConfig.json} has gives the same again.
 *
 * @param json The value of its JSON. What the server itself notes in stored ones, `dbparams` and `template`, is dropped.
 * @throws MapError on the first thing that is wrong with it
 */
export function parseMapConfig(json: unknown): MapConfig {
  checkJson(json);
  const whole: Fields = isFields(json) ? json : {};
  const fields = withWidgets(whole);
  checkVersion(fields["version"]);
  const given = readLayers(fields["layers"]);
  const queries = given.filter((layer) => isQuery(layer));
  const options = queries.map((layer) => layer.options);
  const bufferSize = readBufferSize(fields["buffersize"]);
  const extents = readExtents(options);
  const analyses = readAnalyses(fields["analyses"]);
  const dataviews = readDataviews(fields["dataviews"], analyses.byId);
  const filters = readFilters(fields["filters"], dataviews, analyses);
  const styles = readStyles(queries);
  const read = queries.map((layer, at) => readQueryLayer(layer, styles[at], analyses));
  checkSize(read);
  const byIndex = new Map<number, Layer>(read.map((layer) => [layer.index, layer]));
  const { dbparams: _, template: __, ...rest } = whole;
  return {
    layers: given.map((layer) => byIndex.get(layer.index) ?? (layer as OtherLayer)),
    analyses,
    dataviews,
    filters,
    bufferSize,
    ...extents,
    vectorOnly: read.length > 0 && styles.every((style) => style === undefined),
    statTag: readStatTag(fields["stat_tag"]),
    json: rest as unknown as MapConfigJson,
  };
}

const [LOWEST, HIGHEST] = MAP_CONFIG_VERSIONS;

function checkVersion(version: unknown): void {
  if (version === undefined) return;
  if (typeof version === "string" && /^\d{1,9}\.\d{1,9}\.\d{1,9}$/.test(version)) {
    if (compareVersions(version, LOWEST) >= 0 && compareVersions(version, HIGHEST) <= 0) return;
  }
  throw mapError(`Unsupported layergroup configuration version ${shown(version)}`);
}

function compareVersions(a: string, b: string): number {
  const others = b.split(".");
  const differences = a.split(".").map((part, at) => Number(part) - Number(others[at]));
  return differences.find((difference) => difference !== 0) ?? 0;
}

/**
 * Refuses queries that are too long together: layers may share one, and wraps and tokens may repeat, so that a short
 * MapConfig can make long SQL.
 *
 * @throws MapError
 */
export function checkSize(layers: readonly QueryLayer[]): void {
  const size = layers.reduce((sum, { sql }) => sum + fillTokens(sql, WORLD_TOKENS).length, 0);
  if (size <= MAX_SQL) return;
  throw mapError(`The layers' queries have ${size} characters, and may have ${MAX_SQL}`, {
    type: "mapconfig",
    status: 400,
  });
}

type GivenLayer = GivenQueryLayer | OtherLayer;

const isQuery = (layer: GivenLayer): layer is GivenQueryLayer => "givenType" in layer;

function readLayers(layers: unknown): GivenLayer[] {
  if (!Array.isArray(layers)) throw mapError("Missing layers array from layergroup config");
  if (layers.length > MAX_LAYERS) {
    const message = `The map has ${layers.length} layers, and may have ${MAX_LAYERS}: make several maps of it`;
    throw mapError(message, { type: "mapconfig" });
  }
  const counts = new Map<string, number>();
  return layers.map((layer: unknown, index) => {
    const fields: Fields = isFields(layer) ? layer : {};
    const { options } = fields;
    if (!isFields(options)) throw mapError(`Missing options from layer ${index} of layergroup config`);
    const givenType = readType(fields["type"], index);
    const isQueryType = givenType === "mapnik" || givenType === "cartodb";
    const kind = isQueryType ? "mapnik" : givenType;
    const count = counts.get(kind) ?? 0;
    counts.set(kind, count + 1);
    const id = readId(fields["id"], index) ?? (isQueryType ? `layer${count}` : `${kind}-layer${count}`);
    return isQueryType ? { index, id, givenType, options } : { kind: "other", index, id, type: givenType, options };
  });
}

function readType(type: unknown, index: number): string {
  if (isNothing(type) || type === "") return "mapnik";
  if (typeof type === "string") return type;
  throw mapError(`Invalid type of layer ${index}: it must be a string`);
}

function readId(id: unknown, index: number): string | undefined {
  if (isNothing(id) || id === "") return undefined;
  const name = idOf(id);
  if (name !== undefined) return name;
  throw mapError(`Invalid id of layer ${index}: it must be a string`);
}

/** It is sent back in a header: what none can have is no tag. */
const readStatTag = (tag: unknown): string | undefined =>
  typeof tag === "string" && tag.length <= MAX_STAT_TAG && /^[\x20-\x7e]+$/.test(tag) ? tag : undefined;
