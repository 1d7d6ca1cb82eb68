import type { InstantiatedMap } from "@carto-ts/protocol";
import { askMaps, instantiate, type MapAnswer } from "./maps.ts";
import type { World } from "./world.ts";

/** A map without layers that has dataviews of one query. */
export const dataviewsOf = (query: string, dataviews: object): object => ({
  layers: [],
  analyses: [{ id: "a0", type: "source", params: { query } }],
  dataviews: Object.fromEntries(
    Object.entries(dataviews).map(([name, dataview]) => [name, { source: { id: "a0" }, ...dataview }]),
  ),
});

/** What a dataview, `name?query` or `name/search?q=…`, answers to the master key. */
export function askDataview<Body>(
  world: World,
  { layergroupid }: Pick<InstantiatedMap, "layergroupid">,
  path: string,
): Promise<MapAnswer<Body>> {
  const mark = path.includes("?") ? "&" : "?";
  return askMaps<Body>(world, `/${layergroupid}/dataview/${path}${mark}api_key=${world.masterKey}`);
}

/** Makes a map of one dataview, `d`, of a query, and gives what that answers. */
export async function oneDataview<Body = Record<string, unknown>>(
  world: World,
  { query, type, options, params = "" }: { query: string; type: string; options: object; params?: string },
): Promise<Body> {
  const map = await instantiate(world, dataviewsOf(query, { d: { type, options } }));
  const { body } = await askDataview<Body>(world, map, `d${params}`);
  return body;
}
