import type { AbortSource, Engine, Role, Session, StatementOptions } from "../../db/engine.ts";
import { StatementTimeoutError } from "../../db/pg-error.ts";
import { isAggregated } from "../aggregation/aggregated.ts";
import { layerStats } from "../layer-stats/layer-stats.ts";
import type { Layer, MapConfig, OtherLayer, QueryLayer } from "../map-config/map-config.ts";
import { resolveSources } from "../map-config/resolve-sources.ts";
import { hasTokens } from "../map-config/tokens.ts";
import { MapError, mapError } from "../map-error.ts";
import { fillStyle } from "../raster/style/fill-style.ts";
import type { StyleThread } from "../raster/style/style-thread.ts";
import { readLayerFacts } from "../tiles/facts.ts";
import type { LayerFacts, TileLayer } from "../tiles/tile.ts";
import { namedTables, plannedTables, sortTables } from "./affected-tables.ts";
import type { LayerGuard } from "./layer-guard.ts";
import type { AffectedTable, Reading } from "./layergroup.ts";
import { isOfQuery, queryError, styledError } from "./query-error.ts";
import { readSources } from "./read-sources.ts";
import { worldQuery, worldSql } from "./world-query.ts";

/** Who reads a map's tables. */
export interface Reader {
  role: Role;
  /** Whether it is the account's master role. */
  isMaster: boolean;
  /** Aborting it cancels what runs. */
  signal: AbortSource;
  /** Milliseconds that a statement may take. */
  timeoutMs: number;
}

/** A map to be read. */
export interface MapToRead {
  config: MapConfig;
  /** `?aggregation=` of the instantiation. */
  aggregation: boolean | undefined;
  /** Whether the facts that the layers ask for are wanted as well; they may take long. */
  withStats: boolean;
}

/** What was read of a map. */
export interface ReadMap {
  reading: Omit<Reading, "columns">;
  /** Facts of each layer that is a query, for the answer; empty where they were not wanted. */
  stats: readonly Readonly<Record<string, unknown>>[];
}

/** A layer with the query that it reads while no tile is known. */
interface Sourced {
  layer: Layer;
  sql: string;
  options: StatementOptions;
  /** Tables besides those that the planner reads for it. */
  others: readonly string[];
  /** See {@link Reading.ownersOnly}. */
  ownersOnly: boolean;
}

/** Asks the database about a map's queries. */
export class MapReader {
  readonly #engine: Engine;
  readonly #guard: LayerGuard;
  readonly #thread: StyleThread;

  constructor(engine: Engine, guard: LayerGuard, thread: StyleThread) {
    this.#engine = engine;
    this.#guard = guard;
    this.#thread = thread;
  }

