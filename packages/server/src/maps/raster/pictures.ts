import type { AbortSource, Role, SessionOptions } from "../../db/engine.ts";
import { styledError } from "../layergroup/query-error.ts";
import type { MapConfig, OtherLayer } from "../map-config/map-config.ts";
import { hasTokens } from "../map-config/tokens.ts";
import { type MapError, mapError } from "../map-error.ts";
import type { TileAddress, TileLayer, TileSource } from "../tiles/tile.ts";
import { drawBackdrop } from "./backdrops.ts";
import { blankPicture } from "./blank.ts";
import { Features } from "./features.ts";
import { layerName, missingColumn } from "./raster-layer.ts";
import type { BlendJob, Piece, RenderFormat } from "./render-job.ts";
import type { RenderPool } from "./render-pool.ts";
import type { Compiled, Styles } from "./style/styles.ts";
import type { TileFetcher } from "./tile-fetcher.ts";

/** Units of a tile's side: eight times as many as pixels with twice the scale. */
const EXTENT = 4096;
const TILE = 256;
const DEFAULT_BUFFER = 64;
/** With a palette of its own, as pictures of the original have it, or with every colour. */
const ENCODINGS = { png: "png8:m=h", png32: "png" } as const;
/** A tile that costs little and shows whether the style can be drawn. */
const TRIED: TileAddress = { z: 30, x: 0, y: 0 };
/** Milliseconds that drawing four tiles at once may take, for it to be done again with their map. */
const SLOW_MS = 2_000;

/** A picture that is asked for. */
export interface PictureOrder {
  config: MapConfig;
  /** Queries to be drawn, from below, all of them where the first one is; what has no style is left out. */
  layers: readonly TileLayer[];
  /** Layers of other types, from below. */
  others: readonly OtherLayer[];
  address: TileAddress;
  format: "png" | "png32" | "grid.json";
  /** 2 for pictures of twice the size, of the same. */
  scale: number;
  /** See {@link TileRequest}. */
  harmless: boolean;
}

/** What pictures are drawn with. */
export interface PictureParts {
  source: TileSource;
  /** undefined where Mapnik is not installed. */
  pool: RenderPool | undefined;
  styles: Styles;
  fetcher: TileFetcher;
}

/** The vector tile that is drawn, and what is cut of it. */
interface Frame {
  address: TileAddress;
  extent: number;
  /** Pixels of a side. */
  size: number;
  /** Pixels of a side for each of the vector tile's 256. */
  scale: number;
  /** Tiles of a side that it is cut into. */
  cut: number;
}

/** Draws tiles of maps: features as vector tiles have them, styles as CartoCSS says. */
export class Pictures {
  readonly #parts: PictureParts;
  readonly #features: Features;
  /** Maps whose tiles are better drawn one by one. */
  readonly #slow = new WeakSet<MapConfig>();

  constructor(parts: PictureParts) {
    this.#parts = parts;
    this.#features = new Features(parts.source);
  }

