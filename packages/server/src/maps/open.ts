import type { Config } from "../config.ts";
import type { Engine } from "../db/engine.ts";
import type { Guard } from "../db/guard/guard.ts";
import { AddressGuard } from "../imports/fetch/address-guard.ts";
import type { Layergroup } from "./layergroup/layergroup.ts";
import { Layergroups } from "./layergroup/layergroups.ts";
import { LzmaThread } from "./map-config/lzma-thread.ts";
import { NamedMaps } from "./named/named-maps.ts";
import { findMapnik } from "./raster/mapnik-place.ts";
import { Pictures } from "./raster/pictures.ts";
import { RenderPool } from "./raster/render-pool.ts";
import { StyleImages } from "./raster/style/images.ts";
import { StyleThread } from "./raster/style/style-thread.ts";
import { Styles } from "./raster/style/styles.ts";
import type { MapServices } from "./routes.ts";
import { AsMvtTiles } from "./tiles/as-mvt.ts";
import { EncodedTiles } from "./tiles/encoded.ts";
import { RenderGate } from "./tiles/render-gate.ts";
import { TableVersions } from "./tiles/table-versions.ts";
import { TileCache } from "./tiles/tile-cache.ts";
import { TileServer } from "./tiles/tile-server.ts";
import { watchQueries } from "./tiles/watched-queries.ts";

/** Milliseconds that a tile from elsewhere may take. */
const FETCH_MS = 2_000;

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
  const place = config.maps.mapnik ? findMapnik() : undefined;
  const { renderWidth: width, renderTimeoutMs: renderMs, tileQueue: waiting, waitMs } = limits;
  const pool = place && new RenderPool(place, { width, waiting, waitMs, renderMs });
  const thread = new StyleThread();
  const addresses = new AddressGuard(config.imports);
  const images = new StyleImages(addresses);
  const fetcher = { guard: addresses, timeoutMs: FETCH_MS };
  const pictures = new Pictures({
    source,
    pool,
    fetcher,
    styles: new Styles({ thread, images, faces: async () => pool?.faces().catch(() => undefined) }),
  });
  const versions = new TableVersions(engine);
  const layergroups = await Layergroups.open({
    engine,
    guard,
    source,
    pictures,
    thread,
    limits,
    readColumns: async (of, role) => (await versions.read(await watchQueries(of, role, guard))).columns,
  });
  const gate = new RenderGate({ running: limits.tileWidth, waiting: limits.tileQueue, waitMs: limits.waitMs });
  const tiles = new TileServer<Layergroup>({
    source,
    pictures,
    guard,
    versions,
    cache: new TileCache(limits.tileCacheBytes),
    gate,
    reread: (map, role, signal) => layergroups.reread(map, role, signal),
  });
  const lzma = new LzmaThread();
  const named = await NamedMaps.open(engine, limits);
  const services = { engine, layergroups, named, tiles, pictures, gate, lzma, limits, config: config.maps };
  return {
    services,
    async [Symbol.asyncDispose]() {
      await lzma[Symbol.asyncDispose]();
      await thread[Symbol.asyncDispose]();
      await pool?.[Symbol.asyncDispose]();
      await images[Symbol.asyncDispose]();
      await encoded?.[Symbol.asyncDispose]();
    },
  };
}
