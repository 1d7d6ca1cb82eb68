/** Process that reads a Parquet file; see `parquet.ts` for its other side. Told `<path> <typeGuessing>`. */
import { open } from "node:fs/promises";
import { parquetMetadataAsync } from "hyparquet";
import { geometryText } from "../csv/geometry-text.ts";
import { ImportError } from "../error.ts";
import { type Outlet, runReader } from "../process/reading-child.ts";
import { FileBuffer } from "./file-buffer.ts";
import { bytesOf } from "./leaf-values.ts";
import type { FoundTable } from "./parquet.ts";
import { type RowSlice, readSlice, readSlices, type SliceSource } from "./row-slices.ts";
import { namedGeometry, planTable, stagedName, type TablePlan, tableFacts } from "./table-plan.ts";

const UNREADABLE = 2001;
const EMPTY = 1005;
const TOO_BIG = 6666;
/** Rows that are looked at for a geometry, and that are written at a time. */
const LOOKED_AT = 1_000;
const BATCH_ROWS = 1_000;
/** Times its own size that a file's rows may have as text, and bytes that they always may. */
const MAX_RATIO = 200;
const HARMLESS_BYTES = 256 * 1024 ** 2;

await runReader(async ([path = "", typeGuessing], outlet) => {
  await using handle = await open(path);
  const { size } = await handle.stat();
  const file = new FileBuffer(handle, size);
  const metadata = await parquetMetadataAsync(file, { geoparquet: false });
  const plan = planTable(metadata);
  if (plan.columns.length === 0) throw new ImportError(EMPTY, "There are no columns in the file.");
  const source: SliceSource = { file, metadata, columns: plan.columns };
  plan.geometry ??= await lookForGeometry(plan, source);
  const staging = plan.columns.map((_, index) => ({ name: stagedName(index), type: "text" as const }));
  outlet.found({ staging, ...tableFacts(plan, typeGuessing === "true") } satisfies FoundTable);
  await writeRows(plan, source, outlet);
}, toFailure);

/** Looks at the first value of a column that has the name of a geometry. */
async function lookForGeometry(plan: TablePlan, source: SliceSource): Promise<TablePlan["geometry"]> {
  const index = namedGeometry(plan);
  const rows = Number(source.metadata.row_groups[0]?.num_rows ?? 0);
  if (index < 0 || rows === 0) return undefined;
  const columns = source.columns.slice(index, index + 1);
  const slice = await readSlice({ ...source, columns }, 0, Math.min(rows, LOOKED_AT));
  const first = Array.from({ length: slice.count }, (_, row) => slice.valueOf(0, row)).find((value) => value != null);
  if (first === undefined) return undefined;
  const bytes = bytesOf(first);
  const isBinary = plan.columns[index]?.isBinary === true;
  const text = isBinary ? Buffer.from(bytes.toString("hex")) : bytes;
  const kind = geometryText(text, 0, text.length);
  return kind === undefined || (isBinary && kind !== "wkb") ? undefined : { index, kind };
}

async function writeRows(plan: TablePlan, source: SliceSource, outlet: Outlet): Promise<void> {
  const { byteLength } = source.file;
  const total = source.metadata.row_groups.reduce((sum, { num_rows: rows }) => sum + Number(rows), 0);
  let left = Math.max(byteLength * MAX_RATIO, HARMLESS_BYTES);
  for await (const slice of readSlices(source)) {
    for (let row = 0; row < slice.count; row += BATCH_ROWS) {
      const text = rowsText(plan, slice, { from: row, to: Math.min(row + BATCH_ROWS, slice.count) });
      left -= text.length;
      if (left < 0) throw tooManyRows(total);
      await outlet.write(text);
    }
    outlet.progress(Math.trunc((byteLength * (slice.start + slice.count)) / total));
  }
}

function rowsText({ columns }: TablePlan, slice: RowSlice, { from, to }: { from: number; to: number }): string {
  let text = "";
  for (let row = from; row < to; row++) {
    for (const [index, column] of columns.entries()) {
      const value = slice.valueOf(index, row);
      text += `${index === 0 ? "" : "\t"}${value === null || value === undefined ? "\\N" : column.write(value)}`;
    }
    text += "\n";
  }
  return text;
}

function tooManyRows(rows: number): ImportError {
  return new ImportError(
    TOO_BIG,
    `The file unpacks to ${rows} rows, which are too many for its size: split it, or write it without repeated values.`,
  );
}

function toFailure(error: unknown): ImportError {
  const why = (error as Error).message.replace(/^parquet /, "");
  return new ImportError(UNREADABLE, `The file can't be read as Parquet, it is damaged or cut off: ${why}.`);
}
