import type {
  AggregateFunction,
  DataviewResult,
  LayergroupLayer,
  LayergroupMetadata,
  MapUrlTemplate,
} from "@carto-ts/protocol";
import type { Client } from "../client.ts";
import { ConfigError } from "../errors.ts";
import type { RequestOptions } from "../options.ts";
import type { Params, RequestSpec } from "../request.ts";
import { json } from "../response.ts";
import type { Parse } from "../response-context.ts";
import { Dataview } from "./dataview.ts";
import type { MapGrid } from "./grid.ts";
import type { Instance } from "./instance.ts";
import { type StaticShape, type StaticView, staticPath } from "./static-image.ts";
import { readTile, type Tile } from "./tile.ts";
import { rasterTileJson, type TileJson, vectorTileJson } from "./tile-json.ts";
import {
  fillTemplate,
  type LayerRef,
  layerFilter,
  MAPS_PATH,
  mapsBase,
  segment,
  type TileAddress,
  type TileFormat,
  tilePath,
  tokenQuery,
  type UrlQuery,
  withQuery,
} from "./tile-url.ts";

/** Which tiles a URL is of, and what the URL holds. */
export interface TileUrlOptions {
  /** Layers in the tile, by id or place. @defaultValue all that are queries */
  layer?: LayerRef | readonly LayerRef[] | undefined;
  /** @defaultValue "mvt" */
  format?: TileFormat | undefined;
  /**
   * Whether the client's API key is in the URL, where everybody who sees the page can read it: for images, which can't
   * be asked for with a header. A named map with tokens is the better way.
   *
   * @defaultValue false
   */
  keyInUrl?: boolean | undefined;
  /**
   * Whether the hosts that the server names for tiles are asked, if it names any, rather than the account's own.
   *
   * @defaultValue true where no key is needed: for named maps and for clients without one
   */
  cdn?: boolean | undefined;
}

/** Options of {@link Layergroup.fetchTile}. */
export interface FetchTileOptions extends RequestOptions, Pick<TileUrlOptions, "layer" | "format"> {
  /** Told what the server left out of the tile or merged, if it did, so that it is not too large. */
  onDropped?: ((dropped: string) => void) | undefined;
}

/** Options of {@link Layergroup.staticUrl}. */
export interface StaticUrlOptions extends StaticShape, Pick<TileUrlOptions, "keyInUrl"> {
  /** Layers in the image, by id or place. @defaultValue all */
  layer?: LayerRef | readonly LayerRef[] | undefined;
}

/** What is asked of the features of an aggregated point: all their columns, or groups of them. */
export interface ClusterQuery {
  /** Columns to group by. */
  columns?: readonly string[] | undefined;
  /** Values of each group. */
  expressions?:
    | Readonly<Record<string, { aggregate_function: AggregateFunction; aggregated_column: string }>>
    | undefined;
}

/** Features of an aggregated point, or groups of them, which have `_cdb_feature_count`. */
export interface MapCluster<Row = Record<string, unknown>> {
  rows: Row[];
  /** The columns, at least by name. */
  fields: { name: string }[];
}

/** What a layergroup is made from. */
export interface LayergroupInit {
  readonly instance: Instance;
  /** Whether it is of a named map, which its tokens open. */
  readonly named: boolean;
  readonly tokens: readonly string[];
}

/**
 * A map that the server has made, ready to be drawn.
 *
 * The server forgets maps that nobody asks for, after two hours by default. The methods that ask it then make the map
 * again, once, and go on; URLs that were made before answer 400 until {@link renew}.
 *
 * @example
 * ```ts
 * const map = await carto.maps.anonymous.instantiate({ layers: [{ id: "cities", options: { sql: "select * from cities" } }] });
 * const source = { type: "vector", ...map.tileJson() };
 * const bytes = await map.fetchTile({ z: 0, x: 0, y: 0 });
 * ```
 */
export class Layergroup {
  readonly #client: Client;
  readonly #init: LayergroupInit;

  constructor(client: Client, init: LayergroupInit) {
    this.#client = client;
    this.#init = init;
  }

  /** The server's name of the map and its data's age: `HASH:CHANGED`. Another one after data or a template changed. */
  get id(): string {
    return this.#init.instance.answer.layergroupid;
  }

