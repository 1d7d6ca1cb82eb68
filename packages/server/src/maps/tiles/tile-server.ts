import type { AbortSource, Role, SessionOptions } from "../../db/engine.ts";
import type { Guard } from "../../db/guard/guard.ts";
import type { Layer, MapConfig, QueryLayer } from "../map-config/map-config.ts";
import type { PictureOrder, Pictures } from "../raster/pictures.ts";
import { Flights } from "./flights.ts";
import type { RenderGate } from "./render-gate.ts";
import type { TablesState, TableVersions } from "./table-versions.ts";
import type { TileAddress, TileLayer, TileRequest, TileSource, VectorTile } from "./tile.ts";
import { ReadyTile, type TileCache } from "./tile-cache.ts";
import { type WatchedQueries, watchQueries } from "./watched-queries.ts";

/** A map that tiles are made of. */
export interface TiledMap {
  /** The same for the same map. */
  id: string;
  account: string;
  config: MapConfig;
  /** Its layers that are queries. */
  layers: readonly TileLayer[];
  /** Everything that it reads. */
  queries: readonly Pick<QueryLayer, "sql">[];
  /** Tables that the planner reads for them. */
  tables: readonly { schema: string; name: string }[];
  /** The tables' columns when it was read, as {@link TablesState.columns} tells them. */
  columns: string;
}

/** A tile that is asked for. */
export interface TileOrder<Map extends TiledMap> {
  map: Map;
  /** Which of the map's layers. */
  layers: readonly Layer[];
  address: TileAddress;
  picture: TilePicture;
  reader: TileReader;
}

/** What a tile is: features with pixels around it, or a picture of them. */
export type TilePicture =
  | { kind: "vector"; buffer: number }
  | { kind: "raster"; format: "png" | "png32" | "grid.json"; scale: number };

/** Who reads what is on a tile. */
export interface TileReader {
  /** Role that the queries run as. */
  role: Role;
  /** Aborting it cancels the queries, unless others wait for the same tile. */
  signal: AbortSource;
  /** Milliseconds that the queries may take. */
  timeoutMs: number;
}

/** A tile as it is sent. */
export interface ServedTile {
  tile: ReadyTile;
  /** How the tables were when it was asked for. */
  state: TablesState;
  /** Milliseconds since it was made; undefined when it was made for this request. */
  ageMs: number | undefined;
}

/** A map as its tables are now. */
export interface Looked<Map extends TiledMap> {
  map: Map;
  state: TablesState;
  /** Whether its queries can't change a connection's state. */
  harmless: boolean;
}

/** What a {@link TileServer} works with. */
export interface TileServerParts<Map extends TiledMap> {
  source: TileSource;
  pictures: Pictures;
  guard: Guard;
  versions: TableVersions;
  cache: TileCache;
  gate: RenderGate;
  /** Reads a map anew whose tables have other columns than before. */
  reread(map: Map, role: Role, signal: AbortSource): Promise<Map>;
}

/**
 * Gives tiles: from memory where nothing that they show has changed, and made once for all who ask at the same time.
 *
 * Nothing is given from memory but after a look at the tables that began after the request came, so that no tile is
 * older than a change, or a right that was taken away, which was acknowledged before.
 */
export class TileServer<Map extends TiledMap> {
  readonly #parts: TileServerParts<Map>;
  readonly #flights = new Flights<ReadonlyMap<string, ReadyTile>>();
  readonly #rereads = new Flights<Map>();
  readonly #watched = new WeakMap<Map, globalThis.Map<string, Promise<WatchedQueries>>>();

  constructor(parts: TileServerParts<Map>) {
    this.#parts = parts;
  }

  /** Looks at a map's tables, and reads the map anew where they have other columns than before. */
  async look(map: Map, { role, signal }: TileReader): Promise<Looked<Map>> {
    const watched = await this.#watch(map, role);
    const { known: harmless } = watched;
    const told = await this.#parts.versions.read(watched);
    const state = harmless ? told : { ...told, version: undefined, allTell: false };
    if (map.columns === state.columns) return { map, state, harmless };
    const key = [map.account, map.id, role.name, state.columns].join("\n");
    const reread = await this.#rereads.join(key, signal, (aborting) => this.#parts.reread(map, role, aborting));
    return { map: reread, state: { ...state, version: undefined }, harmless };
  }

