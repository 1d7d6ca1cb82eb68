import { type MapFilters, type MapTemplate, TEMPLATE_VERSION, type TemplateView } from "@carto-ts/protocol";
import type { Client } from "../client.ts";
import { DecodeError } from "../errors.ts";
import type { RequestOptions } from "../options.ts";
import { jsonBody } from "../request.ts";
import { json, nothing } from "../response.ts";
import { Instance, type InstantiationSpec, instantiated } from "./instance.ts";
import { Layergroup } from "./layergroup.ts";
import { readTile } from "./tile.ts";
import {
  fillTemplate,
  type LayerRef,
  layerFilter,
  MAPS_PATH,
  segment,
  type TileAddress,
  type TileFormat,
  tilePath,
  tokenQuery,
  type UrlQuery,
  withQuery,
} from "./tile-url.ts";

const PATH = `${MAPS_PATH}/named`;

/** A template to be kept: of its sections only the name and the map must be there. */
export interface TemplateInput extends Omit<MapTemplate, "version"> {
  /** @defaultValue "0.0.1", the only one */
  version?: string;
}

/** Values of a named map's placeholders; what isn't given has its default. */
export interface TemplateParams {
  [placeholder: string]: string | number | Readonly<Record<string, string | number>> | undefined;
  /** Styles in CartoCSS instead of the template's, by the layers' places. */
  styles?: Readonly<Record<string, string>>;
  /** Pixels around a tile that are drawn as well, by format. */
  buffersize?: Readonly<Record<string, number>>;
}

/** What opens a named map: one of its tokens. They are meant to be seen in URLs. */
export interface TokenOptions {
  authToken?: string | readonly string[] | undefined;
}

/** Options of {@link NamedMaps.instantiate}. */
export interface InstantiateNamedOptions extends RequestOptions, TokenOptions {
  /** `true` aggregates points of layers that say nothing of it as well, `false` of none. @defaultValue as the layers say */
  aggregation?: boolean | undefined;
  /** Narrows the rows that layers and dataviews show. @defaultValue all rows */
  filters?: MapFilters | undefined;
}

/** Which tile of a named map a URL is of. */
export interface NamedTileOptions extends TokenOptions {
  /** Without one, the URL has `{z}`, `{x}` and `{y}` in it. */
  tile?: TileAddress | undefined;
  /** @defaultValue all layers; of vector tiles and grids those that are queries */
  layer?: LayerRef | readonly LayerRef[] | undefined;
  /** @defaultValue "mvt" */
  format?: TileFormat | undefined;
  params?: TemplateParams | undefined;
}

/** What an image of a named map shows. */
export interface NamedStaticOptions extends TokenOptions {
  /** Pixels, 8192 at most. */
  width: number;
  height: number;
  /** @defaultValue "png" */
  format?: "png" | "jpg" | undefined;
  /** Where it looks, in degrees (EPSG:4326): `zoom` with `center`, else `bounds`. @defaultValue the template's view */
  view?: Pick<TemplateView, "zoom" | "center" | "bounds"> | undefined;
  /** @defaultValue all */
  layer?: LayerRef | readonly LayerRef[] | undefined;
  params?: TemplateParams | undefined;
}

/**
 * Maps kept under a name, with placeholders. Keeping them needs the master key; who may see them, the template says.
 *
 * @example
 * ```ts
 * await carto.maps.named.create({ name: "world", layergroup: { layers: [{ options: { sql: "select * from cities" } }] } });
 * const map = await carto.maps.named.instantiate("world");
 * ```
 */
export class NamedMaps {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /**
   * Keeps a template, and resolves with its name.
   *
   * SQL and styles are looked at when it is instantiated, not here.
   *
   * @throws {@link MapError} for a template that the server refuses, or a name that is taken.
   */
  async create(template: TemplateInput, options?: RequestOptions): Promise<string> {
    return this.#save("POST", PATH, { template, options });
  }

  /** Replaces the template of the same name, as a whole, and resolves with the name. Maps made of it stay as they are. */
  async update(template: TemplateInput, options?: RequestOptions): Promise<string> {
    return this.#save("PUT", pathOf(template.name), { template, options });
  }

  /** Reads a template. @throws {@link NotFoundError} */
  async get(name: string, options?: RequestOptions): Promise<MapTemplate> {
    const spec = { method: "GET", path: pathOf(name), parse: json<{ template?: MapTemplate }> };
    const { template } = await this.#client.request(spec, options);
    if (typeof template !== "object") throw new DecodeError(`The answer about the named map "${name}" is no template`);
    return template;
  }

  /** Lists the names of all templates, in no order. */
  async list(options?: RequestOptions): Promise<string[]> {
    const spec = { method: "GET", path: PATH, parse: json<{ template_ids?: string[] }> };
    const { template_ids: names } = await this.#client.request(spec, options);
    if (!Array.isArray(names)) throw new DecodeError("The answer is not a list of named maps");
    return names;
  }

