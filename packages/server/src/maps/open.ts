import type { Config } from "../config.ts";
import type { Engine } from "../db/engine.ts";
import type { Guard } from "../db/guard/guard.ts";
import { Layergroups } from "./layergroup/layergroups.ts";
import { NamedMaps } from "./named/named-maps.ts";
import type { MapServices } from "./routes.ts";
import { AsMvtTiles } from "./tiles/as-mvt.ts";
import { EncodedTiles } from "./tiles/encoded.ts";

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
  const layergroups = await Layergroups.open({ engine, guard, source, limits });
  const services = { engine, layergroups, named: new NamedMaps(engine), limits, config: config.maps };
  return {
    services,
    async [Symbol.asyncDispose]() {
      await encoded?.[Symbol.asyncDispose]();
    },
  };
}
