import type { MapTemplate } from "@carto-ts/protocol";
import type { Context } from "hono";
import type { Limits, MapsConfig } from "../config.ts";
import type { Engine } from "../db/engine.ts";
import { baseUrlOf } from "../http/account.ts";
import { givenKey } from "../http/authenticate.ts";
import { clientSignal } from "../http/client.ts";
import type { Env } from "../http/env.ts";
import { headerValue, replyMapJson } from "../http/maps.ts";
import { isJson } from "../http/params.ts";
import { headersOf, type ResponseHeaders } from "../http/reply.ts";
import type { Route, Step } from "../http/route.ts";
import { callersReader, checkAnalyses, type MapCaller, ownersReader } from "./access.ts";
import { type CacheFacts, INSTANTIATION_SECONDS, instantiationHeaders, templateKey } from "./cache-headers.ts";
import type { Layergroup, TemplateRef } from "./layergroup/layergroup.ts";
import type { Instantiated, Layergroups, MapOrder } from "./layergroup/layergroups.ts";
import { instantiatedMap } from "./layergroup/metadata.ts";
import type { Reader } from "./layergroup/read-map.ts";
import { formatToken } from "./layergroup/token.ts";
import { isFields } from "./map-config/fields.ts";
import type { LzmaThread } from "./map-config/lzma-thread.ts";
import { readAuthTokens, readMapParams, unpackParams } from "./map-config/map-params.ts";
import { parseMapConfig } from "./map-config/parse.ts";
import { mapError } from "./map-error.ts";
import type { NamedMaps } from "./named/named-maps.ts";
import type { Pictures } from "./raster/pictures.ts";
import type { RenderGate } from "./tiles/render-gate.ts";
import type { TileServer } from "./tiles/tile-server.ts";

/** What the Maps API works with. */
export interface MapServices {
  engine: Engine;
  layergroups: Layergroups;
  named: NamedMaps;
  tiles: TileServer<Layergroup>;
  /** What lets an account's tiles and dataviews be made, a few at once. */
  gate: RenderGate;
  pictures: Pictures;
  lzma: LzmaThread;
  limits: Limits;
  config: MapsConfig;
}

/** Puts the parameters that came packed among the others. */
export function unpackLzma({ lzma }: MapServices): Step {
  return (c) => {
    const params = c.get("params");
    return params.text("lzma") ? unpackParams(params, lzma) : undefined;
  };
}

/** `GET /api/v1/map?config=…` */
export function instantiateByUrl(services: MapServices): Route {
  return (c) => {
    const { config } = readMapParams(c.get("params"));
    if (config === undefined) throw mapError('layergroup GET needs a "config" parameter', { status: 400 });
    return instantiate(c, services, anonymousMap(c, services, config));
  };
}

/** `POST /api/v1/map` */
export function instantiateByBody(services: MapServices): Route {
  return (c) => {
    requireJson(c);
    return instantiate(c, services, anonymousMap(c, services, c.get("params").body));
  };
}

/** `POST /api/v1/map/named/:id` */
export function instantiateNamed(services: MapServices): Route {
  return async (c) => {
    requireJson(c);
    return instantiate(c, services, await namedMap(c, services, { name: nameOf(c), params: c.get("params").body }));
  };
}

/** `GET /api/v1/map/named/:id/jsonp` */
export function instantiateNamedByUrl(services: MapServices): Route {
  return async (c) => {
    const params = c.get("params");
    if (!params.text("callback")) {
      throw mapError("callback parameter should be present and be a function name", { status: 400 });
    }
    const asked = { name: nameOf(c), params: parseTemplateParams(params.text("config"), "Invalid") };
    return instantiate(c, services, await namedMap(c, services, asked));
  };
}

const nameOf = (c: Context<Env>): string => c.req.param("id") ?? "";

/**
 * The map of a template as it is now, for a request that names the template alone; made where it is not known.
 *
 * Values of its placeholders are in `config` of the query string.
 */
export async function namedMapOf(
  c: Context<Env>,
  services: MapServices,
  name: string,
): Promise<{ layergroup: Layergroup; view: MapTemplate["view"] }> {
  const params = parseTemplateParams(c.get("params").text("config"), "malformed");
  const asked = await namedMap(c, services, { name, params });
  const order = orderOf(c, asked);
  const layergroup = await services.layergroups.obtain(order);
  nameMap(c, { id: layergroup.id, template: order.template, cacheBuster: "" });
  return { layergroup, view: asked.view };
}

function requireJson(c: Context<Env>): void {
  if (!isJson(c)) throw mapError("POST data must be of type application/json", { status: 400 });
}

