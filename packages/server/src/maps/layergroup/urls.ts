import { crc32 } from "node:zlib";
import type { InstantiatedMap, MapTileJson, MapUrls, MapUrlTemplate } from "@carto-ts/protocol";
import type { MapsConfig } from "../../config.ts";

/** Where a map is. */
export interface MapPlace {
  /** URL that the account's paths are below, as the request was addressed. */
  baseUrl: string;
  account: string;
  /** `layergroupid` of the answer. */
  token: string;
  /** Key for URLs of tiles; undefined for none. */
  apiKey: string | undefined;
}

/** Writes the URLs of an instantiated map. */
export class MapUrlWriter {
  readonly #place: MapPlace;
  readonly #templates: MapUrls;
  readonly #subdomains: readonly string[];

  constructor(place: MapPlace, config: MapsConfig) {
    this.#place = place;
    const cdn = cdnOf(config);
    this.#templates = {
      http: cdn ? `${cdn.http}/${place.account}` : place.baseUrl,
      https: cdn ? `${cdn.https}/${place.account}` : place.baseUrl,
    };
    this.#subdomains = this.#templates.https.includes("{s}") ? config.cdnSubdomains : [];
  }

  /** TileJSON of the tiles at a path below the map, such as `layer0/{z}/{x}/{y}.mvt`. */
  tileJson(path: string, grids?: string): MapTileJson {
    const all = { tilejson: "2.2.0", tiles: this.#tiles(path) };
    return grids === undefined ? all : { ...all, grids: this.#tiles(grids) };
  }

  /** Address template of those tiles. */
  template(path: string): MapUrlTemplate {
    return { urlTemplate: this.#tileUrl(this.#templates.https, path), subdomains: [...this.#subdomains] };
  }

  /** Both addresses of something else below the map; it is always asked of the same subdomain. */
  urls(path: string): MapUrls {
    const { http, https } = this.#templates;
    const subdomain = this.#subdomains[crc32(path) % this.#subdomains.length] ?? "";
    const url = (template: string): string => this.#below(template, path).replace("{s}", subdomain);
    return { http: url(http), https: url(https) };
  }

  #tiles(path: string): string[] {
    const url = this.#tileUrl(this.#templates.https, path);
    return this.#subdomains.length === 0 ? [url] : this.#subdomains.map((name) => url.replace("{s}", name));
  }

  #tileUrl(template: string, path: string): string {
    const { apiKey } = this.#place;
    return this.#below(template, path) + (apiKey === undefined ? "" : `?api_key=${encodeURIComponent(apiKey)}`);
  }

  #below(template: string, path: string): string {
    return `${template}/api/v1/map/${this.#place.token}/${path}`;
  }
}

/** The CDN's address for each scheme, or undefined where there is none. */
function cdnOf({ cdnHttp, cdnHttps }: MapsConfig): MapUrls | undefined {
  const http = cdnHttp ?? cdnHttps;
  const https = cdnHttps ?? cdnHttp;
  return http === undefined || https === undefined ? undefined : { http, https };
}

/** What `cdn_url` of the answer says: empty without a CDN. */
export function cdnUrl(config: MapsConfig): InstantiatedMap["cdn_url"] {
  const cdn = cdnOf(config);
  if (!cdn) return {};
  const [first = ""] = config.cdnSubdomains;
  const host = (url: string): string => url.replace(/^https?:\/\//, "").replace("{s}", first);
  const template = (url: string): { url: string; subdomains: string[] } => ({
    url,
    subdomains: url.includes("{s}") ? [...config.cdnSubdomains] : [],
  });
  return {
    http: host(cdn.http),
    https: host(cdn.https),
    templates: { http: template(cdn.http), https: template(cdn.https) },
  };
}
