import { vectorBuffer } from "../map-config/buffer.ts";
import type { MapConfig, QueryLayer } from "../map-config/map-config.ts";
import type { Pictures } from "../raster/pictures.ts";
import type { TileLayer, TileSource } from "../tiles/tile.ts";
import type { Layergroup } from "./layergroup.ts";
import { queryError } from "./query-error.ts";
import type { Reader } from "./read-map.ts";

/** A tile that costs little and shows whether the queries run: one of the deepest zoom, in the farthest corner. */
const TRIED = { z: 30, x: 0, y: 0 } as const;

/**
 * Makes one vector tile of all the map's queries, and draws what has a style.
 *
 * @throws MapError in the words that clients know.
 */
export async function validateTiles(
  { config, layers }: Layergroup,
  { source, pictures }: { source: TileSource; pictures: Pictures },
  reader: Reader,
): Promise<void> {
  if (layers.length === 0) return;
  const { role, signal, timeoutMs } = reader;
  try {
    await tryTile(config, layers, { source, reader });
    if (!config.vectorOnly) await pictures.check({ config, layers }, role, { signal, timeoutMs, readOnly: true });
  } catch (error) {
    const culprit = layers.length === 1 ? layers[0]?.layer : await findCulprit(config, layers, { source, reader });
    throw queryError(error, { config, layer: culprit, step: "PgMvtRenderer" });
  }
}

interface Trial {
  source: TileSource;
  reader: Reader;
}

async function tryTile(
  config: MapConfig,
  layers: readonly TileLayer[],
  { source, reader: { role, signal, timeoutMs } }: Trial,
): Promise<void> {
  const { vectorExtent: extent, vectorSimplifyExtent: simplifyExtent } = config;
  const buffer = vectorBuffer(config);
  await source.mvt({ address: TRIED, layers, extent, simplifyExtent, buffer }, role, {
    signal,
    timeoutMs,
    readOnly: true,
  });
}

/** Only the errors of maps with styles say which layer it is. */
async function findCulprit(
  config: MapConfig,
  layers: readonly TileLayer[],
  trial: Trial,
): Promise<QueryLayer | undefined> {
  if (config.vectorOnly) return undefined;
  for (const layer of layers) {
    const failed = await tryTile(config, [layer], trial).then(
      () => false,
      () => true,
    );
    if (failed) return layer.layer;
  }
  return undefined;
}
