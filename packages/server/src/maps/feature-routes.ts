import type { Session } from "../db/engine.ts";
import { replyMapStream, replyMapText } from "../http/maps.ts";
import type { ResponseHeaders } from "../http/reply.ts";
import type { Route } from "../http/route.ts";
import { checkSigner, readerOf } from "./access.ts";
import { clusterFeatures } from "./aggregation/cluster.ts";
import { readAttributes } from "./attributes/attributes.ts";
import { dataHeaders } from "./cache-headers.ts";
import type { Layergroup } from "./layergroup/layergroup.ts";
import type { Reader } from "./layergroup/read-map.ts";
import { parseToken } from "./layergroup/token.ts";
import { worldQuery } from "./layergroup/world-query.ts";
import { mapError } from "./map-error.ts";
import type { MapPath } from "./map-path.ts";
import { cacheFacts, callerOf, type MapServices, nameMap } from "./routes.ts";
import type { TileLayer } from "./tiles/tile.ts";

type Context = Parameters<Route>[0];
type PathOf<Kind extends MapPath["kind"]> = Extract<MapPath, { kind: Kind }>;

/** A map that a request may read. */
export interface OpenMap {
  layergroup: Layergroup;
  reader: Reader;
  /** What the token says after its colon. */
  cacheBuster: string | undefined;
}

/** Finds the map of a token, and says in the answer's headers which it is. @throws MapError for none, or no right to it. */
export async function openMap(c: Context, { layergroups, limits }: MapServices, text: string): Promise<OpenMap> {
  const token = parseToken(text);
  const caller = callerOf(c);
  checkSigner(token, caller.account);
  const layergroup = await layergroups.load(caller.account.name, token.id);
  const { id, template } = layergroup;
  nameMap(c, { id, template, cacheBuster: token.cacheBuster ?? "" });
  return { layergroup, reader: readerOf(layergroup, token, { caller, limits }), cacheBuster: token.cacheBuster };
}

/** A layer whose features are asked for. */
interface OpenLayer extends OpenMap {
  layer: TileLayer;
  /** What caches are told. */
  headers: ResponseHeaders;
}

/** `GET /api/v1/map/:token/:layer/attributes/:id` */
export async function showAttributes(
  c: Context,
  services: MapServices,
  { token, layer: number, id }: PathOf<"attributes">,
): Promise<Response> {
  const missing = `Layer ${number} has no exposed attributes`;
  const { layer, reader, headers } = await openLayer(c, services, { token, number, missing });
  await using session = await openSession(services, reader);
  const text = await readAttributes({ layer, source: worldQuery(layer), id }, session);
  return replyMapText(c, text, { headers });
}

/** `GET /api/v1/map/:token/:layer/:zoom/cluster/:id` */
export async function showCluster(
  c: Context,
  services: MapServices,
  { token, layer: number, zoom, id: clusterId }: PathOf<"cluster">,
): Promise<Response> {
  const mapId = parseToken(token).id;
  const missing = `Map ${mapId} has no aggregation defined for layer ${number}`;
  const { layer, reader, headers, layergroup } = await openLayer(c, services, { token, number, missing });
  const { config } = layergroup;
  const aggregation = c.get("params").text("aggregation");
  const request = { mapId, config, layer, source: worldQuery(layer), zoom, clusterId, aggregation };
  const session = await openSession(services, reader);
  const close = (): PromiseLike<void> => session[Symbol.asyncDispose]();
  try {
    return await replyMapStream(c, await clusterFeatures(request, session), { close, headers });
  } catch (error) {
    await close();
    throw error;
  }
}

async function openLayer(
  c: Context,
  services: MapServices,
  { token, number, missing }: { token: string; number: string; missing: string },
): Promise<OpenLayer> {
  const map = await openMap(c, services, token);
  const { layergroup, cacheBuster } = map;
  const given = /^\d+$/.test(number) ? layergroup.config.layers[Number(number)] : undefined;
  if (!given) throw mapError(`Map ${layergroup.id} has no layer number ${number}`, { status: 400 });
  const layer = layergroup.layers.find((query) => query.layer === given);
  if (!layer) throw mapError(missing, { status: 400 });
  // Read before the data is: what is changed meanwhile makes the address an outdated one.
  const changes = await services.layergroups.changes(layergroup);
  return { ...map, layer, headers: dataHeaders(cacheFacts(c, services, { layergroup, ...changes }), cacheBuster) };
}

const openSession = ({ engine }: MapServices, { role, signal, timeoutMs }: Reader): Promise<Session> =>
  engine.session(role, { signal, timeoutMs, readOnly: true });