  /** When the map's tables were changed last; 1970 where that isn't known. */
  get lastUpdated(): Date {
    return new Date(this.#init.instance.answer.last_updated);
  }

  /** What the server says of the map, as it says it; its URLs are without keys. */
  get metadata(): LayergroupMetadata {
    return this.#init.instance.answer.metadata;
  }

  /** The layers in their order, the lowest first. */
  get layers(): readonly LayergroupLayer[] {
    return this.metadata.layers;
  }

  /** A layer by its id or its place. @throws {@link ConfigError} when there is none. */
  layer(ref: LayerRef): LayergroupLayer {
    const found = this.layers[Number(layerFilter(ref, this.layers))];
    if (!found) throw new ConfigError(`The map has no layer ${ref}; it has ${this.layers.length}`);
    return found;
  }

  /**
   * URL of a tile, or with `{z}`, `{x}` and `{y}` in it of all of them. Asks nothing.
   *
   * @throws {@link ConfigError} for a layer that the map doesn't have, and an address that isn't of whole numbers.
   */
  tileUrl(options: TileUrlOptions & { tile?: TileAddress | undefined } = {}): string {
    return fillTemplate(this.tileTemplate(options), options.tile);
  }

  /** URL with `{z}`, `{x}`, `{y}` in it, and `{s}` where several hosts may be asked: the `subdomains`. */
  tileTemplate({ layer, format = "mvt", keyInUrl = false, cdn }: TileUrlOptions = {}): MapUrlTemplate {
    const { named, tokens, instance } = this.#init;
    const isOpen = named || this.#client.credentials.kind === "none";
    const hosts = (cdn ?? (isOpen && !keyInUrl)) ? instance.answer.cdn_url : undefined;
    const { urlTemplate, subdomains } = mapsBase(this.#client.account, hosts);
    const url = `${urlTemplate}/${segment(this.id)}/${tilePath(undefined, { layers: layerFilter(layer, this.layers), format })}`;
    const query = [...tokenQuery(tokens), ...(keyInUrl ? this.#keyQuery() : [])];
    return { urlTemplate: withQuery(url, query), subdomains };
  }

  /** TileJSON of the tiles, for map libraries. */
  tileJson(options: TileUrlOptions = {}): TileJson {
    const { urlTemplate, subdomains } = this.tileTemplate(options);
    const hosts = subdomains.length === 0 ? [""] : subdomains;
    const tiles = hosts.map((host) => urlTemplate.replaceAll("{s}", host));
    return (options.format ?? "mvt") === "mvt" ? vectorTileJson(tiles, this.#shown(options)) : rasterTileJson(tiles);
  }

  /**
   * Reads a tile, with the client's key in a header.
   *
   * @returns Its bytes, an uncompressed Mapbox Vector Tile by default; undefined for a tile that nothing is in.
   * @throws {@link QueryTimeoutError} when it takes the server too long.
   */
  async fetchTile(tile: TileAddress, options: FetchTileOptions = {}): Promise<Uint8Array | undefined> {
    const { layer, format = "mvt", onDropped, ...request } = options;
    const below = tilePath(tile, { layers: layerFilter(layer, this.layers), format });
    const { bytes, dropped } = await this.#ask(below, { parse: readTile }, request);
    if (dropped !== undefined) onDropped?.(dropped);
    return bytes;
  }

  /**
   * Reads which feature is where on a tile.
   *
   * @throws {@link MapError} when the layer shows nothing by `interactivity`.
   */
  grid<Values = Record<string, unknown>>(
    tile: TileAddress,
    layer: LayerRef,
    options?: RequestOptions,
  ): Promise<MapGrid<Values>> {
    const below = tilePath(tile, { layers: layerFilter(layer, this.layers), format: "grid.json" });
    return this.#ask(below, { parse: json<MapGrid<Values>> }, options);
  }

  /** URL of an image of the map. Asks nothing. @throws {@link ConfigError} for a layer that the map doesn't have. */
  staticUrl(view: StaticView, { layer, keyInUrl = false, ...shape }: StaticUrlOptions = {}): string {
    const { urlTemplate } = mapsBase(this.#client.account, undefined);
    const query = [...this.#layerQuery(layer), ...tokenQuery(this.#init.tokens), ...(keyInUrl ? this.#keyQuery() : [])];
    return withQuery(`${urlTemplate}/static/${staticPath(this.id, view, shape)}`, query);
  }

  /** Reads an image of the map, with the client's key in a header: the bytes of a PNG, or a JPEG. */
  async fetchStatic(
    view: StaticView,
    options: RequestOptions & Omit<StaticUrlOptions, "keyInUrl"> = {},
  ): Promise<Uint8Array> {
    const { layer, width, height, format, ...request } = options;
    const { instance, tokens } = this.#init;
    const query = [...this.#layerQuery(layer), ...tokenQuery(tokens)];
    const about = (id: string): RequestSpec<Tile> => {
      const path = withQuery(`${MAPS_PATH}/static/${staticPath(id, view, { width, height, format })}`, query);
      return { method: "GET", path, parse: readTile };
    };
    const { bytes } = await instance.ask(about, request);
    return bytes ?? new Uint8Array();
  }

  /**
   * Reads the columns of a feature that its layer exposes by `attributes`.
   *
   * @param feature Its value of the layer's `attributes.id`, as a rule `cartodb_id`.
   * @throws {@link NotFoundError} when there is none; {@link MapError} when the layer exposes nothing.
   */
  attributes<Row = Record<string, unknown>>(
    layer: LayerRef,
    feature: number | string,
    options?: RequestOptions,
  ): Promise<Row> {
    return this.#ask(`${this.#place(layer)}/attributes/${segment(String(feature))}`, { parse: json<Row> }, options);
  }

  /**
   * Reads the features that an aggregated point stands for.
   *
   * @param point The zoom that it is shown at, and its `cartodb_id` there.
   * @throws {@link MapError} when the layer isn't aggregated.
   */
  cluster<Row = Record<string, unknown>>(
    layer: LayerRef,
    point: { zoom: number; id: number },
    options: RequestOptions & ClusterQuery = {},
  ): Promise<MapCluster<Row>> {
    const { columns, expressions, ...request } = options;
    const below = `${this.#place(layer)}/${segment(String(point.zoom))}/cluster/${segment(String(point.id))}`;
    const grouped = columns !== undefined || expressions !== undefined;
    const query: Params = grouped ? { aggregation: JSON.stringify({ columns, expressions }) } : {};
    return this.#ask(below, { query, parse: json<MapCluster<Row>> }, request);
  }

  /**
   * A dataview of the map by its name, to be asked.
   *
   * @example
   * ```ts
   * const { result } = await map.dataview<FormulaResult>("people").get({ bbox: [-10, 35, 5, 45] });
   * ```
   * @throws {@link ConfigError} when the map has none of that name.
   */
  dataview<Result extends DataviewResult = DataviewResult>(name: string): Dataview<Result> {
    if (!Object.hasOwn(this.metadata.dataviews ?? {}, name)) {
      const names = Object.keys(this.metadata.dataviews ?? {}).join(", ");
      throw new ConfigError(`The map has no dataview "${name}"; it has ${names || "none"}`);
    }
    return new Dataview<Result>(name, (below, how, options) => this.#ask(below, how, options));
  }

  /**
   * Makes the map again, after it was forgotten or its data changed: {@link id}, {@link metadata} and all further URLs
   * are of the new one. Calls at the same time share one request.
   */
  renew(options?: Pick<RequestOptions, "signal" | "totalTimeout">): Promise<void> {
    return this.#init.instance.renew(options);
  }

  /** Nothing secret: what the server says of the map. */
  toJSON(): { id: string; lastUpdated: Date; metadata: LayergroupMetadata } {
    const { id, lastUpdated, metadata } = this;
    return { id, lastUpdated, metadata };
  }

  #ask<T>(below: string, { query, parse }: { query?: Params; parse: Parse<T> }, options?: RequestOptions): Promise<T> {
    const { instance, tokens } = this.#init;
    const about = (id: string): RequestSpec<T> => {
      const path = withQuery(`${MAPS_PATH}/${segment(id)}/${below}`, tokenQuery(tokens));
      return { method: "GET", path, ...(query && { query }), parse };
    };
    return instance.ask(about, options);
  }

  /** The place of one layer, which is what servers want here. */
  #place(ref: LayerRef): string {
    return segment(layerFilter(ref, this.layers) ?? "");
  }

  #layerQuery(layer: StaticUrlOptions["layer"]): UrlQuery {
    const layers = layerFilter(layer, this.layers);
    return layers === undefined ? [] : [["layer", layers]];
  }

  #shown({ layer }: TileUrlOptions): readonly LayergroupLayer[] {
    const queries = this.layers.filter(({ type }) => type === "mapnik");
    if (layer === undefined) return queries;
    const places = layerFilter(layer, this.layers)?.split(",");
    const named = this.layers.filter((_, place) => places?.includes(String(place)));
    return named.length === 0 ? queries : named;
  }

  #keyQuery(): UrlQuery {
    const { kind, apiKey } = this.#client.credentials;
    if (kind === "token") throw new ConfigError("An access token can't be in a tile's URL, only an API key can");
    return apiKey === undefined ? [] : [["api_key", apiKey]];
  }
}
