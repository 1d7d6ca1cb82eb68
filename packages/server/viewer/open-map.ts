import type { InstantiatedMap, LayergroupLayer } from "@carto-ts/protocol";
import { type Api, ServerError } from "./api.ts";
import { type Column, configOf, statsOf, toColumn } from "./facts.ts";
import { queryOf, type Subject } from "./subject.ts";

/** A map that the server made, ready to be drawn. */
export interface OpenedMap {
  /** Address of its vector tiles, with `{z}/{x}/{y}`. */
  tiles: string;
  /** Its layers that are queries, the lowest first. */
  layers: readonly OpenedLayer[];
}

/** A layer of an opened map. */
export interface OpenedLayer {
  /** Its name in the vector tiles. */
  id: string;
  /** What people are told that it is called. */
  title: string;
  /** How many features there are, by the planner's estimate; undefined where it has none. */
  count: number | undefined;
  /** Columns that it can be coloured by; undefined where only its tiles tell. */
  columns: readonly Column[] | undefined;
}

/** Side of the cells in which many points become one, in pixels of a 256 pixel tile; one is 2 to 4 on the screen. */
const CELL = 1.5;

/** Has the server make the map of what a page shows. @throws ServerError */
export async function openMap(api: Api, subject: Subject): Promise<OpenedMap> {
  const { layergroupid, metadata } = await instantiate(api, subject);
  const layers = metadata.layers.filter(({ type }) => type === "mapnik" || type === "cartodb");
  return {
    // By the page's own address: the server may know itself by another.
    tiles: `${location.origin}${api.base}/map/${layergroupid}/mapnik/{z}/{x}/{y}.mvt${tokensOf(subject)}`,
    layers: layers.map((layer) => toOpenedLayer(layer, subject)),
  };
}

async function instantiate(api: Api, subject: Subject): Promise<InstantiatedMap> {
  if (subject.kind === "map") {
    return (await api.post(
      `/map/named/${encodeURIComponent(subject.name)}${tokensOf(subject)}`,
      {},
    )) as InstantiatedMap;
  }
  const sql = queryOf(subject) ?? "";
  const metadata = { columns: true };
  try {
    return (await api.post("/map", configOf(sql, { aggregation: { resolution: CELL }, metadata }))) as InstantiatedMap;
  } catch (error) {
    // Many points become few by their key, which not every query has.
    if (!(error instanceof ServerError && error.message.includes("cartodb_id"))) throw error;
    return (await api.post("/map", configOf(sql, { aggregation: false, metadata }))) as InstantiatedMap;
  }
}

/** A map's tokens as its addresses have them; the API takes them nowhere else. */
function tokensOf(subject: Subject): string {
  if (subject.kind !== "map" || subject.tokens.length === 0) return "";
  return `?${new URLSearchParams(subject.tokens.map((token) => ["auth_token", token]))}`;
}

function toOpenedLayer({ id, meta }: LayergroupLayer, subject: Subject): OpenedLayer {
  const { estimatedFeatureCount: count, columns } = statsOf(meta.stats);
  return {
    id,
    title: subject.kind === "dataset" ? subject.name : subject.kind === "query" ? "Query" : id,
    count: count === undefined || count < 0 ? undefined : count,
    columns: columns && Object.entries(columns).flatMap(toColumn),
  };
}