  /**
   * Finds out what a map's queries give and read, in the reader's role.
   *
   * @throws MapError in the words that clients know.
   */
  async read(given: MapToRead, reader: Reader): Promise<ReadMap> {
    const read = await readSources(given.config, { engine: this.#engine, guard: this.#guard, reader });
    const map = { ...given, config: resolveSources(given.config, read.columns).config };
    const sourced = await this.#guarded(map.config, reader);
    const wrongStyles: MapError[] = [];
    const layers: Reading["layers"][number][] = [];
    const stats: ReadMap["stats"][number][] = [];
    const tables = [...read.tables];
    if (sourced.length > 0) {
      const { role, signal, timeoutMs } = reader;
      await using session = await this.#engine.session(role, { signal, timeoutMs, readOnly: true });
      const deadline = Date.now() + timeoutMs;
      for (const source of sourced) {
        // Each statement has its own time; many layers together have no more than one.
        if (Date.now() > deadline) throw new StatementTimeoutError("canceling statement due to statement timeout");
        if (source.layer.kind === "query") {
          const layer = await readLayer(source.layer, map, session);
          const style = await this.#style(layer, session, wrongStyles);
          layers.push({ facts: layer.facts, aggregated: layer.aggregated, ...(style ? { style } : {}) });
          if (map.withStats) stats.push(await this.#stats(layer, map.config, session));
        }
        tables.push(...(await readTables(source, session)));
      }
    }
    if (wrongStyles.length > 0)
      throw new MapError(
        wrongStyles.flatMap(({ contexts }) => contexts),
        400,
      );
    const { aggregation } = map;
    return {
      reading: {
        ...(aggregation === undefined ? {} : { aggregation }),
        tables: sortTables(tables),
        layers,
        ...(Object.keys(read.columns).length > 0 ? { nodes: read.columns } : {}),
        ownersOnly: read.ownersOnly || sourced.some((source) => source.ownersOnly),
      },
      stats,
    };
  }

  /** The layer's style with its functions filled; what is wrong in those is added to `wrong`. */
  async #style(layer: TileLayer, session: Session, wrong: MapError[]): Promise<TileLayer["style"]> {
    const filling = fillStyle(layer, { source: worldQuery(layer), session, thread: this.#thread });
    return filling.catch((error: unknown) => {
      if (!isOfStyle(error)) throw error;
      wrong.push(error);
      return undefined;
    });
  }

  async #stats(layer: TileLayer, config: MapConfig, session: Session): Promise<ReadMap["stats"][number]> {
    const request = { layer, source: worldQuery(layer), spatialTypes: this.#engine.spatialTypes };
    return layerStats(request, session).catch((error: unknown) => {
      throw queryError(error, { config, layer: layer.layer, step: "PgMvtFactory" });
    });
  }

  async #guarded(config: MapConfig, { isMaster }: Reader): Promise<readonly Sourced[]> {
    const sourced: Sourced[] = [];
    for (const layer of config.layers) {
      const text = layer.kind === "query" ? layer.sql : sqlOf(layer);
      if (text === undefined) continue;
      const sql = worldSql(text);
      const { harmless, named, ownersOnly } = await this.#guard.check(sql, { isMaster }).catch((error: unknown) => {
        throw layer.kind === "query" ? queryError(error, { config, layer, step: "PgMvtFactory" }) : error;
      });
      // The tokens of another tile may make another plan.
      const ofTokens = hasTokens(text) ? named : [];
      const others = layer.kind === "query" ? [...layer.affectedTables, ...ofTokens] : ofTokens;
      sourced.push({ layer, sql, options: { harmless }, others, ownersOnly });
    }
    return sourced;
  }
}

/** Whether the functions of a style could not be filled: all layers' errors are told at once. */
const isOfStyle = (error: unknown): error is MapError =>
  error instanceof MapError && error.contexts[0]?.subtype === "turbo-carto";

/** Layers of other types may have a query as well, whose tables count. */
const sqlOf = ({ options: { sql } }: OtherLayer): string | undefined =>
  typeof sql === "string" && sql.trim() !== "" ? sql : undefined;

async function readLayer(layer: QueryLayer, { config, aggregation }: MapToRead, session: Session): Promise<TileLayer> {
  const facts = await readLayerFacts(layer, session).catch((error: unknown) => {
    throw queryError(error, { config, layer, step: "PgMvtFactory" });
  });
  const aggregated = isAggregated(config, layer, facts, aggregation);
  if (!aggregated) checkColumns(config, layer, facts);
  return { layer, facts, aggregated };
}

/** Columns that only grids and attributes want, so that no tile tells that they are missing. */
function checkColumns({ vectorOnly }: MapConfig, layer: QueryLayer, { allColumns }: LayerFacts): void {
  const isMissing = (column: string): boolean => !allColumns.includes(column);
  const ofGrid = vectorOnly ? undefined : layer.interactivity.find(isMissing);
  if (ofGrid !== undefined) throw styledError(missing(ofGrid), layer);
  const { id, columns = [] } = layer.attributes ?? {};
  const ofFeature = [...columns, ...(id === undefined ? [] : [id])].find(isMissing);
  if (ofFeature !== undefined) throw mapError(missing(ofFeature));
}

const missing = (column: string): string => `column "${column}" does not exist`;

async function readTables({ sql, options, others }: Sourced, session: Session): Promise<readonly AffectedTable[]> {
  const planned = await plannedTables(session, sql, options).catch((error: unknown) => {
    if (!isOfQuery(error)) throw error;
    throw mapError(`Could not fetch metadata about the affected tables: ${error.message}`);
  });
  return others.length === 0 ? planned : [...planned, ...(await namedTables(session, others))];
}
