import { randomUUID } from "node:crypto";
import { rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { readCsv } from "../../packages/server/src/imports/csv/csv-reader.ts";
import type { Layer, LayerFacts, ReadOptions } from "../../packages/server/src/imports/reader.ts";
import { readOptions } from "./read-layer.ts";

/** Where the CSV fixtures are. */
export const CSV_FIXTURES: string = resolve(import.meta.dirname, "../../fixtures/geo/csv");

/** A layer that was read to its end. */
export interface ReadLayer extends Pick<Layer, "name" | "staging" | "copy" | "rowOf"> {
  facts: LayerFacts;
  chunks: Buffer[];
  /** What the chunks are together. */
  text: string;
}

/** Reads a file of CSV. */
export async function readCsvFile(
  path: string,
  options: Partial<ReadOptions> & { name?: string } = {},
): Promise<ReadLayer> {
  const { size } = await stat(path);
  for await (const layer of readCsv({ path, name: options.name ?? basename(path), size }, readOptions(options))) {
    const chunks: Buffer[] = [];
    for await (const chunk of layer.chunks) chunks.push(Buffer.from(chunk));
    const { name, staging, copy } = layer;
    const rowOf = (staged: number): number => layer.rowOf(staged);
    return { name, staging, copy, rowOf, facts: layer.facts(), chunks, text: Buffer.concat(chunks).toString() };
  }
  throw new Error("the reader gave no layer");
}

/** Reads one of the fixtures. */
export const readFixture = (name: string, options: Partial<ReadOptions> = {}): Promise<ReadLayer> =>
  readCsvFile(join(CSV_FIXTURES, name), options);

/** Reads CSV that is given as text or bytes. */
export async function readCsvText(
  text: string | Buffer,
  options: Partial<ReadOptions> & { name?: string } = {},
): Promise<ReadLayer> {
  const path = join(tmpdir(), `carto-csv-${randomUUID()}`);
  await writeFile(path, text);
  try {
    return await readCsvFile(path, { name: "data.csv", ...options });
  } finally {
    await rm(path);
  }
}

/** What a layer is, in a line: `id integer, name text; lonlat c3 c2; 3 rows, without 4 5`. */
export function summary({ facts: { columns, geometry, rows, rejected } }: ReadLayer): string {
  const parts = [columns.map(({ header, type }) => `${header} ${type}`).join(", ")];
  if (geometry?.kind === "lonlat") parts.push(`lonlat ${geometry.longitude.column} ${geometry.latitude.column}`);
  else if (geometry) parts.push(`${geometry.kind} ${geometry.at.column}`);
  const left = rejected.count === 0 ? "" : `, without ${rejected.rows.map(({ row }) => row).join(" ")}`;
  return `${parts.join("; ")}; ${rows} rows${left}`;
}
