import { quoteIdent, quoteLiteral } from "../../db/identifier.ts";
import type { Layer } from "../reader.ts";
import type { ImportSession } from "./import-session.ts";

/** Schema of the tables that imports work on, away from those that people see. */
export const IMPORTER_SCHEMA = "cdb_importer";

/** Bytes of the first slice that a shared session takes. */
const FIRST_SLICE_BYTES = 1024 ** 2;
/** Milliseconds that a slice may hold a shared session up. */
const SLICE_MS = 200;
const MIN_SLICE_BYTES = 128 * 1024;
const MAX_SLICE_BYTES = 32 * 1024 ** 2;

/**
 * Copies a layer's rows into a new staging table, unlogged and with no index.
 *
 * On an engine with one session in slices of a fifth of a second, between which others have their turn.
 *
 * @param table Quoted name of the table to make.
 * @returns the number of rows
 */
export async function stageLayer(session: ImportSession, layer: Layer, table: string): Promise<number> {
  const columns = layer.staging.map(({ name, type }) => `${quoteIdent(name)} ${type}`);
  await session.run(`CREATE UNLOGGED TABLE ${table} (${["_row bigserial", ...columns].join(", ")})`);
  const names = layer.staging.map(({ name }) => quoteIdent(name)).join(", ");
  const copy = `COPY ${table} (${names}) FROM STDIN WITH (${copyOptions(layer.copy)})`;
  if (!session.shared) return session.copyIn(copy, layer.chunks);
  return copyInSlices(session, copy, layer.chunks);
}

function copyOptions(copy: Layer["copy"]): string {
  if (copy.format === "text") return "FORMAT text";
  return `FORMAT csv, DELIMITER ${quoteLiteral(copy.delimiter)}, QUOTE '"', NULL ''`;
}

async function copyInSlices(session: ImportSession, copy: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let rows = 0;
  let slice: Uint8Array[] = [];
  let bytes = 0;
  let wanted = FIRST_SLICE_BYTES;
  const flush = async (): Promise<void> => {
    const startedAt = performance.now();
    rows += await session.copyIn(copy, piecesOf(slice));
    const ms = Math.max(performance.now() - startedAt, 1);
    wanted = Math.min(Math.max((bytes * SLICE_MS) / ms, MIN_SLICE_BYTES), MAX_SLICE_BYTES);
    slice = [];
    bytes = 0;
  };
  for await (const chunk of chunks) {
    slice.push(chunk);
    bytes += chunk.byteLength;
    if (bytes >= wanted) await flush();
  }
  if (bytes > 0) await flush();
  return rows;
}

async function* piecesOf(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}
