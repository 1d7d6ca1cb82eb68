import type { Config } from "../config.ts";
import type { Engine } from "../db/engine.ts";
import type { Guard } from "../db/guard/guard.ts";
import type { Layergroup } from "./layergroup/layergroup.ts";
import { Layergroups } from "./layergroup/layergroups.ts";
import { LzmaThread } from "./map-config/lzma-thread.ts";
import { NamedMaps } from "./named/named-maps.ts";
import type { MapServices } from "./routes.ts";
import { AsMvtTiles } from "./tiles/as-mvt.ts";
import { EncodedTiles } from "./tiles/encoded.ts";
import { RenderGate } from "./tiles/render-gate.ts";
import { TableVersions } from "./tiles/table-versions.ts";
import { TileCache } from "./tiles/tile-cache.ts";
import { TileServer } from "./tiles/tile-server.ts";
import { watchQueries } from "./tiles/watched-queries.ts";

/** The maps of a server. */
export interface OpenedMaps extends AsyncDisposable {
  services: MapServices;
}

/** Opens the maps; tiles are made by the database where it can, else here. */
export async function openMaps({
  engine,
  guard,
  config,
}: {
  engine: Engine;
  guard: Guard;
  config: Config;
}): Promise<OpenedMaps> {
  const { limits } = config;
  const encoded = engine.capabilities.mvt ? undefined : new EncodedTiles(engine);
  const source = encoded ?? new AsMvtTiles(engine);
  const versions = new TableVersions(engine);
  const layergroups = await Layergroups.open({
    engine,
    guard,
    source,
    limits,
    readColumns: async (of, role) => (await versions.read(await watchQueries(of, role, guard))).columns,
  });
  const gate = new RenderGate({ running: limits.tileWidth, waiting: limits.tileQueue, waitMs: limits.waitMs });
  const tiles = new TileServer<Layergroup>({
    source,
    guard,
    versions,
    cache: new TileCache(limits.tileCacheBytes),
    gate,
    reread: (map, role, signal) => layergroups.reread(map, role, signal),
  });
  const lzma = new LzmaThread();
  const named = await NamedMaps.open(engine, limits);
  const services = { engine, layergroups, named, tiles, gate, lzma, limits, config: config.maps };
  return {
    services,
    async [Symbol.asyncDispose]() {
      await lzma[Symbol.asyncDispose]();
      await encoded?.[Symbol.asyncDispose]();
    },
  };
}
