import { replyMapJson } from "../http/maps.ts";
import type { ResponseHeaders } from "../http/reply.ts";
import type { Route } from "../http/route.ts";
import { nodesIn } from "./analyses/analysis-node.ts";
import { dataHeaders } from "./cache-headers.ts";
import { askDataview, dataviewQuery, findDataview, searchQuery } from "./dataviews/ask-dataview.ts";
import type { DataviewQuery } from "./dataviews/dataview.ts";
import { readDataviewRequest, readPlace } from "./dataviews/read-request.ts";
import { type OpenMap, openMap } from "./feature-routes.ts";
import type { Layergroup } from "./layergroup/layergroup.ts";
import { mapError } from "./map-error.ts";
import type { MapPath } from "./map-path.ts";
import { cacheFacts, type MapServices } from "./routes.ts";

type Context = Parameters<Route>[0];
type PathOf<Kind extends MapPath["kind"]> = Extract<MapPath, { kind: Kind }>;

/** `GET /api/v1/map/:token/dataview/:name`, and as widgets had it `/api/v1/map/:token/:layer/widget/:name` */
export async function showDataview(
  c: Context,
  services: MapServices,
  { token, name }: PathOf<"dataview">,
): Promise<Response> {
  const open = await openMap(c, services, token);
  findDataview(open.layergroup, name);
  const asked = readDataviewRequest(c.get("params"));
  return answer(c, services, { open, query: (map) => dataviewQuery(map, name, asked), otherwise: {} });
}

/** The same with `/search` behind it. */
export async function searchDataview(
  c: Context,
  services: MapServices,
  { token, name }: PathOf<"dataview-search">,
): Promise<Response> {
  const open = await openMap(c, services, token);
  const { type } = findDataview(open.layergroup, name);
  const params = c.get("params");
  const asked = {
    text: params.text("q") ?? "",
    ownFilter: Number(params.text("own_filter")) === 1,
    place: readPlace(params),
  };
  return answer(c, services, {
    open,
    query: (map) => searchQuery(map, name, asked),
    otherwise: { type, categories: [] },
  });
}

interface Asked {
  open: OpenMap;
  /** Writes the query; undefined where there is nothing to ask. */
  query: (map: Layergroup) => DataviewQuery | undefined;
  /** The answer where there is nothing to ask. */
  otherwise: object;
}

async function answer(c: Context, services: MapServices, { open, query, otherwise }: Asked): Promise<Response> {
  const { engine, tiles, gate } = services;
  const { reader, cacheBuster } = open;
  const { role, signal, timeoutMs } = reader;
  // Looked at before the data is: what is changed meanwhile makes the address an outdated one.
  const { map, state, harmless } = await tiles.look(open.layergroup, reader);
  const written = query(map);
  const body =
    written &&
    (await gate.run(map.account, signal, async () => {
      await using session = await engine.session(role, { signal, timeoutMs, readOnly: true });
      return await askDataview(written, session, { harmless });
    }));
  const { changedAt, allTell } = state;
  const headers = dataHeaders(cacheFacts(c, services, { layergroup: map, changedAt, allTell }), cacheBuster);
  return replyMapJson(c, body ?? otherwise, { headers });
}

/** `GET /api/v1/map/:token/analysis/node/:id`: analyses are queries, so that one that is there is ready. */
export async function showAnalysis(
  c: Context,
  services: MapServices,
  { token, id }: PathOf<"analysis">,
): Promise<Response> {
  const { layergroup } = await openMap(c, services, token);
  const isKnown = nodesIn(layergroup.config.analyses.roots).some(({ hash }) => hash === id);
  const { changedAt } = await services.layergroups.changes(layergroup);
  const headers: ResponseHeaders = { "Cache-Control": "public,max-age=5", "Last-Modified": new Date().toUTCString() };
  const known = { node_id: id, status: "ready", updated_at: new Date(changedAt).toISOString() };
  return replyMapJson(c, isKnown ? known : { node_id: id, status: "unknown" }, { headers });
}

/** `GET /api/v1/map/analyses/catalog`: nothing of analyses is kept, so that it is empty. */
export function showCatalog(c: Context): Response {
  if (c.get("key").type !== "master") throw mapError("Unauthorized", { status: 401 });
  return replyMapJson(c, { catalog: [] });
}
