import { isDeepStrictEqual } from "node:util";
import type { AbortSource, Engine, Role } from "../../db/engine.ts";
import type { Guard } from "../../db/guard/guard.ts";
import { type CacheChannel, cacheChannel } from "../cache-headers.ts";
import type { MapConfig } from "../map-config/map-config.ts";
import { parseMapConfig } from "../map-config/parse.ts";
import { resolveSources } from "../map-config/resolve-sources.ts";
import { mapError } from "../map-error.ts";
import type { Pictures } from "../raster/pictures.ts";
import type { StyleThread } from "../raster/style/style-thread.ts";
import type { TileSource } from "../tiles/tile.ts";
import { LayerGuard } from "./layer-guard.ts";
import {
  type AffectedTable,
  type Layergroup,
  type Reading,
  readQueries,
  type TemplateRef,
  toLayergroup,
} from "./layergroup.ts";
import { mapId } from "./map-id.ts";
import { Memory } from "./memory.ts";
import { MapReader, type Reader, type ReadMap } from "./read-map.ts";
import {
  type LayergroupKey,
  readChanges,
  readDatabaseName,
  readLayergroup,
  renewLayergroup,
  saveLayergroup,
  sweepLayergroups,
  type TableChanges,
} from "./store.ts";
import { validateTiles } from "./validate.ts";

/** Milliseconds after which a map that another server may have read anew is taken from the database again. */
const MAX_AGE_MS = 60_000;
/** Milliseconds between two sweeps of expired maps. */
const SWEEP_MS = 300_000;
/** Share of its time that a map must have left for its use not to be noted. */
const RENEW_BELOW = 0.75;

/** A map to be instantiated. */
export interface MapOrder {
  account: string;
  config: MapConfig;
  template: TemplateRef | undefined;
  /** `?aggregation=`. */
  aggregation: boolean | undefined;
  reader: Reader;
  /** Milliseconds that an answer may be kept elsewhere, during which the map must not expire. */
  cachedMs: number;
}

/** A map that was instantiated. */
export interface Instantiated extends TableChanges {
  layergroup: Layergroup;
  /** Facts of each layer that is a query. */
  stats: ReadMap["stats"];
}

/** What {@link Layergroups} work with. */
export interface LayergroupParts {
  engine: Engine;
  guard: Guard;
  source: TileSource;
  pictures: Pictures;
  /** Reads styles. */
  thread: StyleThread;
  /** Tells of the columns of what queries read: another text when they are others. */
  readColumns(of: { queries: Layergroup["queries"]; tables: readonly AffectedTable[] }, role: Role): Promise<string>;
  limits: {
    /** Milliseconds that a map is kept since it was used last. */
    mapTtlMs: number;
    queryTimeoutMs: number;
  };
}

/**
 * Instantiated maps.
 *
 * They are in the database, for other servers and after a restart, and those used last in memory: the embedded engine's
 * one session must not be waited for to know a map.
 */
export class Layergroups {
  /** Name of the database, which caches know its tables by. */
  readonly database: string;
  readonly #parts: LayergroupParts;
  readonly #reader: MapReader;
  readonly #memory = new Memory<Layergroup>();
  readonly #channels = new WeakMap<Layergroup, CacheChannel>();
  readonly #loading = new Map<string, Promise<Layergroup | undefined>>();
  #sweptAt = 0;

  private constructor(parts: LayergroupParts, database: string) {
    this.#parts = parts;
    this.#reader = new MapReader(parts.engine, new LayerGuard(parts.engine, parts.guard), parts.thread);
    this.database = database;
  }

  static async open(parts: LayergroupParts): Promise<Layergroups> {
    return new Layergroups(parts, await parts.engine.system(readDatabaseName));
  }

  /** The id that a map has, or will have. */
  idOf({ config, template, aggregation, reader }: MapOrder): string {
    return mapId({ config: config.json, database: this.database, role: reader.role.name, template, aggregation });
  }

