import { type AsyncBuffer, type ColumnData, type FileMetaData, parquetRead, type RowGroup } from "hyparquet";
import { compressors as known } from "hyparquet-compressors";
import { ImportError } from "../error.ts";
import type { PlannedColumn } from "./table-plan.ts";

const TOO_BIG = 6666;
const MB = 1024 ** 2;
/** Bytes that a group of rows may have as it is packed, all of which are in memory, and a page unpacked. */
const MAX_GROUP_BYTES = 512 * MB;
const MAX_PAGE_BYTES = 256 * MB;
/** Bytes that are made values of at a time. Lists and structs of a group are made as a whole each time. */
const SLICE_BYTES = 16 * MB;
const NESTED_SLICE_BYTES = 128 * MB;
const MAX_SLICE_ROWS = 65_536;
const MIN_SLICE_ROWS = 256;

/** Some rows of a table, column by column, as they are stored. */
export interface RowSlice {
  /** Number of the first row, from 0. */
  start: number;
  count: number;
  /** Gives the value of a column in a row, counted from the first one here. */
  valueOf(column: number, row: number): unknown;
}

/** What rows are read from. */
export interface SliceSource {
  file: AsyncBuffer;
  metadata: FileMetaData;
  columns: readonly Pick<PlannedColumn, "name" | "isNested">[];
}

/**
 * All rows in slices, of which one is in memory at a time, beside the packed bytes of its group.
 *
 * @throws ImportError 6666 when a group or a page of it is too large; Error when the file is damaged
 */
export async function* readSlices(source: SliceSource): AsyncGenerator<RowSlice, void, undefined> {
  const isNested = source.columns.some((column) => column.isNested);
  let start = 0;
  for (const group of source.metadata.row_groups) {
    const rows = Number(group.num_rows);
    const step = stepOf(group, isNested ? NESTED_SLICE_BYTES : SLICE_BYTES);
    for (let from = 0; from < rows; from += step) {
      yield await readSlice(source, start + from, Math.min(step, rows - from));
    }
    start += rows;
  }
}

/** Reads some rows of one group. */
export async function readSlice(source: SliceSource, start: number, count: number): Promise<RowSlice> {
  const { file, metadata, columns } = source;
  const names = columns.map(({ name }) => name);
  const chunks = new Map<string, ColumnData[]>(names.map((name) => [name, []]));
  await parquetRead({
    file,
    metadata,
    columns: names,
    rowStart: start,
    rowEnd: start + count,
    useOffsetIndex: true,
    utf8: false,
    geoparquet: false,
    compressors,
    parsers: { timestampFromNanoseconds: (nanos) => nanos },
    onChunk: (chunk) => chunks.get(chunk.columnName)?.push(chunk),
  });
  const values = names.map((name) => joined(chunks.get(name) ?? [], { name, start, count }));
  return { start, count, valueOf: (column, row) => values[column]?.[row] };
}

/** The values of the rows that were asked for, out of chunks that may begin before them and end behind. */
function joined(
  chunks: readonly ColumnData[],
  { name, start, count }: { name: string; start: number; count: number },
): unknown[] {
  const values: unknown[] = [];
  for (const { rowStart, rowEnd, columnData } of chunks) {
    const from = Math.max(start + values.length, rowStart);
    const to = Math.min(start + count, rowEnd);
    if (from !== start + values.length) continue;
    for (let row = from; row < to; row++) values.push(columnData[row - rowStart]);
  }
  if (values.length < count) throw new Error(`the column ${name} has fewer values than rows`);
  return values;
}

function stepOf({ num_rows: rows, total_byte_size: unpacked, columns }: RowGroup, sliceBytes: number): number {
  const packed = columns.reduce((sum, { meta_data: meta }) => sum + Number(meta?.total_compressed_size ?? 0), 0);
  if (packed > MAX_GROUP_BYTES) {
    throw new ImportError(
      TOO_BIG,
      `A group of rows in the file has ${Math.round(packed / MB)} MB, and ${MAX_GROUP_BYTES / MB} can be read: write it in smaller row groups.`,
    );
  }
  const step = Math.trunc((Number(rows) * sliceBytes) / Math.max(Number(unpacked), packed, 1));
  return Math.min(Math.max(step, MIN_SLICE_ROWS), MAX_SLICE_ROWS);
}

type Compressors = typeof known;

/** The ways to unpack a page, each looking at the size that it says it has before there is room for it. */
const compressors = Object.fromEntries(
  Object.entries(known).map(([codec, unpack]) => [
    codec,
    (input: Uint8Array, length: number): Uint8Array => {
      if (!(length >= 0 && length <= MAX_PAGE_BYTES)) throw tooBigPage(length);
      return unpack(input, length);
    },
  ]),
) as Compressors;

const tooBigPage = (bytes: number): ImportError =>
  new ImportError(
    TOO_BIG,
    `A page of the file says that it unpacks to ${bytes} bytes, which is more than any needs: write it anew.`,
  );
