import type { Role, SessionOptions } from "../../db/engine.ts";
import type { TileAddress, TileLayer, TileRequest, TileSource, VectorTile } from "../tiles/tile.ts";
import { hasForeignText, layerName, rasterLayer } from "./raster-layer.ts";
import type { Compiled } from "./style/styles.ts";

/** Bytes of features of a picture, as the planner expects them. */
const MOST_FEATURES = 16_000_000;

/** The vector tile that a picture is made of. */
export interface FeatureRequest {
  address: TileAddress;
  layers: readonly TileLayer[];
  compiled: Compiled;
  /** Units of the tile's side. */
  extent: number;
  /** Pixels of a 256 pixel tile around it that are in it as well. */
  buffer: number;
  /** Whether grids' values are wanted besides what the styles read. */
  withValues: boolean;
  /** See {@link TileRequest}. */
  harmless: boolean;
}

/** Reads what pictures are made of: features, with the columns alone that they need. */
export class Features {
  readonly #source: TileSource;
  readonly #layers = new WeakMap<TileLayer, Map<string, TileLayer>>();

  constructor(source: TileSource) {
    this.#source = source;
  }

  read(request: FeatureRequest, role: Role, options: SessionOptions): Promise<VectorTile> {
    const { address, layers, compiled, extent, buffer, withValues } = request;
    const columnsOf = ({ layer }: TileLayer): string[] => {
      const used = compiled.columns[layerName(layer.index)] ?? [];
      return [...new Set([...used, ...(withValues ? layer.interactivity : [])])];
    };
    // Values of types that somebody made become text by functions that somebody wrote.
    const harmless = request.harmless && !layers.some((tile) => hasForeignText(tile, columnsOf(tile)));
    const asked: TileRequest = {
      address,
      layers: layers.map((tile) => this.#rasterLayer(tile, columnsOf(tile))),
      extent,
      // As precise as they are: pixels are much larger than units.
      simplifyExtent: extent,
      buffer,
      maxBytes: MOST_FEATURES,
      harmless,
    };
    return this.#source.mvt(asked, role, { ...options, readOnly: true });
  }

  /** The same object for the same columns, by which statements are kept. */
  #rasterLayer(tile: TileLayer, columns: readonly string[]): TileLayer {
    const known = this.#layers.get(tile) ?? new Map<string, TileLayer>();
    this.#layers.set(tile, known);
    const key = JSON.stringify(columns);
    const layer = known.get(key) ?? rasterLayer(tile, columns);
    known.set(key, layer);
    return layer;
  }
}
