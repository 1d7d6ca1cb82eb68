import { parse } from "node:path";
import { RowSplitter } from "../../formats/copy-text.ts";
import { ReadingProcess } from "../process/reading-process.ts";
import type { Layer, LayerFacts, ReadOptions, SourceFile } from "../reader.ts";

const NEWLINE = 0x0a;

/** What the process finds in a file before its rows. */
export interface FoundTable extends Pick<LayerFacts, "columns" | "geometry"> {
  staging: Layer["staging"];
}

/**
 * Reads Parquet: one layer, with the types that the file says, whether types are to be guessed or not.
 *
 * The geometry is what GeoParquet's metadata name, or a column of Parquet's own type GEOMETRY or GEOGRAPHY, or one whose
 * name and first value are a geometry's; columns of longitude and latitude else. Lists, structs and maps become JSON text,
 * bytes hexadecimal digits, unsigned integers of 64 bits `numeric`; times without a zone are taken for UTC.
 *
 * It is read in a process of its own, a group of rows at a time.
 *
 * @throws {@link ImportError} 1005, 2001, 3008, 6666, 6667; the reason of `options.signal`.
 */
export async function* readParquet(file: SourceFile, options: ReadOptions): AsyncGenerator<Layer, void, undefined> {
  const { signal, onProgress, typeGuessing } = options;
  const args = [file.path, String(typeGuessing)];
  await using process = ReadingProcess.start<FoundTable>({
    module: "parquet-process",
    beside: import.meta.url,
    args,
    signal,
    onProgress,
  });
  const found = await process.found();
  let rows = 0;
  yield {
    name: parse(file.name).name,
    staging: found.staging,
    copy: { format: "text" },
    chunks: wholeRows(process.output(), (count) => {
      rows += count;
    }),
    facts: () => ({ columns: found.columns, geometry: found.geometry, rows, rejected: { count: 0, rows: [] } }),
    rowOf: (staged) => staged,
  };
}

/** Chunks of COPY text that end with a row each. */
async function* wholeRows(output: AsyncIterable<Buffer>, onRows: (count: number) => void): AsyncGenerator<Uint8Array> {
  const splitter = new RowSplitter();
  for await (const piece of output) {
    const rows = splitter.push(piece);
    if (rows === undefined) continue;
    onRows(rowsIn(rows));
    yield rows;
  }
}

function rowsIn(text: Buffer): number {
  let rows = 0;
  for (let at = text.indexOf(NEWLINE); at >= 0; at = text.indexOf(NEWLINE, at + 1)) rows++;
  return rows;
}
