/** Process that reads a KML document; see `kml.ts` for its other side. Told `scan <path>`, or `layer <path> <container>`. */
import { ImportError } from "../error.ts";
import { type Outlet, runReader } from "../process/reading-child.ts";
import { documentText } from "./document-text.ts";
import type { FoundLayers, FoundTypes } from "./kml.ts";
import { KmlPieces } from "./kml-pieces.ts";
import { nameIn } from "./name-in.ts";
import { PlacemarkWriter } from "./placemark.ts";
import { PropertyTypes } from "./property-types.ts";

/** Characters that are written at a time. */
const BATCH = 256 * 1024;
const UNREADABLE = 2001;

await runReader(async ([task = "", path = "", ...args], outlet) => {
  const pieces = new KmlPieces(documentText(path, outlet.progress));
  if (task === "scan") await scan(pieces, outlet);
  else await writeLayer(pieces, { container: Number(args[0]), decimalComma: args[1] === "true" }, outlet);
}, toFailure);

async function scan(pieces: KmlPieces, outlet: Outlet): Promise<void> {
  for await (const _ of pieces.read());
  const { containers, hasLinks } = pieces;
  const layers = containers.flatMap(({ name, placemarks }, container) =>
    placemarks === 0 ? [] : [{ container, name: name === undefined ? "" : nameIn(name) }],
  );
  outlet.found({ layers, hasLinks } satisfies FoundLayers);
}

async function writeLayer(
  pieces: KmlPieces,
  { container, decimalComma }: { container: number; decimalComma: boolean },
  outlet: Outlet,
): Promise<void> {
  const types = new PropertyTypes();
  const writer = new PlacemarkWriter(pieces, types);
  let batch = "";
  for await (const piece of pieces.read()) {
    if (piece.kind === "Schema") writer.learn(piece);
    else if (piece.container === container) batch += writer.write(piece);
    if (batch.length < BATCH) continue;
    await outlet.write(batch);
    batch = "";
  }
  await outlet.write(batch);
  outlet.found({ types: types.types({ decimalComma }) } satisfies FoundTypes);
}

function toFailure(error: unknown): ImportError {
  const why = error instanceof RangeError ? "its elements are too deep in each other" : (error as Error).message;
  return new ImportError(UNREADABLE, `The file can't be read as KML: ${why}.`);
}
