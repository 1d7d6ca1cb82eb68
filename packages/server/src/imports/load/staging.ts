import { quoteIdent, quoteLiteral, quoteQualified } from "../../db/identifier.ts";
import type { Layer } from "../reader.ts";
import type { ImportSession } from "./import-session.ts";
import { toLoadError } from "./load-error.ts";

/** Schema of the tables that imports work on, away from those that people see. */
export const IMPORTER_SCHEMA = "cdb_importer";

/** Bytes of the first slice that a shared session takes. */
const FIRST_SLICE_BYTES = 1024 ** 2;
/** Milliseconds that a slice may hold a shared session up. */
const SLICE_MS = 200;
const MIN_SLICE_BYTES = 128 * 1024;
const MAX_SLICE_BYTES = 32 * 1024 ** 2;

/** Columns of texts that a page always has room for: a text of more than 31 bytes can be moved out of its row. */
const MAX_PLAIN_COLUMNS = 253;

/**
 * Copies a layer's rows into a new staging table, unlogged and with no index.
 *
 * On an engine with one session in slices of a fifth of a second, between which others have their turn.
 *
 * @param name Name of the table to make, in the importer's schema.
 * @returns the number of rows
 * @throws ImportError when PostgreSQL doesn't take them
 */
export async function stageLayer(session: ImportSession, layer: Layer, name: string): Promise<number> {
  const names = layer.staging.map((column) => quoteIdent(column.name)).join(", ");
  const copy = `COPY ${inImporter(name)} (${names}) FROM STDIN WITH (${copyOptions(layer.copy)})`;
  try {
    await session.run(isWide(layer) ? createWide(layer, name) : createPlain(layer, name));
    const rows = session.shared
      ? await copyInSlices(session, copy, layer.chunks)
      : await session.copyIn(copy, written(layer.chunks));
    return isWide(layer) ? layer.facts().rows : rows;
  } catch (error) {
    throw toLoadError(error);
  }
}

/** What to select a layer's staged rows from: a table's quoted name, or a SELECT in parentheses. */
export const stagedRows = (layer: Layer, name: string): string =>
  isWide(layer)
    ? `(SELECT p._row, c.* FROM ${inImporter(packedName(name))} p, pg_catalog.unnest(ARRAY[p.cells]) c)`
    : inImporter(name);

/** Drops what {@link stageLayer} made. */
export async function dropStaging(session: ImportSession, layer: Layer, name: string): Promise<void> {
  const names = isWide(layer) ? [packedName(name), name] : [name];
  await session.run(`DROP TABLE ${names.map(inImporter).join(", ")}`);
}

const inImporter = (name: string): string => quoteQualified(IMPORTER_SCHEMA, name);
const packedName = (name: string): string => `${name}_packed`;

const isWide = ({ staging }: Layer): boolean => staging.length > MAX_PLAIN_COLUMNS;

const columnsOf = ({ staging }: Layer): string[] => staging.map(({ name, type }) => `${quoteIdent(name)} ${type}`);

const createPlain = (layer: Layer, name: string): string =>
  `CREATE UNLOGGED TABLE ${inImporter(name)} (${["_row bigserial", ...columnsOf(layer)].join(", ")})`;

/**
 * A page has room for a row of a thousand numbers, but not for them as texts. So a trigger puts each row as one value,
 * which can be moved out of the page, into another table.
 */
function createWide(layer: Layer, name: string): string {
  const packed = inImporter(packedName(name));
  return `CREATE UNLOGGED TABLE ${inImporter(name)} (${columnsOf(layer).join(", ")});
    CREATE UNLOGGED TABLE ${packed} (_row bigserial, cells ${inImporter(name)});
    ALTER TABLE ${packed} ALTER cells SET STORAGE EXTERNAL;
    CREATE TRIGGER pack BEFORE INSERT ON ${inImporter(name)}
      FOR EACH ROW EXECUTE FUNCTION cartodb._CDB_PackRow(${quoteLiteral(packed)})`;
}

function copyOptions(copy: Layer["copy"]): string {
  if (copy.format === "text") return "FORMAT text";
  return `FORMAT csv, DELIMITER ${quoteLiteral(copy.delimiter)}, QUOTE '"', NULL ''`;
}

/** Pieces up to this size a socket may keep for a while; of larger ones it waits until they are written. */
const KEPT_BYTES = 16 * 1024;

/** Chunks on their way to a socket, copied where it may still hold them when the reader wants them back. */
async function* written(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield chunk.byteLength > KEPT_BYTES ? chunk : Buffer.from(chunk);
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
    slice.push(Buffer.from(chunk));
    bytes += chunk.byteLength;
    if (bytes >= wanted) await flush();
  }
  if (bytes > 0) await flush();
  return rows;
}

async function* piecesOf(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}