  /** Deletes a template. Maps that were made of it live on. @throws {@link NotFoundError} */
  async delete(name: string, options?: RequestOptions): Promise<void> {
    return this.#client.request({ method: "DELETE", path: pathOf(name), parse: nothing }, options);
  }

  /**
   * Has the server fill a template's placeholders and make the map ready to be drawn.
   *
   * @param params Not changed, and copied.
   * @throws {@link PermissionError} without one of its tokens; {@link NotFoundError}; {@link MapError} for a value that
   *   isn't of its placeholder's type.
   */
  async instantiate(
    name: string,
    params: TemplateParams = {},
    options: InstantiateNamedOptions = {},
  ): Promise<Layergroup> {
    const { authToken, aggregation, filters, ...request } = options;
    const tokens = toTokens(authToken);
    const spec: InstantiationSpec = {
      method: "POST",
      path: withQuery(pathOf(name), tokenQuery(tokens)),
      query: { aggregation, filters: filters && JSON.stringify(filters) },
      body: jsonBody(JSON.parse(JSON.stringify(params))),
      retry: "idempotent",
      keyIn: "header",
      parse: instantiated,
    };
    const instance = await Instance.create(this.#client, spec, request);
    return new Layergroup(this.#client, { instance, named: true, tokens });
  }

  /**
   * URL of a tile of the template itself: it needs no instantiation, and lives as long as the template. Asks nothing.
   *
   * No key is in it: a named map needs none.
   */
  tileUrl(name: string, options: NamedTileOptions = {}): string {
    const { tile, layer, format = "mvt", authToken, params } = options;
    const usual = format === "mvt" || format === "grid.json" ? "mapnik" : "all";
    const below = tilePath(undefined, { layers: layerFilter(layer) ?? usual, format });
    const urlTemplate = withQuery(this.#url(`${pathOf(name)}/${below}`), [
      ...paramQuery(params),
      ...tokensOf(authToken),
    ]);
    return fillTemplate({ urlTemplate, subdomains: [] }, tile);
  }

  /** URL of an image of the template's map. Asks nothing, and has no key in it. */
  staticUrl(name: string, options: NamedStaticOptions): string {
    const { width, height, format = "png", view = {}, layer, authToken, params } = options;
    const size = `${segment(String(width))}/${segment(String(height))}.${segment(format)}`;
    const layers = layerFilter(layer);
    return withQuery(this.#url(`${MAPS_PATH}/static/named/${segment(name)}/${size}`), [
      ...viewQuery(view),
      ...(layers === undefined ? [] : [["layer", layers] as const]),
      ...paramQuery(params),
      ...tokensOf(authToken),
    ]);
  }

  /** Reads such an image: the bytes of a PNG, or a JPEG. @throws {@link NotFoundError}; {@link PermissionError} */
  async fetchStatic(name: string, options: NamedStaticOptions & RequestOptions): Promise<Uint8Array> {
    const { width, height, format, view, layer, authToken, params, ...request } = options;
    const url = this.staticUrl(name, { width, height, format, view, layer, authToken, params });
    const path = url.slice(this.#client.account.baseUrl.length);
    const { bytes } = await this.#client.request({ method: "GET", path, parse: readTile }, request);
    return bytes ?? new Uint8Array();
  }

  #url(path: string): string {
    return `${this.#client.account.baseUrl}${path}`;
  }

  async #save(
    method: "POST" | "PUT",
    path: string,
    { template, options }: { template: TemplateInput; options: RequestOptions | undefined },
  ): Promise<string> {
    const body = jsonBody({ version: TEMPLATE_VERSION, ...template });
    const parse = json<{ template_id?: string }>;
    const spec = { method, path, body, keyIn: "header", parse } as const;
    const { template_id: name } = await this.#client.request(spec, options);
    if (typeof name !== "string") throw new DecodeError("The answer has no template_id");
    return name;
  }
}

function pathOf(name: string): string {
  return `${PATH}/${segment(name)}`;
}

function toTokens(authToken: TokenOptions["authToken"]): readonly string[] {
  if (authToken === undefined) return [];
  return typeof authToken === "string" ? [authToken] : [...authToken];
}

function tokensOf(authToken: TokenOptions["authToken"]): UrlQuery {
  return tokenQuery(toTokens(authToken));
}

function paramQuery(params: TemplateParams | undefined): UrlQuery {
  return params === undefined ? [] : [["config", JSON.stringify(params)]];
}

function viewQuery({ zoom, center, bounds }: NonNullable<NamedStaticOptions["view"]>): UrlQuery {
  const at = center ? Object.entries({ lon: center.lng, lat: center.lat }) : [];
  const box = bounds ? [["bbox", [bounds.west, bounds.south, bounds.east, bounds.north]]] : [];
  const entries = [...(zoom === undefined ? [] : [["zoom", zoom]]), ...at, ...box];
  return entries.map(([name, value]) => [String(name), String(value)]);
}
