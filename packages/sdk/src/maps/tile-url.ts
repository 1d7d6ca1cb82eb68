import type { InstantiatedMap, LayergroupLayer, MapUrlTemplate } from "@carto-ts/protocol";
import type { Account } from "../base-url.ts";
import { ConfigError } from "../errors.ts";
import { path } from "../request.ts";

/** Path of the Maps API below an account's base URL. */
export const MAPS_PATH = "api/v1/map";

/** Where a tile is in the usual scheme of the web (EPSG:3857, 256 pixels a tile). */
export interface TileAddress {
  /** Zoom: 2^z tiles a side. */
  z: number;
  /** Column from the west; beyond the world it goes on at the other side. */
  x: number;
  /** Row from the north. */
  y: number;
}

/** What tiles are made of: vectors, images, or what an image shows where. */
export type TileFormat = "mvt" | "png" | "png32" | "grid.json" | (string & {});

/** A layer by its id or its place among all layers from 0, or a kind of layers: `all`, `mapnik`, `torque`, `http`. */
export type LayerRef = string | number;

/** Parameters in their order; a name may come again. */
export type UrlQuery = readonly (readonly [name: string, value: string])[];

/**
 * Writes what follows a map's id in the URL of a tile: `{z}/{x}/{y}` where no tile is given.
 *
 * @throws {@link ConfigError} for an address that isn't of whole numbers.
 */
export function tilePath(
  tile: TileAddress | undefined,
  { layers, format }: { layers?: string | undefined; format: TileFormat },
): string {
  const address = tile === undefined ? "{z}/{x}/{y}" : toPath(tile);
  return `${layers === undefined ? "" : `${segment(layers)}/`}${address}.${segment(format)}`;
}

/** Fills in the tile and one of the hosts, always the same for the same tile, so that caches serve it. */
export function fillTemplate({ urlTemplate, subdomains }: MapUrlTemplate, tile: TileAddress | undefined): string {
  const host = tile === undefined ? 0 : Math.abs(tile.x + tile.y) % Math.max(1, subdomains.length);
  const url = urlTemplate.replaceAll("{s}", subdomains[host] ?? "");
  return tile === undefined ? url : url.replace("{z}/{x}/{y}", toPath(tile));
}

function toPath({ z, x, y }: TileAddress): string {
  for (const [name, value] of Object.entries({ z, x, y })) {
    if (!Number.isSafeInteger(value)) throw new ConfigError(`A tile's ${name} must be a whole number, not ${value}`);
  }
  return `${z}/${x}/${y}`;
}

/**
 * Writes which layers are meant; undefined for the server's choice, all that are queries.
 *
 * Ids of layers that are known become their places, which every server takes.
 *
 * @throws {@link ConfigError} for an id that the map doesn't have.
 */
export function layerFilter(
  layer: LayerRef | readonly LayerRef[] | undefined,
  known?: readonly LayergroupLayer[],
): string | undefined {
  if (layer === undefined) return undefined;
  const refs = typeof layer === "object" ? layer : [layer];
  if (refs.length === 0) throw new ConfigError("The list of layers is empty");
  return refs.map((ref) => (known && typeof ref === "string" ? placeOf(ref, known) : String(ref))).join(",");
}

const KINDS: readonly string[] = ["all", "mapnik", "torque", "http", "plain"];

function placeOf(id: string, layers: readonly LayergroupLayer[]): string {
  const place = layers.findIndex((layer) => layer.id === id);
  if (place >= 0) return String(place);
  if (KINDS.includes(id)) return id;
  const ids = layers.map((layer) => `"${layer.id}"`).join(", ");
  throw new ConfigError(`The map has no layer "${id}"${ids === "" ? "" : `; it has ${ids}`}`);
}

/** Writes a part of a path, leaving the signs that ids and lists are written with as they are. */
export function segment(part: string): string {
  return path`${part}`.replace(/%(?:3A|40|2C)/g, (code) => decodeURIComponent(code));
}

/** Joins a URL and its parameters. */
export function withQuery(url: string, query: UrlQuery): string {
  const search = new URLSearchParams(query.map(([name, value]) => [name, value])).toString();
  return search === "" ? url : `${url}?${search}`;
}

/** Parameters for the tokens of a named map. */
export function tokenQuery(tokens: readonly string[]): UrlQuery {
  return tokens.map((token) => ["auth_token", token]);
}

/** Where the Maps API is: at the account's own place, or at the hosts that the server names for tiles. */
export function mapsBase({ baseUrl, username }: Account, cdn: InstantiatedMap["cdn_url"] = {}): MapUrlTemplate {
  const scheme = baseUrl.startsWith("https:") ? "https" : "http";
  const { url, subdomains = [] } = cdn.templates?.[scheme] ?? {};
  const host = url ?? (cdn[scheme] ? `${scheme}://${cdn[scheme]}` : undefined);
  if (host === undefined) return { urlTemplate: `${baseUrl}${MAPS_PATH}`, subdomains: [] };
  return { urlTemplate: `${host.replace(/\/+$/, "")}/${encodeURIComponent(username)}/${MAPS_PATH}`, subdomains };
}
