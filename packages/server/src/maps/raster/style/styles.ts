import { MapError } from "../../map-error.ts";
import type { TileLayer } from "../../tiles/tile.ts";
import { layerName } from "../raster-layer.ts";
import { imagesIn, type StyleImages } from "./images.ts";
import type { CompiledStyle } from "./style.ts";
import type { StyleThread } from "./style-thread.ts";

/** Compiled styles that are kept. */
const KEPT = 256;

/** A style as Mapnik takes it. */
export type Compiled = Extract<CompiledStyle, { kind: "compiled" }>;

/** What compiling is done with. */
export interface StyleParts {
  thread: StyleThread;
  images: StyleImages;
  /** Fonts that Mapnik has; undefined where it can't be used. */
  faces(): Promise<ReadonlySet<string> | undefined>;
}

/** Styles of maps, compiled once. */
export class Styles {
  readonly #parts: StyleParts;
  readonly #compiled = new Map<string, Promise<Compiled>>();

  constructor(parts: StyleParts) {
    this.#parts = parts;
  }

  /** Mapnik's XML of layers that have a style. @throws MapError 400 in the words that clients know, one error a layer */
  compile(layers: readonly TileLayer[]): Promise<Compiled> {
    const key = JSON.stringify(layers.map(({ layer, style }) => [layer.index, style?.css, layer.cartocssVersion]));
    const compiled = this.#compiled.get(key) ?? this.#compile(layers);
    this.#compiled.delete(key);
    this.#compiled.set(key, compiled);
    compiled.catch(() => this.#compiled.delete(key));
    const [oldest] = this.#compiled.keys();
    if (this.#compiled.size > KEPT && oldest !== undefined) this.#compiled.delete(oldest);
    return compiled;
  }

  async #compile(layers: readonly TileLayer[]): Promise<Compiled> {
    const { thread, images: found } = this.#parts;
    const faces = await this.#parts.faces();
    const styles = layers.map(({ layer: { index, cartocssVersion: version }, style }) => {
      return { id: layerName(index), index, css: style?.css ?? "", version };
    });
    const images = await found.find(styles.flatMap(({ css }) => imagesIn(css)));
    const context = { faces: faces && [...faces], images };
    const compiled = await thread.compile({ styles, context });
    if (compiled.kind === "compiled") return compiled;
    throw new MapError(compiled.errors.map((error) => contextOf(error, layers)));
  }
}

function contextOf(
  { index, message }: { index: number; message: string },
  layers: readonly TileLayer[],
): MapError["contexts"][number] {
  const layer = layers.find((tile) => tile.layer.index === index)?.layer;
  return { type: "layer", message, ...(layer ? { layer: { id: layer.id, index, type: "mapnik" } } : {}) };
}