/** @param wrong What a text that is none is called. */
function parseTemplateParams(text: string | undefined, wrong: "Invalid" | "malformed"): Record<string, unknown> {
  if (!text) return {};
  try {
    const params: unknown = JSON.parse(text);
    if (typeof params === "object" && params !== null && !Array.isArray(params)) return { ...params };
  } catch {
    // Told below, as what is JSON and no object.
  }
  throw mapError(`${wrong} config parameter, should be a valid JSON`, { status: 400 });
}

/** A map that is asked for. */
interface AskedMap {
  /** Its MapConfig, with every placeholder filled. */
  config: unknown;
  template: TemplateRef | undefined;
  /** What the template says of previews. */
  view: MapTemplate["view"];
  reader: Reader;
}

/** Who sent a request to the Maps API. */
export function callerOf(c: Context<Env>): MapCaller {
  const authTokens = readAuthTokens(c.get("params"));
  return { account: c.get("account"), key: c.get("key"), authTokens, signal: clientSignal(c) };
}

function anonymousMap(c: Context<Env>, { limits }: MapServices, config: unknown): AskedMap {
  return {
    config: withoutKey(config),
    template: undefined,
    view: undefined,
    reader: callersReader(callerOf(c), limits),
  };
}

/** A key may stand beside the MapConfig in a body; it is no part of the map. */
function withoutKey(config: unknown): unknown {
  if (typeof config !== "object" || config === null || Array.isArray(config)) return config;
  const { api_key, map_key, client, ...map } = config as Record<string, unknown>;
  return map;
}

async function namedMap(
  c: Context<Env>,
  { named, limits }: MapServices,
  { name, params }: { name: string; params: Readonly<Record<string, unknown>> },
): Promise<AskedMap> {
  const caller = callerOf(c);
  const { config, template, view } = await named.resolve(caller.account, name, params, caller.authTokens);
  return { config, template, view, reader: ownersReader(caller, limits) };
}

async function instantiate(c: Context<Env>, services: MapServices, asked: AskedMap): Promise<Response> {
  const { layergroups, config } = services;
  const order = orderOf(c, asked);
  const { account, template } = order;
  const { statTag } = order.config;
  if (statTag !== undefined) headersOf(c)["Carto-Stat-Tag"] = headerValue(statTag);
  const id = layergroups.idOf(order);
  nameMap(c, { id, template, cacheBuster: "0" });
  const made = await layergroups.instantiate(order);
  const cacheBuster = String(made.changedAt);
  nameMap(c, { id, template, cacheBuster });
  const token = formatToken({ signer: template && account, templateHash: template?.hash, id, cacheBuster });
  const key = givenKey(c);
  const place = { baseUrl: baseUrlOf(c), account, token, apiKey: key?.inParams ? key.token : undefined };
  const { layergroup, stats, changedAt } = made;
  return replyMapJson(c, instantiatedMap({ layergroup, stats, changedAt, place, config }), {
    headers: { "X-Layergroup-Id": token, ...instantiatedHeaders(c, services, made) },
  });
}

function orderOf(c: Context<Env>, { config: given, template, reader }: Omit<AskedMap, "view">): MapOrder {
  const { filters, aggregation } = readMapParams(c.get("params"));
  const config = parseMapConfig(filters && isFields(given) ? { ...given, filters } : given);
  if (template === undefined) checkAnalyses(config, c.get("key"));
  return {
    account: c.get("account").name,
    config,
    template,
    aggregation,
    reader,
    cachedMs: isGet(c) ? INSTANTIATION_SECONDS * 1_000 : 0,
  };
}

const isGet = (c: Context<Env>): boolean => c.req.method === "GET" || c.req.method === "HEAD";

/** Says in the answer's headers which map it is of. */
export function nameMap(
  c: Context<Env>,
  { id, template, cacheBuster }: { id: string; template: TemplateRef | undefined; cacheBuster: string },
): void {
  const headers = headersOf(c);
  headers["Carto-Map-Id"] = id;
  headers["Carto-Cache-Buster"] = headerValue(cacheBuster);
  if (template) headers["Carto-Template-Hash"] = template.hash;
}

/** What caches are told of an answer that shows a map's data. */
export function cacheFacts(
  c: Context<Env>,
  { layergroups }: Pick<MapServices, "layergroups">,
  { layergroup, changedAt, allTell }: Pick<Instantiated, "layergroup" | "changedAt" | "allTell">,
): CacheFacts {
  return {
    channel: layergroups.channelOf(layergroup),
    changedAt,
    allTell,
    isPrivate: c.get("key").type !== "default" && givenKey(c)?.inParams === false,
  };
}

/** Only what was asked for by GET can be kept; of a named map every answer goes with its template. */
function instantiatedHeaders(c: Context<Env>, services: MapServices, made: Instantiated): ResponseHeaders {
  if (isGet(c)) return instantiationHeaders(cacheFacts(c, services, made));
  const { template, account } = made.layergroup;
  return template ? { "Surrogate-Key": templateKey({ account, name: template.name }) } : {};
}