  /** Compiles a map's styles and, where Mapnik is there, has them drawn. @throws MapError 400 in the words that clients know */
  async check(order: Pick<PictureOrder, "config" | "layers">, role: Role, options: SessionOptions): Promise<void> {
    const layers = order.layers.filter(({ style }) => style !== undefined);
    if (layers.length === 0) return;
    const compiled = await this.#parts.styles.compile(layers);
    refuseMissingColumns(layers, compiled);
    if (!(await this.#parts.pool?.isUsable())) return;
    const tried = { ...order, others: [], layers, address: TRIED, format: "png", scale: 1, harmless: false } as const;
    await this.#drawQueries(tried, frameOf(tried), { role, options });
  }

  /** Draws a tile. @throws MapError 501 where Mapnik is not installed, 429 for limits; what the database says */
  async draw(order: PictureOrder, role: Role, options: SessionOptions): Promise<Buffer> {
    if (!this.#parts.pool) throw notInstalled();
    const drawing = { role, options };
    if (order.others.length > 0) return this.#drawAll(order, drawing);
    const [picture] = await this.#drawQueries(order, frameOf(order), drawing);
    return picture ?? blankPicture(order);
  }

  /** Whether a tile is drawn with the three that are one with it at the zoom before. */
  isDrawnWithOthers({ config, layers, others, address, format, scale }: PictureOrder): boolean {
    if (address.z === 0 || scale !== 1 || format === "grid.json" || others.length > 0 || this.#slow.has(config)) {
      return false;
    }
    // What depends on the tile or the zoom is not the same in a larger one.
    return layers.every(({ layer, aggregated }) => !aggregated && !hasTokens(layer.sql));
  }

  /**
   * Draws a tile and the three that are one with it at the zoom before, row by row.
   *
   * @returns undefined where that takes too long or too much, and it is better drawn alone.
   */
  async drawFour(order: PictureOrder, role: Role, options: SessionOptions): Promise<readonly Buffer[] | undefined> {
    const from = Date.now();
    try {
      const pictures = await this.#drawQueries(order, frameOfFour(order), { role, options });
      if (Date.now() - from > SLOW_MS) this.#slow.add(order.config);
      return pictures.length > 0 ? pictures : Array.from({ length: 4 }, () => blankPicture(order));
    } catch (error) {
      if ((error as MapError).contexts?.[0]?.type !== "limit" || isBusy(error as MapError)) throw error;
      this.#slow.add(order.config);
      return undefined;
    }
  }

  /** Puts pictures together. @throws MapError 501 where Mapnik is not installed, 429 for limits */
  async blend(job: Omit<BlendJob, "kind">, signal: AbortSource): Promise<Buffer> {
    if (!this.#parts.pool) throw notInstalled();
    const [picture] = await this.#parts.pool.draw({ kind: "blend", ...job }, signal).catch(refuse);
    return Buffer.from(picture ?? []);
  }

  async #drawAll(order: PictureOrder, drawing: Drawing): Promise<Buffer> {
    const { layers, others, address, scale } = order;
    const { signal } = drawing.options;
    const size = TILE * scale;
    const isAlone = layers.length === 0 && others.length === 1;
    const { fetcher } = this.#parts;
    const drawn = others.map(async (layer): Promise<[number, Piece | undefined]> => {
      return [layer.index, await drawBackdrop(layer, { address, scale, isAlone, signal }, fetcher)];
    });
    if (layers.length > 0) drawn.push(this.#queriesPiece(order, size, drawing));
    const pieces = (await Promise.all(drawn)).toSorted(([a], [b]) => a - b).flatMap(([, piece]) => piece ?? []);
    if (pieces.length === 0) return blankPicture(order);
    return this.blend({ width: size, height: size, pieces, encoding: "png" }, signal);
  }

  async #queriesPiece(order: PictureOrder, size: number, drawing: Drawing): Promise<[number, Piece | undefined]> {
    const plain = { ...order, format: "png32" } as const;
    const [bytes] = await this.#drawQueries(plain, frameOf(order), drawing);
    const index = order.layers[0]?.layer.index ?? 0;
    return [index, bytes && { kind: "image", bytes, x: 0, y: 0, size }];
  }

  /** Pictures of the queries; none where there is nothing in them. */
  async #drawQueries(order: PictureOrder, frame: Frame, { role, options }: Drawing): Promise<Buffer[]> {
    const { pool, styles } = this.#parts;
    const { z } = order.address;
    const layers = order.layers.filter(({ layer, style }) => style && layer.minzoom <= z && z <= layer.maxzoom);
    if (!pool || layers.length === 0) return [];
    const compiled = await styles.compile(layers);
    const buffer = compiled.buffer ?? bufferOf(order);
    const { address, extent, size, scale, cut } = frame;
    const { bytes: mvt, dropped } = await this.#features.read(
      {
        address,
        layers,
        compiled,
        extent,
        buffer: buffer / cut,
        withValues: order.format === "grid.json",
        harmless: order.harmless,
      },
      role,
      options,
    );
    if (mvt.length === 0 && !hasBackground(compiled)) return [];
    // A smaller tile may have room for all of it.
    if (dropped !== undefined && cut > 1) throw mapError("too many features for four tiles", { type: "limit" });
    const as = formatOf(order, cut);
    const job = { kind: "tile", xml: compiled.xml, mvt, ...address, size, scale, buffer, extent, as } as const;
    return (await pool.draw(job, options.signal).catch(refuse)).map((picture) => Buffer.from(picture));
  }
}

interface Drawing {
  role: Role;
  options: SessionOptions;
}

const frameOf = ({ address, scale }: PictureOrder): Frame => ({
  address,
  extent: EXTENT,
  size: TILE * scale,
  scale,
  cut: 1,
});

/** The tile that four are one with at the zoom before, of twice their size: zooms in styles go by the pixel. */
const frameOfFour = ({ address: { z, x, y } }: PictureOrder): Frame => ({
  address: { z: z - 1, x: Math.floor(x / 2), y: Math.floor(y / 2) },
  extent: 2 * EXTENT,
  size: 2 * TILE,
  scale: 1,
  cut: 2,
});

const isBusy = ({ contexts }: MapError): boolean => contexts[0]?.subtype === "render-capacity";

/** Mapnik's own words are of the style, or of a picture that comes from elsewhere. @throws */
function refuse(error: unknown): never {
  const isMapniks = (error as Error).constructor === Error;
  throw isMapniks ? mapError((error as Error).message, { type: "layer", status: 400 }) : error;
}

/** Mapnik takes columns that aren't there for NULL in vector tiles. */
function refuseMissingColumns(layers: readonly TileLayer[], { columns }: Compiled): void {
  for (const tile of layers) {
    const used = [...(columns[layerName(tile.layer.index)] ?? []), ...tile.layer.interactivity];
    const missing = missingColumn(tile, used);
    if (missing !== undefined) throw styledError(`column "${missing}" does not exist`, tile.layer);
  }
}

/** What the map says of the format, where the style says nothing. */
const bufferOf = ({ config, format }: PictureOrder): number =>
  config.bufferSize[format] ?? config.bufferSize["png"] ?? DEFAULT_BUFFER;

const hasBackground = ({ xml }: Compiled): boolean => /<Map\b[^>]*\bbackground-/.test(xml);

function formatOf({ format, layers }: PictureOrder, cut: number): RenderFormat {
  if (format !== "grid.json") return { kind: "png", encoding: ENCODINGS[format], cut };
  return { kind: "grid", layer: 0, fields: layers[0]?.layer.interactivity ?? [] };
}

const notInstalled = (): MapError =>
  mapError(
    "Pictures of maps need Mapnik, which this server has not: install the package @mapnik/mapnik beside it, or ask for vector tiles (mvt)",
    { type: "tile", status: 501 },
  );
