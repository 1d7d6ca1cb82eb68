import { ImportError } from "../error.ts";
import type { Layer, ReadOptions, SourceFile } from "../reader.ts";
import { Document } from "./document.ts";
import { toInvalidJson } from "./failure.ts";
import { FeatureReader, type Shape } from "./feature-reader.ts";
import { FileText } from "./file-text.ts";
import { GeojsonLayer } from "./geojson-layer.ts";
import { Unexpected } from "./json-scanner.ts";
import { RowSource } from "./row-source.ts";
import { Window } from "./window.ts";

/**
 * Reads GeoJSON: a FeatureCollection, one feature or geometry, an array of features, or features one a line or behind
 * record separators. Arrays and lines of other objects make a table without geometry, their members being its columns.
 *
 * One layer. A feature's own `id` becomes a column unless a property has that name. Objects and arrays become JSON text.
 * NUL and halves of surrogate pairs, which PostgreSQL has no text for, become U+FFFD. Rows are rejected that are no
 * features or not in UTF-8, and lines that are no JSON; anywhere else what is no JSON ends the import.
 *
 * Text is UTF-8, or UTF-16 with a byte order mark. Memory does not grow with the file but with its largest feature.
 *
 * @throws {@link ImportError} 1005, 2004, 2007, 3007, 3008, 3201, 6666; the reason of `options.signal`.
 */
export async function* readGeojson(file: SourceFile, options: ReadOptions): AsyncGenerator<Layer, void, undefined> {
  await using text = await FileText.open(file.path, (bytes) => {
    options.signal.throwIfAborted();
    options.onProgress(bytes);
  });
  const window = new Window(text);
  yield await openLayer(file, window, options);
}

/** Finds out how the text in `window` is written; `file` gives the name, and where to find the place of an error. */
export async function openLayer(file: SourceFile, window: Window, options: ReadOptions): Promise<Layer> {
  try {
    const document = await Document.open(window, file.name);
    const shape = await findShape(window, document);
    return new GeojsonLayer({ file, window, document, shape }, options);
  } catch (error) {
    throw error instanceof Unexpected ? await toInvalidJson(error, window, file.path) : error;
  }
}

/** Finds out what the rows are, from the first that is JSON; it is in the window then, if it is there at all. */
async function findShape(window: Window, document: Document): Promise<Shape> {
  const reader = new FeatureReader(window.scanner, "features");
  const hasRow = await window.parse((at) => {
    try {
      return hasValidRow(new RowSource(window, document.elements(), reader));
    } finally {
      window.at = at;
    }
  });
  if (document.form === "collection" || document.form === "single" || reader.isGeojson) return "features";
  if (!hasRow && document.form === "array") throw emptyArray();
  return "objects";
}

/** Reads rows up to one that is JSON. Broken ones in the window are enough: what follows is not waited for. */
function hasValidRow(source: RowSource): boolean {
  let broken = false;
  try {
    for (; source.next(); broken = true) if (source.error === undefined) return true;
  } catch (error) {
    if (!broken) throw error;
  }
  return false;
}

function emptyArray(): ImportError {
  return new ImportError(1005, "The file holds an empty array: there is nothing in it to import.");
}
