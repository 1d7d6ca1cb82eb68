import type { DatasetQuery, Visualization } from "@carto-ts/sdk";
import type { Context } from "../context.ts";
import type { ExitCode } from "../exit.ts";
import type { Cell } from "../output/cell.ts";
import { type Column, type ListFormat, writeRecords } from "../output/records.ts";
import { formatBytes, formatCount, plural } from "../output/units.ts";

/** Options of `dataset list`. */
export interface ListFlags {
  search?: string;
  tags?: string[];
  privacy?: "private" | "public" | "link";
  order?: Exclude<DatasetQuery["order"], undefined>;
  asc?: boolean;
  limit?: number;
  format?: ListFormat;
}

/** Datasets asked for at once. */
const PAGE = 100;

/** Prints the datasets, as they come: by default those changed last first. */
export async function listDatasets(
  context: Context,
  _args: readonly [],
  flags: ListFlags,
): Promise<ExitCode | undefined> {
  const { io } = context;
  const terminal = io.stdout.isTTY === true;
  const format = flags.format ?? (context.flags.json ? "json" : terminal ? "table" : "csv");
  const carto = await context.carto();
  context.doing = "list the datasets";
  const most = flags.limit || Number.POSITIVE_INFINITY;
  const query = queryOf(flags, Math.min(PAGE, most));
  const datasets: Visualization[] = [];
  for await (const dataset of carto.datasets.list(query, { signal: context.signal })) {
    datasets.push(dataset);
    if (datasets.length >= most) break;
  }
  await writeRecords(context, datasets, {
    format,
    columns: terminal && format === "table" ? FOR_PEOPLE : FOR_PROGRAMS,
  });
  if (format === "table") context.say(plural(datasets.length, "dataset"), "dim");
  return undefined;
}

function queryOf({ search, tags, privacy, order, asc }: ListFlags, size: number): DatasetQuery {
  return {
    per_page: size,
    ...(search !== undefined && { q: search }),
    ...(tags && { tags: tags.join(",") }),
    ...(privacy && { privacy }),
    ...(order && { order }),
    ...(asc && { order_direction: "asc" }),
  };
}

const NAME: Column<Visualization> = { name: "name", align: "start", cell: ({ name }) => name };
const PRIVACY: Column<Visualization> = { name: "privacy", align: "start", cell: privacyOf };
const GEOMETRY: Column<Visualization> = { name: "geometry", align: "start", cell: geometryOf };
const UPDATED: Column<Visualization> = { name: "updated", align: "start", cell: ({ updated_at: at }) => at };

const FOR_PEOPLE: readonly Column<Visualization>[] = [
  NAME,
  { name: "rows", align: "end", cell: ({ table }) => show(table.row_count, formatCount) },
  { name: "size", align: "end", cell: ({ table }) => show(table.size, formatBytes) },
  GEOMETRY,
  PRIVACY,
  UPDATED,
];

const FOR_PROGRAMS: readonly Column<Visualization>[] = [
  NAME,
  { name: "rows", align: "end", cell: ({ table }) => show(table.row_count, String) },
  { name: "bytes", align: "end", cell: ({ table }) => show(table.size, String) },
  GEOMETRY,
  PRIVACY,
  UPDATED,
  { name: "id", align: "start", cell: ({ id }) => id },
];

/** Who may read a dataset, in the words of the command line. */
export function privacyOf({ privacy }: Pick<Visualization, "privacy">): string {
  return privacy.toLowerCase();
}

/** The kinds of geometries in a dataset, without PostGIS's prefix; null when there is none. */
export function geometryOf({ table }: Pick<Visualization, "table">): Cell {
  const kinds = table.geometry_types ?? [];
  return kinds.length === 0 ? null : kinds.map((kind) => kind.replace(/^ST_/i, "")).join(", ");
}

function show(value: number | undefined, write: (value: number) => string): Cell {
  return value === undefined || value === null ? null : write(value);
}
