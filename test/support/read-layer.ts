import { randomUUID } from "node:crypto";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fieldEnd, unescapeCopy } from "../../packages/server/src/formats/copy-text.ts";
import type { Layer, LayerFacts, Reader, ReadOptions, StagedAt } from "../../packages/server/src/imports/reader.ts";

/** A text per column of the staging table, null for NULL. */
export type StagedRow = Record<string, string | null>;

/** A layer that was read to its end. */
export interface ReadLayer {
  layer: Layer;
  facts: LayerFacts;
  /** The rows as the staging table would have them. */
  staged: StagedRow[];
  /** The rows by the headers of the table's columns. */
  rows: StagedRow[];
  /** The geometries' texts; none for coordinates in two columns. */
  geometries: (string | null)[];
}

const DEFAULTS: Omit<ReadOptions, "signal"> = {
  typeGuessing: true,
  quotedFieldsGuessing: true,
  decimalComma: false,
  srid: undefined,
  gdal: { limits: { timeoutMs: 60_000, memoryBytes: 1e9, outputBytes: 1e9 }, ogr2ogr: undefined },
  knowsSrid: async () => true,
  folder: () => join(tmpdir(), `carto-ts-layer-${randomUUID()}`),
  onProgress: () => {},
};

/** Options that readers get where a test names no others. */
export function readOptions(options: Partial<ReadOptions> = {}): ReadOptions {
  return { ...DEFAULTS, signal: new AbortController().signal, ...options };
}

/** Reads the only layer of a file. */
export async function readFileLayer(
  reader: Reader,
  path: string,
  { name = path.split("/").pop() ?? "", ...options }: Partial<ReadOptions> & { name?: string } = {},
): Promise<ReadLayer> {
  const { size } = await stat(path);
  for await (const layer of reader({ path, name, size }, readOptions(options))) return await collectLayer(layer);
  throw new Error("there is no layer");
}

/** Reads the only layer of a file with these bytes. */
export async function readBytes(
  reader: Reader,
  bytes: string | Uint8Array,
  options: Partial<ReadOptions> & { name?: string } = {},
): Promise<ReadLayer> {
  const folder = await mkdtemp(join(tmpdir(), "carto-ts-layer-"));
  try {
    const path = join(folder, "source");
    await writeFile(path, bytes);
    return await readFileLayer(reader, path, { name: "source.geojson", ...options });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Reads a layer to its end; only COPY's text format. */
export async function collectLayer(layer: Layer): Promise<ReadLayer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of layer.chunks) {
    if (chunk.at(-1) !== 0x0a) throw new Error("a chunk does not end with a whole row");
    chunks.push(chunk);
  }
  const facts = layer.facts();
  const staged = parseCopyText(
    Buffer.concat(chunks),
    layer.staging.map(({ name }) => name),
  );
  const rows = staged.map((row) =>
    Object.fromEntries(facts.columns.map(({ header, at }) => [header, valueAt(row, at)])),
  );
  const { geometry } = facts;
  const geometries =
    geometry === undefined || geometry.kind === "lonlat" ? [] : staged.map((row) => valueAt(row, geometry.at));
  return { layer, facts, staged, rows, geometries };
}

function valueAt(row: StagedRow, at: StagedAt): string | null {
  const value = row[at.column];
  if (value === undefined) throw new Error(`there is no column ${at.column}`);
  if (!("key" in at) || value === null) return value;
  const object = new Map(Object.entries(JSON.parse(value) as Record<string, string>));
  return object.get(at.key) ?? null;
}

function parseCopyText(text: Buffer, names: readonly string[]): StagedRow[] {
  const rows: StagedRow[] = [];
  for (let p = 0; p < text.length; ) {
    const row: StagedRow = {};
    for (const name of names) {
      const end = fieldEnd(text, p);
      row[name] = text.toString("latin1", p, end) === "\\N" ? null : unescapeCopy(text, p, end).toString();
      p = end + 1;
    }
    if (text[p - 1] !== 0x0a) throw new Error("a row has more fields than the staging table has columns");
    rows.push(row);
  }
  return rows;
}
