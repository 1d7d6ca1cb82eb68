import { parse } from "node:path";
import { ImportError } from "../error.ts";
import { openLayer } from "../geojson/geojson.ts";
import { Window } from "../geojson/window.ts";
import { ReadingProcess } from "../process/reading-process.ts";
import type { Layer, LayerFacts, ReadOptions, SourceFile, ValueType } from "../reader.ts";
import { OutputText } from "./output-text.ts";

const EMPTY = 1005;
const NO_PLACEMARKS = 3202;

/** What the process finds in a document, in order. `name` is empty where there is none. */
export interface FoundLayers {
  layers: readonly { container: number; name: string }[];
  hasLinks: boolean;
}

/** What the process finds out of a layer's properties: the types of those that have values. */
export interface FoundTypes {
  types: readonly (readonly [string, ValueType])[];
}

/**
 * Reads KML: a layer of each Folder or Document that has Placemarks of its own, named after it; one alone after the file.
 *
 * Columns are a Placemark's `id`, `name`, `description`, `address`, `phoneNumber`, times (`timestamp`, `begin`, `end`, `times`
 * of a track), and its ExtendedData, of the types of all values; styles are left out. A MultiGeometry of one kind
 * becomes a multi-geometry.
 *
 * It is read in a process of its own, one Placemark after the other, twice: to find the layers, and for each of them.
 *
 * @throws {@link ImportError} 1005, 2001, 2002, 3202, 6666, 6667, and those of GeoJSON; the reason of `options.signal`.
 */
export async function* readKml(file: SourceFile, options: ReadOptions): AsyncGenerator<Layer, void, undefined> {
  if (file.size === 0) throw new ImportError(EMPTY, "The file is empty.");
  const { layers, hasLinks } = await scan(file, options);
  if (layers.length === 0) throw noPlacemarks(hasLinks);
  const stem = parse(file.name).name;
  for (const { container, name } of layers) {
    const args = ["layer", file.path, String(container), String(options.decimalComma)];
    await using process = start<FoundTypes>(args, options);
    const lines = { ...file, name: "placemarks.geojsonl" };
    const layer = await openLayer(lines, new Window(new OutputText(process.output())), options);
    yield new KmlLayer(layer, process, { name: layers.length === 1 ? stem : name || stem, options });
  }
}

async function scan(file: SourceFile, options: ReadOptions): Promise<FoundLayers> {
  await using process = start<FoundLayers>(["scan", file.path], { ...options, onProgress: () => {} });
  return await process.found();
}

const start = <Found>(args: readonly string[], { signal, onProgress }: ReadOptions): ReadingProcess<Found> =>
  ReadingProcess.start<Found>({ module: "kml-process", beside: import.meta.url, args, signal, onProgress });

/** A layer of features whose values are all texts, and the types that these have. */
class KmlLayer implements Layer {
  readonly name: string;
  readonly staging: Layer["staging"];
  readonly copy: Layer["copy"];
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly #features: Layer;
  readonly #process: ReadingProcess<FoundTypes>;
  readonly #typeGuessing: boolean;
  #types: ReadonlyMap<string, ValueType> = new Map();

  constructor(
    features: Layer,
    process: ReadingProcess<FoundTypes>,
    { name, options }: { name: string; options: ReadOptions },
  ) {
    this.name = name;
    this.staging = features.staging;
    this.copy = features.copy;
    this.chunks = this.#read();
    this.#features = features;
    this.#process = process;
    this.#typeGuessing = options.typeGuessing;
  }

  facts(): LayerFacts {
    const facts = this.#features.facts();
    const columns = facts.columns.map((column) => ({ ...column, type: this.#typeOf(column.header) }));
    return { ...facts, columns };
  }

  rowOf(staged: number): number {
    return this.#features.rowOf(staged);
  }

  #typeOf(header: string): ValueType {
    return this.#typeGuessing ? (this.#types.get(header) ?? "text") : "text";
  }

  async *#read(): AsyncGenerator<Uint8Array, void, undefined> {
    yield* this.#features.chunks;
    this.#types = new Map((await this.#process.found()).types);
  }
}

function noPlacemarks(hasLinks: boolean): ImportError {
  const why = hasLinks
    ? "The file only links to other documents: import the ones that its links (NetworkLink) lead to"
    : "There is no Placemark in the file, so there is nothing to import";
  return new ImportError(NO_PLACEMARKS, `${why}.`);
}