  async serve(asked: TileOrder<Map>): Promise<ServedTile> {
    const { map, state, harmless } = await this.look(asked.map, asked.reader);
    const order = { ...asked, map };
    const { signal } = order.reader;
    if (state.version === undefined)
      return { tile: await this.#make(order, harmless, signal), state, ageMs: undefined };
    const key = keyOf(order);
    const cached = this.#parts.cache.get(key, state.version);
    if (cached) return { tile: cached, state, ageMs: Date.now() - cached.madeAt };
    const tile = (await this.#makeKept(order, harmless, state.version)) ?? (await this.#make(order, harmless, signal));
    return { tile, state, ageMs: undefined };
  }

  /** Makes a tile to be kept, and those that are made with it; undefined where they turned out to be too much. */
  async #makeKept(order: TileOrder<Map>, harmless: boolean, version: string): Promise<ReadyTile | undefined> {
    const drawn = this.#pictureOf(order, harmless);
    const four = drawn && this.#parts.pictures.isDrawnWithOthers(drawn) ? siblingsOf(order) : undefined;
    const key = (four ?? [order]).map(keyOf).join();
    const made = await this.#flights.join(`${key}\n${version}`, order.reader.signal, async (aborting) => {
      const tiles = four
        ? await this.#makeFour(four, harmless, aborting)
        : [await this.#make(order, harmless, aborting)];
      const byKey = new globalThis.Map(tiles.map((tile, at) => [keyOf(four?.[at] ?? order), tile]));
      for (const [name, tile] of byKey) this.#parts.cache.put(name, version, tile);
      return byKey;
    });
    return made.get(keyOf(order));
  }

  async #make(order: TileOrder<Map>, harmless: boolean, signal: AbortSource): Promise<ReadyTile> {
    const { gate } = this.#parts;
    const { map, reader } = order;
    const { role, timeoutMs } = reader;
    const options = { signal, timeoutMs, readOnly: true };
    return gate.run(map.account, signal, async () => new ReadyTile(await this.#draw(order, harmless, role, options)));
  }

  async #makeFour(orders: readonly TileOrder<Map>[], harmless: boolean, signal: AbortSource): Promise<ReadyTile[]> {
    const { gate, pictures } = this.#parts;
    const [first] = orders;
    const drawn = first && this.#pictureOf(first, harmless);
    if (!first || !drawn) return [];
    const { role, timeoutMs } = first.reader;
    const options = { signal, timeoutMs, readOnly: true };
    const made = await gate.run(first.map.account, signal, () => pictures.drawFour(drawn, role, options));
    return (made ?? []).map((bytes) => new ReadyTile({ bytes, dropped: undefined }));
  }

  async #draw(order: TileOrder<Map>, harmless: boolean, role: Role, options: SessionOptions): Promise<VectorTile> {
    const { source, pictures } = this.#parts;
    const drawn = this.#pictureOf(order, harmless);
    if (drawn) return { bytes: await pictures.draw(drawn, role, options), dropped: undefined };
    return source.mvt({ ...toRequest(order), layers: askedLayers(order), harmless }, role, options);
  }

  /** What is drawn; undefined for vector tiles. */
  #pictureOf(order: TileOrder<Map>, harmless: boolean): PictureOrder | undefined {
    const { map, address, picture } = order;
    if (picture.kind === "vector") return undefined;
    const { format, scale } = picture;
    const others = order.layers.filter((layer) => layer.kind === "other");
    return { config: map.config, layers: askedLayers(order), others, address, format, scale, harmless };
  }

  /** The same object for the same map and role, by which reads are shared. */
  #watch(map: Map, role: Role): Promise<WatchedQueries> {
    const roles = this.#watched.get(map) ?? new globalThis.Map<string, Promise<WatchedQueries>>();
    this.#watched.set(map, roles);
    const known = roles.get(role.name);
    if (known) return known;
    const watched = watchQueries(map, role, this.#parts.guard);
    roles.set(role.name, watched);
    return watched;
  }
}

const isQuery = (layer: Layer): layer is QueryLayer => layer.kind === "query";

/** The four tiles that are one at the zoom before, row by row. */
function siblingsOf<Map extends TiledMap>(order: TileOrder<Map>): readonly TileOrder<Map>[] {
  const { z, x, y } = order.address;
  const [left, top] = [x - (x % 2), y - (y % 2)];
  return [0, 1, 2, 3].map((at) => ({ ...order, address: { z, x: left + (at % 2), y: top + Math.floor(at / 2) } }));
}

/** Whatever the answer depends on, but for the tables' state. */
function keyOf({ map, layers, address: { z, x, y }, picture, reader: { role } }: TileOrder<TiledMap>): string {
  const names = layers.map(({ index }) => index).join();
  const kind = picture.kind === "vector" ? `mvt ${picture.buffer}` : `${picture.format} ${picture.scale}`;
  return [map.account, role.name, map.id, names, `${z}/${x}/${y}`, kind].join("\n");
}

/** The asked layers that are queries, with what is known of them. */
function askedLayers({ map, layers }: TileOrder<TiledMap>): readonly TileLayer[] {
  const asked = new Set(layers.filter(isQuery).map(({ index }) => index));
  return map.layers.filter(({ layer }) => asked.has(layer.index));
}

function toRequest({ map: { config }, address, picture }: TileOrder<TiledMap>): Omit<TileRequest, "layers"> {
  const buffer = picture.kind === "vector" ? picture.buffer : 0;
  return { address, extent: config.vectorExtent, simplifyExtent: config.vectorSimplifyExtent, buffer };
}