  /**
   * Reads what a map shows, tries one tile of it unless it is known already, and keeps it.
   *
   * @throws MapError in the words that clients know; nothing is kept then.
   */
  async instantiate(order: MapOrder): Promise<Instantiated> {
    const { account, config, template, reader, aggregation } = order;
    refuseMissingTypes(config);
    const id = this.idOf(order);
    const { reading: read, stats } = await this.#reader.read({ config, aggregation, withStats: true }, reader);
    const reading = await this.#withColumns(read, config, reader.role);
    const layergroup = toLayergroup({ id, account, template }, config, reading);
    const known = await this.#find({ account, id });
    if (!known || !isDeepStrictEqual(readingOf(known), reading)) {
      await validateTiles(layergroup, this.#parts, reader);
    }
    return { layergroup, stats, ...(await this.#keep(layergroup, reading, order.cachedMs)) };
  }

  /** The map, instantiated where it is not known. @throws MapError */
  async obtain(order: MapOrder): Promise<Layergroup> {
    const known = await this.#find({ account: order.account, id: this.idOf(order) });
    return known ?? (await this.instantiate(order)).layergroup;
  }

  /** What names a map's sources to caches: it takes hashing, and is kept for its tiles. */
  channelOf(layergroup: Layergroup): CacheChannel {
    const known = this.#channels.get(layergroup);
    if (known) return known;
    const { tables, template, account } = layergroup;
    const named = template && { account, name: template.name };
    const channel = cacheChannel({ database: this.database, tables, template: named });
    this.#channels.set(layergroup, channel);
    return channel;
  }

  /** When the tables of a map were changed last, as far as they tell. */
  changes({ tables }: Layergroup): Promise<TableChanges> {
    return this.#parts.engine.system((session) => readChanges(session, tables));
  }

  /** The map with an id. @throws MapError 400 where there is none, or none any more. */
  async load(account: string, id: string): Promise<Layergroup> {
    const layergroup = /^[0-9a-f]{32}$/.test(id) ? await this.#find({ account, id }) : undefined;
    if (layergroup) return layergroup;
    throw mapError(`Invalid or nonexistent map configuration token '${id}'`, { status: 400 });
  }

  /** Reads a map anew whose tables have other columns than before, in a role that may read them. */
  async reread(before: Layergroup, role: Role, signal: AbortSource): Promise<Layergroup> {
    const { config, aggregation } = before;
    // It was let in when it was instantiated.
    const reader = { role, isMaster: true, signal, timeoutMs: this.#parts.limits.queryTimeoutMs };
    const { reading: read } = await this.#reader.read({ config, aggregation, withStats: false }, reader);
    const reading = await this.#withColumns(read, config, role);
    const layergroup = toLayergroup(before, config, reading);
    await this.#keep(layergroup, reading, 0);
    return layergroup;
  }

  async #withColumns(read: ReadMap["reading"], config: MapConfig, role: Role): Promise<Reading> {
    const queries = readQueries(resolveSources(config, read.nodes ?? {}).config);
    return { ...read, columns: await this.#parts.readColumns({ queries, tables: read.tables }, role) };
  }

  async #keep(layergroup: Layergroup, reading: Reading, cachedMs: number): Promise<TableChanges> {
    const { account, id, config, template, tables } = layergroup;
    const ttlMs = this.#parts.limits.mapTtlMs + cachedMs;
    const sweeps = Date.now() - this.#sweptAt > SWEEP_MS;
    if (sweeps) this.#sweptAt = Date.now();
    const changes = await this.#parts.engine.system(async (session) => {
      const record = { account, id, config: config.json, template: template ?? null, reading };
      await saveLayergroup(session, record, ttlMs);
      if (sweeps && (await sweepLayergroups(session))) this.#sweptAt = 0;
      return readChanges(session, tables);
    });
    this.#remember(layergroup, ttlMs);
    return changes;
  }

  #remember(layergroup: Layergroup, ttlMs: number): void {
    const size = JSON.stringify(layergroup.config.json).length;
    this.#memory.set(nameOf(layergroup), layergroup, { size, ttlMs });
  }

  async #find(key: LayergroupKey): Promise<Layergroup | undefined> {
    const entry = this.#memory.get(nameOf(key));
    const now = Date.now();
    const isFresh = entry && (this.#parts.engine.sharedSession || now - entry.readAt < MAX_AGE_MS);
    if (!isFresh || now >= entry.expiresAt) return this.#read(key);
    const { mapTtlMs } = this.#parts.limits;
    if (entry.expiresAt - now < mapTtlMs * RENEW_BELOW) {
      entry.expiresAt = now + mapTtlMs;
      this.#renew(key);
    }
    return entry.value;
  }

  /** From the database; once for all who ask at the same time. */
  #read(key: LayergroupKey): Promise<Layergroup | undefined> {
    const name = nameOf(key);
    const loading = this.#loading.get(name) ?? this.#fetch(key).finally(() => this.#loading.delete(name));
    this.#loading.set(name, loading);
    return loading;
  }

  async #fetch(key: LayergroupKey): Promise<Layergroup | undefined> {
    const record = await this.#parts.engine.system((session) => readLayergroup(session, key));
    if (!record) {
      this.#memory.delete(nameOf(key));
      return undefined;
    }
    const { mapTtlMs } = this.#parts.limits;
    const template = record.template ?? undefined;
    const layergroup = toLayergroup({ ...key, template }, parseMapConfig(record.config), record.reading);
    const isOld = record.leftMs < mapTtlMs * RENEW_BELOW;
    this.#remember(layergroup, isOld ? mapTtlMs : record.leftMs);
    if (isOld) this.#renew(key);
    return layergroup;
  }

  /** Nobody waits for it: a use that isn't noted is noted at the next one. */
  #renew(key: LayergroupKey): void {
    const { engine, limits } = this.#parts;
    engine
      .system((session) => renewLayergroup(session, key, limits.mapTtlMs))
      .catch(() => this.#memory.delete(nameOf(key)));
  }
}

const nameOf = ({ account, id }: LayergroupKey): string => `${account}/${id}`;

function readingOf({ aggregation, tables, layers, nodes, columns, ownersOnly }: Layergroup): Reading {
  return {
    ...(aggregation === undefined ? {} : { aggregation }),
    ...(nodes === undefined ? {} : { nodes }),
    tables,
    columns,
    ownersOnly,
    layers: layers.map(({ facts, aggregated, style }) => ({ facts, aggregated, ...(style ? { style } : {}) })),
  };
}

/** Types of layers that clients of the original know, and that can't be left out of a map without a word. */
const MISSING_TYPES = new Set(["torque", "named"]);

function refuseMissingTypes({ layers }: MapConfig): void {
  for (const layer of layers) {
    if (layer.kind === "query" || !MISSING_TYPES.has(layer.type)) continue;
    const { id, index, type } = layer;
    const message = `Layers of type ${type} are not offered by this server yet: remove layer ${index}, or make it a mapnik one`;
    throw mapError(message, { type: "layer", layer: { id, index, type }, status: 400 });
  }
}
